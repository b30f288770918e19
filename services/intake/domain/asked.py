"""What a partner can say of a referral beyond the codes that events share; none of these leaves intake (ADR 0026)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from contracts import codes

PURPOSES: Final = ("guidance-to-activities", "civic-integration", "education-support")
"""What somebody is referred for: finding a fitting activity, as a part of civic integration, or beside school."""

HOW_INFORMED: Final = ("oral", "written", "in-person", "call", "letter", "e-mail", "message-app", "website")
"""How the person was told what happens with these data. The first two say no more than was asked."""

ORAL: Final = frozenset({"oral", "in-person", "call"})

CIVIC_ROUTES: Final = ("pip", "b1-route", "education-route", "z-route", "pvt", "map")
"""Parts of the Wet inburgering 2021: the personal plan, the three routes, and the two trajectories that all follow."""

EXCLUDING_ROUTES: Final = frozenset({"b1-route", "education-route", "z-route"})
"""Of these somebody follows one."""

GUARDIANS: Final = ("parent", "guardian")
RELATIONS: Final = (*GUARDIANS, "spouse", "relative", "friend", "supporter", "other")
"""Who a contact person is to the participant."""

TRAVEL_BY: Final = ("on-foot", "bicycle", "public-transport", "car")

EVENING_ONLY: Final = "evening-only"
CONSTRAINTS: Final = (*codes.FEATURES, EVENING_ONLY)
"""What an activity must have. "Evenings only" becomes availability, which is what it is to planning."""

EVENINGS: Final = tuple(slot for slot in codes.AVAILABILITY_SLOTS if slot.endswith("-evening"))

REVEALING: Final = frozenset({"women-only", "step-free"})
"""Constraints from which a reader could guess belief or health: explicit consent is asked for where they are given."""

CONFIRMABLE: Final = MappingProxyType(
    {"remarks": frozenset({"health", "sensitive"}), "reference": frozenset({"bsn", "v-number"})}
)
"""In which fields a partner may confirm that what was found there is something else. Nothing that is named a BSN or a
V-number can be confirmed away."""
