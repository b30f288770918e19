"""How the text of a setting is read.

Each raises ValueError that says what it wants, never what it got: that may be a secret.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

import limits
from limits import RateLimitItem

from chassis.addresses import SEPARATOR, addresses

T = TypeVar("T", int, str)

SIGNATURES: Final = frozenset(
    {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"}
)
"""Asymmetric signatures alone: with a shared secret, or none, whoever verifies could also sign."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer of tokens. `kind` says how its claims are read: machine clients by scope, staff by role."""

    issuer: str
    jwks_uri: str
    audience: str
    algorithms: tuple[str, ...]
    kind: str


def database_url(text: str) -> str:
    """`postgresql://user@host/name`."""
    url = _split(text)
    if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    return text


def amqp_uri(text: str) -> str:
    """`amqp://user:password@host:5672/vhost`, or one for each node of a cluster with `;` between."""
    urls = [_split(address) for address in addresses(text)]
    if not urls or any(url.scheme not in {"amqp", "amqps"} or not url.hostname for url in urls):
        raise ValueError("must look like amqp://user:password@host:5672/vhost, several with ; between")
    return SEPARATOR.join(addresses(text))


def base_url(text: str) -> str:
    """An http(s) address without query, fragment or slash at its end."""
    url = _split(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError("must be an http:// or https:// address without a query")
    return text.rstrip("/")


def address(text: str) -> str:
    """`host:port` to listen on; port 0 takes a free one."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("must be host:port, such as 127.0.0.1:8001")
    return text


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` up to and including `high`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def seconds(text: str) -> float:
    """A time above 0 and of an hour at most."""
    return seconds_up_to(3600)(text)


def seconds_up_to(most: int) -> Callable[[str], float]:
    """A time above 0 and of so many seconds at most."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= most:
            raise ValueError(f"must be a number of seconds above 0, of {most} at most")
        return value

    return parse


def one_of(*choices: T) -> Callable[[str], T]:
    """One of these values, letters in any case."""

    def parse(text: str) -> T:
        for choice in choices:
            if text.lower() == str(choice):
                return choice
        raise ValueError(f"must be one of {', '.join(map(str, choices))}")

    return parse


def partitions(text: str) -> tuple[int, ...]:
    """`0,1,2`: sorted numbers of partitions, each once."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and int(part) < 16 for part in parts):
        raise ValueError("must be numbers from 0 to 15 with commas between, such as 0,1")
    return tuple(sorted({int(part) for part in parts}))


def key_32(text: str) -> bytes:
    """32 bytes in base64url, with or without padding."""
    try:
        key = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise ValueError("must be base64url") from problem
    if len(key) != 32 or len(set(key)) < 8:
        raise ValueError("must be 32 random bytes in base64url")
    return key


def keys_32(text: str) -> tuple[bytes, ...]:
    """Several such keys with commas between: the first is used, those after it are still accepted."""
    return tuple(key_32(part.strip()) for part in text.split(","))


def organisation_number(text: str) -> str:
    """An OIN (20 digits) or KvK number (8 digits)."""
    if not re.fullmatch(r"[0-9]{8}|[0-9]{20}", text):
        raise ValueError("must be an OIN of 20 digits or a KvK number of 8")
    return text


def issuers(text: str) -> tuple[Issuer, ...]:
    """A JSON list of {"issuer","jwksUri","audience","algorithms","kind"}."""
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as problem:
        raise ValueError("must be a JSON list") from problem
    if not isinstance(rows, list) or not rows:
        raise ValueError("must be a JSON list with at least one issuer")
    return tuple(_issuer(row, f"item {number}") for number, row in enumerate(rows))


def rate_limit(text: str) -> RateLimitItem | None:
    """How often one organisation may ask: `1200/minute`; None for `unlimited`."""
    if text == "unlimited":
        return None
    try:
        return limits.parse(text)
    except ValueError as problem:
        raise ValueError("must look like 1200/minute, or be unlimited") from problem


def _issuer(row: Any, where: str) -> Issuer:
    if not isinstance(row, dict):
        raise ValueError(f"{where} must be an object")
    for key in ("issuer", "jwksUri", "audience", "kind"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise ValueError(f"{where} needs text in {key}")
    algorithms = row.get("algorithms")
    if not isinstance(algorithms, list) or not algorithms or not SIGNATURES.issuperset(map(str, algorithms)):
        raise ValueError(f"{where} needs algorithms, each one of {', '.join(sorted(SIGNATURES))}")
    if row["kind"] not in {"clients", "staff"}:
        raise ValueError(f"{where} needs kind clients or staff")
    base_url(row["jwksUri"].partition("?")[0])
    return Issuer(row["issuer"], row["jwksUri"], row["audience"], tuple(algorithms), row["kind"])


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as problem:
        raise ValueError("is not an address") from problem
    return url
