"""What a participant's yes or no does to a place. The same answer twice changes nothing."""

from __future__ import annotations

from enum import Enum


class Effect(Enum):
    """What an answer does."""

    BECOMES_FINAL = "becomes-final"
    ENDS = "ends"
    ALREADY_SO = "already-so"
    TOO_LATE = "too-late"
    NO_SUCH_PLACE = "no-such-place"

    @property
    def is_odd(self) -> bool:
        """Nothing happens, and operations should know that it was said."""
        return self in (Effect.TOO_LATE, Effect.NO_SUCH_PLACE)


def agreed(state: str | None) -> Effect:
    """A yes makes a held place final; a place that was given up stays so. `state` is None: there is no such place."""
    match state:
        case "held":
            return Effect.BECOMES_FINAL
        case "final":
            return Effect.ALREADY_SO
        case "ended":
            return Effect.TOO_LATE
        case _:
            return Effect.NO_SUCH_PLACE


def declined(state: str | None) -> Effect:
    """A no ends a place, held or final: nobody keeps a place that they said no to."""
    match state:
        case "held" | "final":
            return Effect.ENDS
        case "ended":
            return Effect.ALREADY_SO
        case _:
            return Effect.NO_SUCH_PLACE
