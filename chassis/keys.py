"""The public keys of issuers: fetched when first needed, kept, and fetched again when a token names an unknown one.

Keys that are known are used while they are asked for anew, so nobody waits for an issuer that does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
import structlog

from chassis.metrics import identity_key_fetches

log = structlog.get_logger()

TIMEOUT_SECONDS: Final = 3.0
FRESH_SECONDS: Final = 3600.0
STALE_SECONDS: Final = 24 * 3600.0
"""So long keys count that could not be asked for anew: an issuer may be away for a night, but a key that it withdrew
must not count for ever because a network is cut."""
BETWEEN_FETCHES_SECONDS: Final = 1.0
"""Tokens with made-up key ids may not make us knock at the issuer's door more often than this."""
_BETWEEN_ASIDE_SECONDS: Final = 30.0
_LARGEST: Final = 256 * 1024
_FAMILIES: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class NoSuchKey(Exception):
    """The issuer publishes no key of this id for this algorithm."""


class KeysAway(Exception):
    """The issuer's keys cannot be had now, and none were had in the last day."""

    tells_no_data = True


@dataclass(frozen=True, slots=True)
class _Key:
    """One row of a set. Without an `alg` of its own it serves every algorithm of its family."""

    row: dict[str, Any]
    loaded: dict[str, Any] = field(default_factory=dict, repr=False)

    def fits(self, kid: str | None, algorithm: str) -> bool:
        named = kid is None or kid == self.row.get("kid")
        return named and self.row.get("kty") == _FAMILIES[algorithm[:2]] and self.row.get("alg", algorithm) == algorithm

    def load(self, algorithm: str) -> Any:
        """The key itself, made once: that costs more than a verification. Raises jwt.PyJWTError."""
        if algorithm not in self.loaded:
            self.loaded[algorithm] = jwt.PyJWK(self.row, algorithm=algorithm).key
        return self.loaded[algorithm]


@dataclass(slots=True)
class _Ring:
    keys: list[_Key] = field(default_factory=list)
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    asked_aside: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, kid: str | None, algorithm: str) -> Any:
        """The one key that fits; None when there is none, or when a token without a key id leaves it open."""
        fit = [key for key in self.keys if key.fits(kid, algorithm)]
        if len(fit) != 1:
            return None
        try:
            return fit[0].load(algorithm)
        except jwt.PyJWTError:
            log.warning("issuer_key_unusable", algorithm=algorithm)
            return None


def fetch(uri: str) -> dict[str, Any]:
    """The JSON behind an address. Raises httpx.HTTPError or ValueError."""
    # A proxy in the environment is for the world outside, never for an issuer on this machine.
    outside = urlsplit(uri).hostname not in {"127.0.0.1", "::1", "localhost"}
    answer = httpx.get(uri, timeout=TIMEOUT_SECONDS, trust_env=outside, headers={"Accept": "application/json"})
    answer.raise_for_status()
    if len(answer.content) > _LARGEST:
        raise ValueError("too large for a set of keys")
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("not a set of keys")
    return found


def aside(work: Callable[[], None]) -> None:
    """Do it in a thread of its own, green in service processes."""
    threading.Thread(target=work, name="issuer keys", daemon=True).start()


class KeyStore:
    """Keys by the address of their set. Safe for many threads: one fetches, and who knows no key waits for it."""

    def __init__(
        self,
        fetch: Callable[[str], dict[str, Any]] = fetch,
        clock: Callable[[], float] = time.monotonic,
        aside: Callable[[Callable[[], None]], None] = aside,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._aside = aside
        self._rings: dict[str, _Ring] = {}

    def find(self, uri: str, kid: str | None, algorithm: str, *, anew: bool = False) -> Any:
        """The key to verify with. Raises NoSuchKey or KeysAway.

        Keys that were had are used on while they are fetched anew, and for a day while their issuer is away; a key that
        it withdrew goes with the next fetch.
        `anew` asks for the issuer's present key though we have one: a token that names no key may be signed with it.
        """
        ring = self._rings.setdefault(uri, _Ring())
        key = ring.find(kid, algorithm)
        if key is not None and not anew and (age := self._clock() - ring.fetched_at) < STALE_SECONDS:
            if age >= FRESH_SECONDS:
                self._refresh_aside(uri, ring)
            return key
        self._refresh(uri, ring, since=ring.tried_at)
        key = ring.find(kid, algorithm)
        if not ring.keys or self._clock() - ring.fetched_at >= STALE_SECONDS:
            raise KeysAway(f"the keys at {uri} cannot be fetched")
        if key is None:
            raise NoSuchKey(kid or "(none)")
        return key

    def _refresh_aside(self, uri: str, ring: _Ring) -> None:
        if ring.asked_aside or self._clock() - ring.tried_at < _BETWEEN_ASIDE_SECONDS:
            return
        ring.asked_aside = True
        since = ring.tried_at

        def refresh() -> None:
            try:
                self._refresh(uri, ring, since)
            finally:
                ring.asked_aside = False

        self._aside(refresh)

    def _refresh(self, uri: str, ring: _Ring, since: float) -> None:
        with ring.lock:
            if ring.tried_at != since or self._clock() - ring.tried_at < BETWEEN_FETCHES_SECONDS:
                return
            try:
                ring.keys = _keys(self._fetch(uri))
                ring.fetched_at = self._clock()
                identity_key_fetches.labels("ok").inc()
                log.info("issuer_keys_fetched", uri=uri, keys=len(ring.keys))
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
                identity_key_fetches.labels("failed").inc()
                log.warning("issuer_keys_unreachable", uri=uri, error=type(problem).__name__)
            finally:
                ring.tried_at = self._clock()


def _keys(found: dict[str, Any]) -> list[_Key]:
    rows = found.get("keys")
    if not isinstance(rows, list):
        raise ValueError("not a set of keys")
    return [_Key(row) for row in rows if isinstance(row, dict) and row.get("use", "sig") == "sig"]
