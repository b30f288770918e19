"""Headers that go with every answer: security, caching, version."""

from __future__ import annotations

from typing import Final

Headers = list[tuple[str, str]]

JSON: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"
SECURITY: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
)
OPEN_TO_ALL_ORIGINS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Max-Age": "86400",
}
"""For the API description alone, which tools in a browser read from anywhere."""


def standard(version: str) -> Headers:
    """What every answer of an API of this version carries, unless the answer says it otherwise."""
    return [("API-Version", version), *SECURITY]


def merged(standard: Headers, own: dict[str, str]) -> Headers:
    """The standard headers, with an answer's own in their place where it has them."""
    named = {name.lower() for name in own}
    return [pair for pair in standard if pair[0].lower() not in named] + list(own.items())
