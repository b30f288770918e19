"""Where staff sign in: the identity providers that `IDENTITY_PROVIDERS` names, and how their claims are read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from chassis.parsers import SIGNATURES, base_url
from contracts.access import ROLES

PARTS: Final = ("roles", "libraries", "municipalities", "organisation")
"""What claims can say of somebody; each may be called otherwise at a provider."""
_USUAL: Final = {"roles": "roles", "libraries": "libraries", "municipalities": "municipalities", "organisation": "org"}
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
ASSIGNABLE: Final = tuple(role for role in ROLES if role != "partner")
"""The roles that people can have; `partner` is for machines."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One OpenID Connect provider, and our name and secret there.

    `claims` says which claim holds each of :data:`PARTS`, `values` what a claim's value (the id of a group, say) means
    here; where `values` has a part, other values of it mean nothing. `trusts_email`: the provider vouches for all of
    its addresses, so somebody may be assigned by address before the first sign-in. `asks_userinfo`: claims stand there
    and not in the token. `reached_at`: where we reach the provider, where that is another address than browsers have.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    algorithms: tuple[str, ...]
    claims: dict[str, str]
    values: dict[str, dict[str, str]]
    trusts_email: bool
    asks_userinfo: bool
    reached_at: str | None = None

    def part(self, name: str, claims: dict[str, Any]) -> frozenset[str]:
        """What these claims say of one part, in our own words."""
        found = claims.get(self.claims[name], [])
        said = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        texts = {text for text in said if isinstance(text, str) and text}
        if name in self.values:
            return frozenset(self.values[name][text] for text in texts if text in self.values[name])
        return frozenset(texts)


def providers(text: str) -> tuple[Provider, ...]:
    """A JSON list of providers. Raises ValueError, which says which row wants what."""
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as problem:
        raise ValueError("must be a JSON list") from problem
    if not isinstance(rows, list):
        raise ValueError("must be a JSON list")
    found = tuple(_provider(row, f"item {number}") for number, row in enumerate(rows))
    if len({one.id for one in found}) < len(found):
        raise ValueError("has the same id twice")
    return found


def is_safe(address: str) -> bool:
    """Whether secrets may travel there: over https, or without leaving this machine."""
    url = urlsplit(address)
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)


def _provider(row: Any, where: str) -> Provider:
    if not isinstance(row, dict):
        raise ValueError(f"{where} must be an object")
    for key in ("id", "name", "issuer", "clientId"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise ValueError(f"{where} needs text in {key}")
    if not _ID.fullmatch(row["id"]):
        raise ValueError(f"{where} needs an id of small letters, digits and hyphens")
    base_url(row["issuer"])
    if not is_safe(row["issuer"]):
        raise ValueError(f"{where} needs an issuer at https://")
    algorithms = row.get("algorithms", ["RS256"])
    if not isinstance(algorithms, list) or not algorithms or not SIGNATURES.issuperset(map(str, algorithms)):
        raise ValueError(f"{where} needs algorithms, each one of {', '.join(sorted(SIGNATURES))}")
    scopes = str(row.get("scopes", "openid profile email"))
    if "openid" not in scopes.split():
        raise ValueError(f"{where} needs openid among its scopes")
    return Provider(
        id=row["id"], name=row["name"], issuer=row["issuer"], client_id=row["clientId"],
        client_secret=str(row.get("clientSecret", "")), scopes=scopes, algorithms=tuple(algorithms),
        claims=_USUAL | _names(row.get("claims", {}), f"{where}, claims"), values=_values(row.get("values", {}), where),
        trusts_email=row.get("trustsEmail") is True, asks_userinfo=row.get("asksUserinfo") is True,
        reached_at=base_url(row["reachedAt"]) if row.get("reachedAt") else None,
    )  # fmt: skip


def _names(found: Any, where: str) -> dict[str, str]:
    if (
        not isinstance(found, dict)
        or not found.keys() <= set(PARTS)
        or not all(isinstance(v, str) for v in found.values())
    ):
        raise ValueError(f"{where}: may name the claims of {', '.join(PARTS)}")
    return found


def _values(found: Any, where: str) -> dict[str, dict[str, str]]:
    if not isinstance(found, dict) or not found.keys() <= set(PARTS):
        raise ValueError(f"{where}, values: may say what values of {', '.join(PARTS)} mean")
    for part, meanings in found.items():
        if not isinstance(meanings, dict) or not all(isinstance(meaning, str) for meaning in meanings.values()):
            raise ValueError(f"{where}, values of {part}: must be an object of texts")
        if part == "roles" and not set(meanings.values()) <= set(ASSIGNABLE):
            raise ValueError(f"{where}, values of roles: the roles are {', '.join(ASSIGNABLE)}")
    return found
