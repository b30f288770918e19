"""From what a person wants to learn to a kind of activity."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from contracts import codes

_KIND_OF_GOAL: Final = MappingProxyType(
    {
        "reading-writing": "language-group",
        "computer-digid": "digital-skills",
        "reading-with-children": "voorlees-express",
        "language-at-home": "thuis-taal",
        "meeting-people": "meeting-debate",
        "library-visit": "collection-visit",
        "study-youth": "youth-education",
        "not-known-yet": "intake-advice",
    }
)


def kind_for(goal: str, spoken_level: str) -> str:
    """The kind that a goal is first looked for in. Who speaks hardly any Dutch yet gets a buddy, others the café."""
    if goal == "speaking":
        return "language-buddy" if spoken_level in ("unknown", "A0") else "language-cafe"
    return _KIND_OF_GOAL[goal]


assert set(_KIND_OF_GOAL) | {"speaking"} == set(codes.GOALS)
