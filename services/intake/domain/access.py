"""What somebody of the staff may do: what their provider claims, and what was assigned here where it claims nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """Roles, and for which libraries, municipalities and organisation (a partner) they hold."""

    roles: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    municipalities: frozenset[str] = frozenset()
    organisation: str | None = None


def settled(claimed: Access, assigned: Access, known_roles: Collection[str]) -> Access:
    """Each part as it was claimed; where nothing was, as it was assigned. A role that nobody knows gives nothing."""
    return Access(
        (claimed.roles & frozenset(known_roles)) or assigned.roles,
        claimed.libraries or assigned.libraries,
        claimed.municipalities or assigned.municipalities,
        claimed.organisation or assigned.organisation,
    )
