"""What is known of a participant, in the three places where a referral keeps it: columns for what matching and counting
look at, sealed with the participant what is about the person, sealed with the referral what came with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from services.intake.casework.case import Case
from services.intake.domain.known import said as worth
from services.intake.store import IntakeStore
from services.intake.store_casework import FACTS
from services.intake.vault import Vault

Row = dict[str, Any]
OF_PERSON: Final = ("contact_language", "interpreter_needed", "contact_preference", "household")
AROUND: Final = ("travel", "civic_integration_route", "case_worker", "informed_language", "informed_interpreter")
CONSENT: Final = "explicit_consent"
_ONE_NAME: Final = {"informed_language": "informed", "informed_how": "informed", "informed_interpreter": "informed"}
_MEASURED: Final = ("_how", "_on")


@dataclass(frozen=True, slots=True)
class Known:
    """The three places, opened; and the consent that was given apart."""

    referral: Row
    person: Row
    around: Row
    consent: Row | None

    @classmethod
    def of(cls, store: IntakeStore, vault: Vault, referral: Row) -> Known:
        """Raises LookupError when the participant is gone. Who shows it to somebody logs the look."""
        participant_id = referral["participant_id"]
        row = store.participant(participant_id)
        if row is None:
            raise LookupError(f"participant {participant_id} of a referral is gone")
        key = vault.under(referral["wrapped_key"], participant_id)
        person, around = key.open(participant_id, row["sealed"]), key.open(referral["referral_id"], referral["sealed"])
        return cls(referral, person, around, store.explicit_consent(referral["referral_id"]))

    @property
    def facts(self) -> Row:
        """Each fact by one name, wherever it is kept."""
        found = {name: self.referral[name] for name in FACTS}
        found |= {name: self.person.get(name) for name in (*OF_PERSON, "shielded_address")}
        return found | {name: self.around.get(name) for name in AROUND} | {CONSENT: self.consent}

    def news(self, facts: Row) -> list[str]:
        """Which of these facts are not known so: as people name them, in order."""
        known = self.facts
        differ = [name for name, value in facts.items() if _plain(value) != _plain(known[name])]
        return list(dict.fromkeys(_ONE_NAME.get(name, name) for name in differ if not _is_measure(name)))


def flat(said: Row) -> Row:
    """The facts of a payload, by the names of :class:`Known`."""
    top = {name: value for name, value in said.items() if name in (*FACTS, *AROUND, CONSENT)}
    informed = {f"informed_{name}": value for name, value in (said.get("informed") or {}).items()}
    return top | informed | (said.get("participant") or {})


def keep(case: Case, known: Known, facts: Row) -> None:
    """Each of these facts where it belongs; the others stay."""
    columns = {name: facts[name] for name in FACTS if name in facts}
    person = {name: worth(facts[name]) for name in OF_PERSON if name in facts}
    around = {name: worth(facts[name]) for name in AROUND if name in facts}
    if person:
        participant_id = case.referral["participant_id"]
        case.store.change_person(participant_id, case.key.seal(participant_id, known.person | person))
    sealed = case.key.seal(case.id, known.around | around) if around else case.referral["sealed"]
    case.referral = case.referral | columns | {"sealed": sealed}
    case.store.change_facts(case.referral)
    if consent := facts.get(CONSENT):
        given = {"given_on": consent["on"], "how": consent["how"], "given_by": consent["given_by"]}
        case.store.add_explicit_consents([given | {"referral_id": case.id, "recorded_at": case.now}])


def _plain(value: Any) -> Any:
    found = worth(value)
    return sorted(found) if isinstance(found, list) else found


def _is_measure(name: str) -> bool:
    return name.startswith(("spoken_level", "literacy")) and name.endswith(_MEASURED)
