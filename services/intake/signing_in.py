"""Signing in by OpenID Connect: the authorization code flow with PKCE, state and nonce (ADR 0022).

Authlib makes the request and trades the code; the token that comes is checked as every other token is.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client

from chassis.identity import KeysAway, Refused, Verifier
from chassis.keys import TIMEOUT_SECONDS
from chassis.parsers import Issuer
from services.intake.identity_providers import Provider, is_safe
from services.intake.staff import Identity

log = structlog.get_logger()

CALLBACK: Final = "/sign-in/callback"
"""The one address, below this service's, that every provider sends people back to."""
BEGUN_LIVES_SECONDS: Final = 600.0
"""So long somebody may take at the provider."""
_KNOWN_SECONDS: Final = 3600.0
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class SignInFailed(Exception):
    """The sign-in did not come about; the message says why, for the log, and names nobody."""

    tells_no_data = True


class ProviderAway(SignInFailed):
    """The identity provider does not answer, or not as one."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that is under way. Lives sealed in the browser that began it: no other can end it."""

    provider_id: str
    state: str
    nonce: str
    verifier: str
    following: str
    at: float

    @property
    def facts(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_over(self) -> bool:
        return not 0 <= time.time() - self.at <= BEGUN_LIVES_SECONDS


class Line:
    """The way to one provider: httpx, that heeds no proxy on the way to what is near. Authlib sends its forms by it."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def address(self, url: str) -> str:
        """Where this address of the provider is reached from here."""
        near, issuer = self._provider.reached_at, self._provider.issuer
        return f"{near}{url.removeprefix(issuer)}" if near and url.startswith(issuer) else url

    def get(self, url: str, **headers: str) -> dict[str, Any]:
        """The JSON object there. Raises httpx.HTTPError, httpx.InvalidURL or ValueError."""
        answer = httpx.get(self.address(url), headers=self._named(url, headers), **self._manner(url))
        found = answer.raise_for_status().json()
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found

    def post(
        self, url: str, data: dict[str, str], headers: dict[str, str], auth: ClientAuth, **_: Any
    ) -> httpx.Response:
        """One form to the token endpoint, with our name and secret."""
        uri, ready, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return httpx.post(self.address(uri), content=body, headers=self._named(uri, ready), **self._manner(uri))

    def _named(self, url: str, headers: dict[str, str]) -> dict[str, str]:
        # A provider that is reached by another name must still call itself by the one that browsers know.
        near = self.address(url) != url
        return {**headers, "Accept": "application/json"} | ({"Host": urlsplit(url).netloc} if near else {})

    def _manner(self, url: str) -> dict[str, Any]:
        near = self.address(url) != url or urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
        return {"timeout": TIMEOUT_SECONDS, "trust_env": not near}


class SigningIn:
    """Everything about one provider: found by discovery when first needed, and kept for an hour."""

    def __init__(self, provider: Provider, callback: str) -> None:
        self.provider = self._provider = provider
        self._line = Line(provider)
        self._callback = callback
        self._known: dict[str, Any] = {}
        self._known_at = float("-inf")
        self._verifiers: dict[str, Verifier] = {}

    def begin(self, following: str) -> tuple[str, Begun]:
        """The provider's address to go to, and what the browser keeps meanwhile. Raises ProviderAway."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url, _ = self._client().create_authorization_url(
            self._discovered()["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
        )
        return url, Begun(self._provider.id, state, nonce, verifier, following, time.time())

    def finish(self, begun: Begun, answer: dict[str, str]) -> Identity:
        """Who came back. Raises SignInFailed."""
        if begun.is_over:
            raise SignInFailed("it took too long")
        if not compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise SignInFailed("the state is another sign-in's")
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:
            raise SignInFailed("another provider answered")
        if "error" in answer or "code" not in answer:
            raise SignInFailed("the provider gave no code")
        given = self._token(answer["code"], begun)
        claims = self._claims(given, begun.nonce)
        if self._provider.asks_userinfo:
            claims = self._userinfo(given, claims) | claims
        return Identity(self._provider, claims, given["id_token"])

    def end_address(self, id_token: str, back: str) -> str | None:
        """Where to sign out at the provider too; None where it offers that nowhere, or does not answer."""
        try:
            address = self._discovered().get("end_session_endpoint")
        except ProviderAway:
            return None
        if not isinstance(address, str) or not is_safe(address) or not address.isprintable():
            return None
        said = {"id_token_hint": id_token, "client_id": self._provider.client_id, "post_logout_redirect_uri": back}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(said)}"

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self._line, client_id=self._provider.client_id, client_secret=self._provider.client_secret or None,
            scope=self._provider.scopes, redirect_uri=self._callback, code_challenge_method="S256",
        )  # fmt: skip

    def _token(self, code: str, begun: Begun) -> dict[str, Any]:
        try:
            given = self._client().fetch_token(
                self._discovered()["token_endpoint"], grant_type="authorization_code", code=code,
                code_verifier=begun.verifier,
            )  # fmt: skip
        except (httpx.HTTPError, ValueError) as problem:
            raise ProviderAway("the token endpoint does not answer as one") from problem
        except AuthlibBaseError as refused:
            raise SignInFailed(f"the provider refused the code: {refused.error}") from refused
        if not isinstance(given.get("id_token"), str):
            raise SignInFailed("the provider gave no id_token")
        return dict(given)

    def _claims(self, given: dict[str, Any], nonce: str) -> dict[str, Any]:
        try:
            _, claims = self._verifier().verified(given["id_token"])
        except Refused as refusal:
            raise SignInFailed(f"the id_token is refused: {refusal}") from refusal
        except KeysAway as problem:
            raise ProviderAway("the provider's keys cannot be had") from problem
        if not compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise SignInFailed("the nonce is another sign-in's")
        if claims.get("azp", self._provider.client_id) != self._provider.client_id:
            raise SignInFailed("the id_token was made for another party")
        return claims

    def _userinfo(self, given: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        address = str(self._discovered().get("userinfo_endpoint", ""))
        if not is_safe(address):
            raise ProviderAway("it has no userinfo endpoint")
        try:
            found = self._line.get(address, Authorization=f"Bearer {given.get('access_token', '')}")
        except (httpx.HTTPError, ValueError) as problem:
            raise ProviderAway("userinfo does not answer") from problem
        if found.get("sub") != claims["sub"]:
            raise SignInFailed("userinfo is about somebody else")
        return found

    def _verifier(self) -> Verifier:
        uri = self._line.address(self._discovered()["jwks_uri"])
        if uri not in self._verifiers:
            one = self._provider
            self._verifiers[uri] = Verifier((Issuer(one.issuer, uri, one.client_id, one.algorithms, "staff"),))
        return self._verifiers[uri]

    def _discovered(self) -> dict[str, Any]:
        if time.monotonic() - self._known_at < _KNOWN_SECONDS:
            return self._known
        try:
            found = self._line.get(f"{self._provider.issuer}/.well-known/openid-configuration")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            log.warning("identity_provider_away", provider=self._provider.id, error=type(problem).__name__)
            if self._known:
                return self._known
            raise ProviderAway("discovery does not answer") from problem
        if found.get("issuer") != self._provider.issuer or not all(is_safe(str(found.get(one))) for one in _ENDPOINTS):
            raise ProviderAway("discovery says it is another provider, or is not at https")
        self._known, self._known_at = found, time.monotonic()
        return found
