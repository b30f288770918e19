"""The course of a referral: what holds for all of it, and where each of its needs is. Pure; every change is a new one.

Decisions of people are refused when :data:`needs.ALLOWED` does not list them; facts of the library's planning never.
Where a need is, is not written down by either but follows from both, so that it does not matter which came first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from contracts.codes import DROP_IN_KINDS
from services.intake.domain.needs import (
    ALLOWED,
    ENDED,
    ENDS,
    OF_PLACE,
    IllegalStep,
    Phase,
    Status,
    Step,
    referral_status,
)
from services.intake.domain.planning import Place, Planned, Planning, Turn


class Contact(StrEnum):
    """How far the library is with speaking to the participant."""

    TO_CONTACT = "to-contact"
    INTAKE_PLANNED = "intake-planned"
    DONE = "done"


_AFTER_ATTEMPT: Final[Mapping[str, Contact]] = MappingProxyType(
    {"reached": Contact.DONE, "intake-planned": Contact.INTAKE_PLANNED}
)
"""Where an attempt leads, by its outcome; any other leaves it as it was."""


@dataclass(frozen=True, slots=True)
class NeedCourse:
    """One need: what planning said, and how it was ended if it was. Who drops in needs no intake talk first."""

    kind: str
    planning: Planning = field(default_factory=Planning)
    ended: Phase | None = None
    why: tuple[str, ...] = ()

    def phase(self, *, accepted: bool, on_hold: bool, contact: Contact) -> Phase:
        """Where it is."""
        if self.ended is not None:
            return self.ended
        if not accepted:
            return Phase.ON_HOLD if on_hold else Phase.REQUESTED
        if on_hold:
            return Phase.PAUSED
        match self.planning.latest:
            case Place(what=Planned.HELD | Planned.OFFERED, answer="agreed"):
                return Phase.AGREED
            case Place(what=Planned.ENROLLED, started=True) as place if place.stands:
                return Phase.STARTED
            case Place() as place if place.stands:
                return OF_PLACE[place.what]
            case Turn(what=Planned.WAITLISTED):
                return Phase.WAITLISTED
        return Phase.MATCHING if self.kind in DROP_IN_KINDS else _UNTIL_SPOKEN[contact]

    @property
    def enrolment_id(self) -> str | None:
        """The place that it has, that is kept for it, or that it ended with."""
        place = self.planning.place
        return place.enrolment_id if place and (place.stands or place.ends_need) else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it ended, why nothing suits it, or why it lost its place."""
        if self.ended is not None:
            return self.why
        match self.planning.latest:
            case Turn(reasons=reasons):
                return reasons
            case Place(answer="declined"):
                return ("declined",)
            case Place(reason=str(reason)):
                return (reason,)
        return ()

    def heard(self, fact: Place | Turn) -> NeedCourse:
        """With a fact of planning. About a need that has ended it changes nothing."""
        if self.ended is not None:
            return self
        planning = self.planning.heard(fact)
        if planning is self.planning:
            return self
        place = planning.place
        if place and place.ends_need and place.reason is not None:
            return replace(self, planning=planning, ended=ENDS[place.reason], why=(place.reason,))
        return replace(self, planning=planning)

    def echoes(self, fact: Place | Turn) -> bool:
        """Whether a fact only says what is known: the end of a place that the participant said no to."""
        known = self.planning.places.get(fact.enrolment_id) if isinstance(fact, Place) else None
        return known is not None and known.answer == "declined" and fact.what is Planned.ENDED

    def answered(self, answer: str) -> NeedCourse:
        """With the participant's yes or no to the place that is held."""
        if (place := self.asked_place) is None:
            raise LookupError("no place awaits an answer")
        return replace(self, planning=self.planning.answered(place.enrolment_id, answer))

    @property
    def asked_place(self) -> Place | None:
        """The place that awaits the participant's yes or no."""
        place = self.planning.place
        awaits = place and place.what in (Planned.HELD, Planned.OFFERED) and place.answer is None
        return place if awaits else None


_UNTIL_SPOKEN: Final[Mapping[Contact, Phase]] = MappingProxyType(
    {
        Contact.TO_CONTACT: Phase.TO_CONTACT,
        Contact.INTAKE_PLANNED: Phase.INTAKE_PLANNED,
        Contact.DONE: Phase.MATCHING,
    }
)


