"""What is known of a participant, as a form shows it whole, and what of such a form is news."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from chassis.pages.fields import Tick, WholeNumber
from chassis.pages.forms import Typed
from contracts import codes
from services.intake.casework.knowing import CONSENT
from services.intake.domain import known
from services.intake.domain.asked import CIVIC_ROUTES, TRAVEL_BY
from services.intake.pages.referral_form import ages
from services.intake.schemas.casework import HowToldOf, KnownFacts, KnownPerson
from services.intake.schemas.referring import AGE, FURTHEST_MINUTES, LARGEST_HOUSEHOLD, Household, Travel

Row = dict[str, Any]
_LEVELS: Final = ("spoken_level", "literacy")
_EMPTIED: Final = {"postcode4": "postcode4", "travel": "travel.minutes", "case_worker": "caseWorker.name"}
_OF_PERSON: Final = {
    "contact_language": "participant.contactLanguage", "interpreter_needed": "participant.interpreterNeeded",
    "contact_preference": "participant.contactPreference", "household": "participant.household.adults",
}  # fmt: skip
"""Facts that a form can empty, each with the field that is sent when the fact stood in it, be it empty."""
_HOW: Final = ("oral", "written")
_HOW_TOLD: Final = ("language", "how", "interpreter")
_ELSEWHERE: Final = {False: (CONSENT,), True: (CONSENT, "postcode4")}
"""What is no fact of its own on the page, by whether the address is secret: consent stands beside what needs it."""
_CAMEL: Final = {
    "spoken_level": "spokenLevel", "literacy": "literacy", "digital_skill": "digitalSkill",
    "learner_track": "learnerTrack", "availability": "availability", "features": "features", "postcode4": "postcode4",
    "civic_integration_duty": "civicIntegrationDuty", "civic_integration_route": "civicIntegrationRoute",
    "target_group": "targetGroup", "contact_language": "participant.contactLanguage",
    "contact_preference": "participant.contactPreference", "informed_language": "informed.language",
    "informed_how": "informed.how",
}  # fmt: skip
_YES_NO: Final = {
    "interpreter_needed": "participant.interpreterNeeded", "informed_interpreter": "informed.interpreter",
}  # fmt: skip


class _Ages(fields.List[Any]):
    """Ages in one line, as people write them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        try:
            return list(super()._deserialize(ages(value), attr, data, **kwargs))
        except ValidationError as problem:
            raise ValidationError("Not ages.") from problem


class _HouseholdForm(Household):
    adults = WholeNumber(validate=validate.Range(min=1, max=LARGEST_HOUSEHOLD))
    children_ages = _Ages(AGE, load_default=list, validate=validate.Length(max=LARGEST_HOUSEHOLD))


class _PersonForm(KnownPerson):
    interpreter_needed = Tick()
    household = fields.Nested(_HouseholdForm)


class _ToldOfForm(HowToldOf):
    interpreter = Tick()


class _TravelForm(Travel):
    minutes = WholeNumber(validate=validate.Range(min=1, max=FURTHEST_MINUTES))


class FactsForm(KnownFacts):
    """What is known, as a browser sends it."""

    participant = fields.Nested(_PersonForm)
    informed = fields.Nested(_ToldOfForm)
    travel = fields.Nested(_TravelForm)


def as_known(facts: Row) -> Row:
    """The fields of the form as they stand. How a level was measured is asked anew: it goes with what is filled in."""
    found = {name: facts[fact] for fact, name in _CAMEL.items()}
    found |= {name: {True: "yes", False: "no"}.get(facts[fact]) for fact, name in _YES_NO.items()}
    travel, household = facts["travel"] or {}, facts["household"] or {}
    consent, worker = facts[CONSENT] or {}, facts["case_worker"] or {}
    return found | {
        "travel.minutes": travel.get("minutes"), "travel.by": travel.get("by"),
        "participant.household.adults": household.get("adults"),
        "participant.household.childrenAges": ", ".join(map(str, household.get("children_ages") or ())) or None,
        "explicitConsent.on": consent.get("on"), "explicitConsent.how": consent.get("how"),
        "explicitConsent.givenBy": consent.get("given_by"), "caseWorker.name": worker.get("name"),
        "caseWorker.phone": worker.get("phone"), "caseWorker.email": worker.get("email"),
    }  # fmt: skip


def choices_of_facts(facts: Row) -> Row:
    """What can be chosen, how what is known was measured, and what is `asked` as nobody knows it yet."""
    measured = {level: (facts[f"{level}_how"], facts[f"{level}_on"]) for level in _LEVELS}
    asked = known.unknown(facts)
    shielded = bool(facts["shielded_address"])
    return {
        "spoken_levels": codes.SPOKEN_LEVELS, "literacy_levels": codes.LITERACY_LEVELS,
        "digital_skills": codes.DIGITAL_SKILLS, "learner_tracks": codes.LEARNER_TRACKS, "hows": codes.HOW_MEASURED,
        "weekdays": codes.WEEKDAYS, "dayparts": codes.DAYPARTS, "all_features": codes.FEATURES, "measured": measured,
        "ways": codes.ANSWER_CHANNELS, "travel_by": TRAVEL_BY, "duties": codes.CIVIC_INTEGRATION_DUTIES,
        "routes": CIVIC_ROUTES, "target_groups": codes.TARGET_GROUPS,
        "told_how": tuple(dict.fromkeys((*_HOW, *filter(None, [facts["informed_how"]])))),
        "asked": asked,
        "known": [one for one in known.ASKED if one not in (*asked, *_ELSEWHERE[shielded])],
    }  # fmt: skip


def newly_known(said: Row, referral: Row, typed: Typed) -> Row:
    """A form as the API is told it: of what stood in it, what is empty is not known, or not any more.

    Levels that stand there as they are known are left out: to leave them is not to measure them again. Boxes that are
    not ticked are not sent, so a list that lacks is empty. Consent is never taken back by leaving it out.
    """
    person = said.get("participant", {})
    news = said | {name: said.get(name, []) for name in ("availability", "features")}
    if "civicIntegrationDuty" in typed:
        news["civic_integration_route"] = said.get("civic_integration_route", [])
    news |= {fact: said.get(fact) for fact, name in _EMPTIED.items() if name in typed}
    news["participant"] = {fact: person.get(fact) for fact, name in _OF_PERSON.items() if name in typed}
    informed = said.get("informed", {})
    news["informed"] = {part: informed.get(part) for part in _HOW_TOLD if f"informed.{part}" in typed}
    for level in _LEVELS:
        measured = said.get(f"{level}_how") or said.get(f"{level}_on")
        if said.get(level) == referral[level] and not measured:
            news.pop(level)
    return news
