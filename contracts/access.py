"""Who may do what: every scope and every role, in one place (design, section 6)."""

from __future__ import annotations

from typing import Final

SCOPES: Final[dict[str, str]] = {
    "referrals:write": "Refer people, one by one or as a file.",
    "referrals:read": "See referrals, their needs and timelines: a partner its own, staff their library's.",
    "referrals:decide": "Accept or reject a referral and record a participant's answer.",
    "offer:read": "See programmes, activities, enrolments and waiting lists.",
    "availability:read": "See where there is room before referring; no person, no names.",
    "offer:write": "Publish programmes and schedule activities.",
    "notices:read": "See the notices of a library.",
    "reports:read": "Query aggregates; never a person.",
    "organisations:write": "Register and change libraries and partners, rotate their secrets.",
    "operations:read": "See health, flow heads, deferred and parked events.",
    "operations:write": "Replay, retry or discard events.",
}

ROLES: Final[dict[str, frozenset[str]]] = {
    "partner": frozenset({"referrals:write", "referrals:read", "availability:read"}),
    "case-worker": frozenset({"referrals:write", "referrals:read", "availability:read"}),
    "coordinator": frozenset(
        {"referrals:read", "referrals:decide", "offer:read", "offer:write", "availability:read", "notices:read"}
    ),
    "library-manager": frozenset(
        {"referrals:read", "offer:read", "offer:write", "availability:read", "notices:read", "reports:read"}
    ),
    "report-reader": frozenset({"reports:read"}),
    "operations": frozenset({"operations:read", "operations:write", "organisations:write"}),
}
"""What each role may do. A token's own `scope` claim can only narrow this."""

REFERRING: Final = frozenset({"partner", "case-worker"})
"""Roles that are for an organisation that refers, and for its municipalities: never for a library."""
OF_A_LIBRARY: Final = frozenset({"coordinator", "library-manager"})
"""Roles that are for a library: never for an organisation that refers, whatever the provider of a sign-in says.
Who refers people would otherwise decide about their own referrals.
"""


def counted(roles: frozenset[str], organisation: str | None) -> frozenset[str]:
    """The roles that count for somebody of this partner, or of none."""
    return roles - OF_A_LIBRARY if organisation is not None else roles


def scopes_of(roles: frozenset[str]) -> frozenset[str]:
    """All scopes of these roles together; a role that is not listed gives none."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
