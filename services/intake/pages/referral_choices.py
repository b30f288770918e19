"""What can be chosen in the form for referring, in the order in which it is shown."""

from __future__ import annotations

from typing import Any, Final

from contracts import codes
from services.intake.domain.asked import CIVIC_ROUTES, CONSTRAINTS, GUARDIANS, RELATIONS, TRAVEL_BY

CHOICES: Final[dict[str, Any]] = {
    "goals": codes.GOALS,
    "weekdays": codes.WEEKDAYS,
    "dayparts": codes.DAYPARTS,
    "levels": codes.SPOKEN_LEVELS[1:],
    "literacies": codes.LITERACY_LEVELS[1:],
    "measured": codes.HOW_MEASURED,
    "skills": codes.DIGITAL_SKILLS[1:],
    "tracks": codes.LEARNER_TRACKS[1:],
    "duties": codes.CIVIC_INTEGRATION_DUTIES[1:],
    "routes": CIVIC_ROUTES,
    "targets": codes.TARGET_GROUPS[1:],
    "constraints": CONSTRAINTS,
    "relations": RELATIONS,
    "guardians": GUARDIANS,
    "ways": codes.ANSWER_CHANNELS,
    "travel": TRAVEL_BY,
}
"""Lists of codes without `unknown`: that is what an empty field says."""
