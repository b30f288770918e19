"""What a client asks of `/oauth/token` and the errors that RFC 6749 wants (sections 2.3.1, 4.4 and 5.2)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

LONGEST_FORM: Final = 8 * 1024


class OAuthError(Exception):
    """A token was refused; `error` is RFC 6749's code."""

    def __init__(self, error: str, description: str, *, status: int = 400, by_header: bool = False) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
        self.by_header = by_header

    @classmethod
    def invalid_client(cls, by_header: bool) -> OAuthError:
        """One answer for every reason, so that nobody learns which clients exist."""
        return cls("invalid_client", "Unknown client, wrong secret, or suspended.", status=401, by_header=by_header)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """Who asks, and for which scopes; None asks for all."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...] | None
    by_header: bool

    def __repr__(self) -> str:
        return f"TokenRequest({self.client_id})"


def read(body: bytes, authorization: str | None) -> TokenRequest:
    """The request in a form and, for `client_secret_basic`, the header. Raises OAuthError."""
    form = _form(body)
    by_header = authorization is not None
    if "grant_type" not in form:
        raise OAuthError("invalid_request", "grant_type is missing.")
    if form["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials.")
    if by_header and "client_secret" in form:
        raise OAuthError("invalid_request", "Authenticate in one way: the Authorization header or the form.")
    client_id, secret = _basic(authorization or "") if by_header else (form.get("client_id"), form.get("client_secret"))
    if not client_id or not secret:
        raise OAuthError.invalid_client(by_header)
    if form.get("client_id", client_id) != client_id:
        raise OAuthError("invalid_request", "client_id in the form differs from the header.")
    scopes = tuple(dict.fromkeys(form["scope"].split())) if "scope" in form else None
    return TokenRequest(client_id, secret, scopes, by_header)


def narrowed(asked: tuple[str, ...] | None, allowed: frozenset[str]) -> list[str]:
    """The scopes that a token gets. Raises OAuthError when something is asked that the client may not have."""
    if asked is None:
        return sorted(allowed)
    if not asked or not allowed.issuperset(asked):
        raise OAuthError("invalid_scope", f"This client may have: {' '.join(sorted(allowed))}.")
    return list(asked)


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20)
    except (UnicodeDecodeError, ValueError) as problem:
        raise OAuthError("invalid_request", "The body is not a form.") from problem
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "A parameter occurs twice.")
    return {key: value for key, value in form.items() if value}


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        user, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as problem:
        raise OAuthError.invalid_client(by_header=True) from problem
    return (unquote_plus(user), unquote_plus(secret)) if colon else ("", "")
