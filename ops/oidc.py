"""Signing in at an OpenID Connect provider from a terminal: the authorization code flow with PKCE (RFC 7636).

Made for the local installation's provider, which asks for no password: posting the user's name to its sign-in form is
what a person would do there with a button.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

TIMEOUT_SECONDS: Final = 5.0
REDIRECT: Final = "http://127.0.0.1/callback"
"""Nobody listens there: the code is read off the redirection."""


class SignInFailed(Exception):
    """The provider did not give a token; the message says at which step and why."""


def staff_token(issuer: str, user: str, *, client: tuple[str, str] = ("meedoen", "local")) -> str:
    """The id_token of a user, which services accept where they trust this issuer. Raises SignInFailed.

    `client` is our own name and secret at the provider; the local one takes any secret.
    """
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as line:
            return _token(line, issuer, user, client)
    except httpx.HTTPError as problem:
        raise SignInFailed(f"the identity provider at {issuer} does not answer ({type(problem).__name__})") from problem


def _token(line: httpx.Client, issuer: str, user: str, client: tuple[str, str]) -> str:
    provider = _json(line.get(f"{issuer}/.well-known/openid-configuration"), "discovery")
    if provider.get("issuer") != issuer:
        raise SignInFailed(f"discovery: {issuer} calls itself {provider.get('issuer')}")
    verifier, state, nonce = (secrets.token_urlsafe(48) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": client[0], "redirect_uri": REDIRECT, "scope": "openid",
        "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    code = _code(line.post(provider["authorization_endpoint"], params=asked, data={"sub": user}), state)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier}
    answer = _json(line.post(provider["token_endpoint"], data=form, auth=client), "token")
    if "id_token" not in answer:
        raise SignInFailed("token: the provider gave no id_token")
    token = str(answer["id_token"])
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    if claims.get("nonce") != nonce:
        raise SignInFailed("token: it answers another sign-in")
    return token


def _code(answer: httpx.Response, state: str) -> str:
    found = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    if answer.status_code not in {302, 303} or found.get("state") != [state] or "code" not in found:
        raise SignInFailed(f"sign-in: {found.get('error', [f'HTTP {answer.status_code}'])[0]}")
    return str(found["code"][0])


def _json(answer: httpx.Response, step: str) -> dict[str, Any]:
    try:
        found = answer.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError) as problem:
        raise SignInFailed(f"{step}: HTTP {answer.status_code}") from problem
    if not isinstance(found, dict):
        raise SignInFailed(f"{step}: not an object")
    return found
