"""Who is calling: bearer tokens checked offline against the keys of trusted issuers (ADR 0007)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import jwt

from chassis.keys import KeysAway, KeyStore, NoSuchKey
from chassis.parsers import Issuer
from contracts.access import counted, scopes_of

LEEWAY_SECONDS: Final = 30
LONGEST_TOKEN: Final = 16 * 1024
_MOST_PASSED: Final = 1000
_CLAIMS: Final = ["exp", "iat", "iss", "aud", "sub"]
_UNTRUSTED: Final = "This token is not from an issuer that is trusted here."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls and what they may do. `organisation` is a partner's id, `libraries` the ids of a staff member's.

    `issuer` vouched for who it is: the same `id` of another issuer is somebody else.
    """

    id: str
    kind: str
    organisation: str | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    municipalities: frozenset[str] = frozenset()
    issued_at: float = 0.0
    issuer: str = ""

    @property
    def owner(self) -> str:
        """Who this is, as one text that is nobody else's. A client's is the same whatever its issuer is called."""
        return f"{self.kind}:{self.id}" if self.kind != "staff" else f"{self.kind}:{self.issuer}|{self.id}"

    def may(self, scope: str) -> bool:
        """Whether this caller has a scope."""
        return scope in self.scopes


ANYONE: Final = Caller(id="", kind="anonymous")


class Refused(Exception):
    """This token is not accepted; the message says why, and nothing of the token."""


class Verifier:
    """Turns tokens into callers. Raises Refused, or KeysAway where an issuer's keys cannot be had."""

    def __init__(
        self,
        issuers: tuple[Issuer, ...],
        keys: KeyStore | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._keys = keys or KeyStore()
        self._clock = clock
        self._passed: dict[bytes, _Passed] = {}

    def caller(self, token: str) -> Caller:
        """Check signature, issuer, audience, times and shape.

        Of a token that passed before only what can change is checked again: its expiry, and whether the key that signed
        it is still its issuer's.
        """
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        passed = self._passed.get(digest)
        if passed is not None and self._still_passes(passed):
            return passed.caller
        signed = self._signed(token)
        caller = _caller(signed.issuer, signed.claims)
        if len(self._passed) >= _MOST_PASSED:
            self._passed.clear()
        self._passed[digest] = _Passed(caller, signed)
        return caller

    def verified(self, token: str) -> tuple[Issuer, dict[str, Any]]:
        """Who issued a token and all that it claims, when its signature, audience and times are right."""
        signed = self._signed(token)
        return signed.issuer, signed.claims

    def _signed(self, token: str) -> _Signed:
        if len(token) > LONGEST_TOKEN:
            raise Refused("The token is too long.")
        issuer, kid, algorithm = self._origin(token)
        try:
            key, claims = self._claims(token, issuer, kid, algorithm)
        except NoSuchKey as problem:
            raise Refused("The token is signed with a key that its issuer does not publish.") from problem
        return _Signed(issuer, kid, algorithm, key, claims)

    def _still_passes(self, passed: _Passed) -> bool:
        signed = passed.signed
        if self._clock() >= int(signed.claims["exp"]) + LEEWAY_SECONDS:
            return False
        try:
            return self._keys.find(signed.issuer.jwks_uri, signed.kid, signed.algorithm) is signed.key
        except (NoSuchKey, KeysAway):
            return False

    def _claims(self, token: str, issuer: Issuer, kid: str | None, algorithm: str) -> tuple[Any, dict[str, Any]]:
        """The key that signed it, and what it says."""
        key = self._keys.find(issuer.jwks_uri, kid, algorithm)
        try:
            return key, _verified(token, issuer, key, algorithm)
        except _WrongSignature:
            if kid is not None:
                raise
        key = self._keys.find(issuer.jwks_uri, kid, algorithm, anew=True)
        return key, _verified(token, issuer, key, algorithm)

    def _origin(self, token: str) -> tuple[Issuer, str | None, str]:
        try:
            header = jwt.get_unverified_header(token)
            claimed = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except (jwt.InvalidTokenError, UnicodeError) as problem:
            raise Refused("This is not a token.") from problem
        issuer = self._issuers.get(claimed) if isinstance(claimed, str) else None
        if issuer is None:
            raise Refused(_UNTRUSTED)
        if header.get("alg") not in issuer.algorithms:
            raise Refused("The token is signed in a way that is not accepted from its issuer.")
        kid = header.get("kid")
        return issuer, kid if isinstance(kid, str) else None, header["alg"]


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a token claims, and the key that it was found signed with."""

    issuer: Issuer
    kid: str | None
    algorithm: str
    key: Any
    claims: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Passed:
    """A token that was found good, and whose it is."""

    caller: Caller
    signed: _Signed


class _WrongSignature(Refused):
    """The key at hand did not sign this."""


def _verified(token: str, issuer: Issuer, key: Any, algorithm: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[algorithm], audience=issuer.audience, issuer=issuer.issuer,
            leeway=LEEWAY_SECONDS, options={"require": _CLAIMS},
        )  # fmt: skip
    except jwt.ExpiredSignatureError as problem:
        raise Refused("The token has expired.") from problem
    except jwt.ImmatureSignatureError as problem:
        raise Refused("The token is not valid yet.") from problem
    except jwt.InvalidAudienceError as problem:
        raise Refused("The token is meant for another audience.") from problem
    except jwt.InvalidSignatureError as problem:
        raise _WrongSignature("The token's signature is not right.") from problem
    except (jwt.InvalidTokenError, ValueError, TypeError) as problem:
        raise Refused("The token is malformed or lacks a claim.") from problem
    return claims


def _caller(issuer: Issuer, claims: dict[str, Any]) -> Caller:
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise Refused("The token lacks a subject.")
    staff = issuer.kind == "staff"
    organisation = claims["org"] if isinstance(claims.get("org"), str) else None
    roles = counted(_texts(claims, "roles") or (frozenset() if staff else frozenset({"partner"})), organisation)
    scopes = scopes_of(roles)
    if not staff and "scope" in claims:
        scopes &= frozenset(str(claims["scope"]).split())
    return Caller(
        id=claims["sub"],
        kind="staff" if staff else "client",
        organisation=organisation,
        roles=roles,
        scopes=scopes,
        libraries=_texts(claims, "libraries"),
        municipalities=_texts(claims, "municipalities"),
        issued_at=float(claims["iat"]),
        issuer=issuer.issuer,
    )


def _texts(claims: dict[str, Any], name: str) -> frozenset[str]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refused(f"The token's claim {name} must be a list of texts.")
    return frozenset(value)


__all__ = ["ANYONE", "Caller", "KeysAway", "Refused", "Verifier"]
