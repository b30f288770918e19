"""What somebody of the staff may do: what their provider claims, and what was assigned here where it claims nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from contracts.access import counted


@dataclass(frozen=True, slots=True)
class Access:
    """Roles, and for which libraries, municipalities and organisation (a partner) they hold."""

    roles: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    municipalities: frozenset[str] = frozenset()
    organisation: str | None = None


def settled(claimed: Access, assigned: Access, known_roles: Collection[str]) -> Access:
    """Each part as it was claimed; where nothing was, as it was assigned. A role that nobody knows gives nothing, and
    that of a library gives nothing to who is of a partner.
    """
    organisation = claimed.organisation or assigned.organisation
    return Access(
        counted((claimed.roles & frozenset(known_roles)) or assigned.roles, organisation),
        claimed.libraries or assigned.libraries,
        claimed.municipalities or assigned.municipalities,
        organisation,
    )
