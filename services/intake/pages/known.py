"""What is known of a participant, as a form shows it whole, and what of such a form is news."""

from __future__ import annotations

from typing import Any, Final

from contracts import codes

Row = dict[str, Any]
_LEVELS: Final = ("spoken_level", "literacy")
_SEVERAL: Final = ("availability", "features")


def as_known(referral: Row) -> Row:
    """The fields of the form as they stand. How a level was measured is asked anew: it goes with what is filled in."""
    return {
        "spokenLevel": referral["spoken_level"], "literacy": referral["literacy"],
        "digitalSkill": referral["digital_skill"], "learnerTrack": referral["learner_track"],
        "availability": referral["availability"], "features": referral["features"],
        "postcode4": referral["postcode4"],
    }  # fmt: skip


def choices_of_facts(referral: Row) -> Row:
    """What can be chosen, and how what is known was measured."""
    measured = {level: (referral[f"{level}_how"], referral[f"{level}_on"]) for level in _LEVELS}
    return {
        "spoken_levels": codes.SPOKEN_LEVELS, "literacy_levels": codes.LITERACY_LEVELS,
        "digital_skills": codes.DIGITAL_SKILLS, "learner_tracks": codes.LEARNER_TRACKS, "hows": codes.HOW_MEASURED,
        "weekdays": codes.WEEKDAYS, "dayparts": codes.DAYPARTS, "all_features": codes.FEATURES, "measured": measured,
    }  # fmt: skip


def newly_known(said: Row, referral: Row) -> Row:
    """A form without the levels that stand there as they are known: to leave them is not to measure them again.

    Boxes that are not ticked are not sent, so a list that lacks is empty.
    """
    news = said | {name: said.get(name, []) for name in _SEVERAL}
    for level in _LEVELS:
        measured = said.get(f"{level}_how") or said.get(f"{level}_on")
        if said.get(level) == referral[level] and not measured:
            news.pop(level)
    return news