@dataclass(frozen=True, slots=True)
class Course:
    """A referral with its needs by id."""

    needs: Mapping[str, NeedCourse]
    accepted: bool = False
    on_hold: bool = False
    contact: Contact = Contact.TO_CONTACT

    def phase(self, need_id: str) -> Phase:
        """Where this need is."""
        return self.needs[need_id].phase(accepted=self.accepted, on_hold=self.on_hold, contact=self.contact)

    @property
    def status(self) -> Status:
        """The referral's, which follows from its needs."""
        return referral_status(map(self.phase, self.needs))

    @property
    def open(self) -> tuple[str, ...]:
        """The needs that have not ended."""
        return tuple(need_id for need_id in self.needs if self.phase(need_id) not in ENDED)

    def allowed(self) -> tuple[Step, ...]:
        """What may be decided about the referral or some need of it."""
        found = {step for need_id in self.needs for step in ALLOWED[self.phase(need_id)]}
        return tuple(step for step in Step if step in found)

    def may_answer(self, need_id: str) -> bool:
        """Whether the participant's yes or no to a place of this need can be recorded now."""
        return Step.AGREED in ALLOWED[self.phase(need_id)] and self.needs[need_id].asked_place is not None

    def after(
        self, step: Step, *, needs: Collection[str] | None = None, reason: str | None = None, outcome: str | None = None
    ) -> Course:
        """After a decision about these needs, or about all that are open. Raises IllegalStep with what is allowed.

        `reason` goes with what ends a need, `outcome` with an attempt to make contact.
        """
        about = self.open if needs is None else tuple(needs)
        self._check(step, about or tuple(self.needs))
        match step:
            case Step.ACCEPTED:
                return replace(self, accepted=True, on_hold=False)
            case Step.ASKED | Step.ANSWERED:
                return replace(self, on_hold=step is Step.ASKED)
            case Step.CONTACTED:
                return replace(self, contact=self._after_attempt(outcome))
            case Step.TALKED:
                return replace(self, contact=Contact.DONE)
            case Step.TRANSFERRED:
                return replace(self, accepted=False, on_hold=False, contact=Contact.TO_CONTACT)
            case Step.AGREED | Step.DECLINED:
                return self._with({need_id: self.needs[need_id].answered(step.value) for need_id in about})
            case Step.REJECTED | Step.CLOSED | Step.WITHDRAWN | Step.ENTERED_IN_ERROR:
                return self._ended(about, _ending(step, reason), reason)
        return self

    def heard(self, need_id: str, fact: Place | Turn) -> Course:
        """With a fact of planning about this need."""
        need = self.needs[need_id].heard(fact)
        return self if need is self.needs[need_id] else self._with({need_id: need})

    def with_need(self, need_id: str, kind: str) -> Course:
        """With a further need. Raises IllegalStep."""
        return self.after(Step.ADDED)._with({need_id: NeedCourse(kind)})

    def _check(self, step: Step, about: tuple[str, ...]) -> None:
        for need_id in about:
            phase = self.phase(need_id)
            answers = step in (Step.AGREED, Step.DECLINED)
            if step not in ALLOWED[phase] or (answers and self.needs[need_id].asked_place is None):
                raise IllegalStep(step, phase)

    def _after_attempt(self, outcome: str | None) -> Contact:
        after = _AFTER_ATTEMPT.get(outcome or "", self.contact)
        return self.contact if self.contact is not Contact.TO_CONTACT and after is Contact.DONE else after

    def _ended(self, about: Collection[str], ended: Phase, reason: str | None) -> Course:
        why = (reason,) if reason else ()
        return self._with({need_id: replace(self.needs[need_id], ended=ended, why=why) for need_id in about})

    def _with(self, changed: Mapping[str, NeedCourse]) -> Course:
        return replace(self, needs=MappingProxyType({**self.needs, **changed}))


def _ending(step: Step, reason: str | None) -> Phase:
    match step:
        case Step.REJECTED:
            return Phase.REJECTED
        case Step.WITHDRAWN:
            return Phase.WITHDRAWN
        case Step.ENTERED_IN_ERROR:
            return Phase.ENTERED_IN_ERROR
        case _:
            return ENDS[reason or ""]
