"""The course of a referral: under every order of steps that a machine comes up with, and of facts in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.codes import CLOSING_REASONS, CONTACT_OUTCOMES, ENDED_REASONS
from services.intake.domain.course import Contact, Course, NeedCourse
from services.intake.domain.needs import ALLOWED, ENDED, ENDS, IllegalStep, Phase, Status, Step, referral_status
from services.intake.domain.planning import FREEING, Place, Planned, Turn
from services.intake.domain.todo import Todo, next_of

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
KINDS = ["language-cafe", "language-buddy"]
PLACED = {Phase.OFFERED, Phase.HELD, Phase.AGREED, Phase.SCHEDULED, Phase.ATTENDING, Phase.UNATTENDED}
BEFORE = {Phase.REQUESTED, Phase.ON_HOLD}
ENDING = {Step.CLOSED: CLOSING_REASONS, Step.REJECTED: ("other",), Step.WITHDRAWN: ("moved",)}


class Referral(RuleBasedStateMachine):
    """Decisions of people and facts of planning, in any order, legal and illegal."""

    @initialize(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
    def begin(self, kinds: list[str]) -> None:
        self.course = Course({f"need {number}": NeedCourse(kind) for number, kind in enumerate(kinds)})
        self.before = self.course
        self.sequence = 0

    @rule(step=st.sampled_from(list(Step)), data=st.data())
    def somebody_decides(self, step: Step, data: st.DataObject) -> None:
        self.before = self.course
        needs = data.draw(st.none() | st.sets(st.sampled_from(sorted(self.course.needs)), min_size=1))
        reason = data.draw(st.sampled_from(ENDING[step])) if step in ENDING else None
        outcome = data.draw(st.sampled_from(CONTACT_OUTCOMES)) if step is Step.CONTACTED else None
        about = self.course.open if needs is None else tuple(needs)
        asked = [self.course.needs[need].asked_place is not None for need in about]
        legal = bool(about) and all(step in ALLOWED[self.course.phase(need)] for need in about)
        if step in (Step.AGREED, Step.DECLINED):
            legal = legal and all(asked)
        if legal:
            self.course = self.course.after(step, needs=needs, reason=reason, outcome=outcome)
        else:
            with pytest.raises(IllegalStep) as refused:
                self.course.after(step, needs=needs, reason=reason, outcome=outcome)
            assert refused.value.allowed == ALLOWED[refused.value.phase]

    @rule(kind=st.sampled_from(KINDS))
    def a_need_is_added(self, kind: str) -> None:
        self.before = self.course
        may = bool(self.course.open) and self.course.accepted
        if len(self.course.needs) < 5 and may:
            self.course = self.course.with_need(f"need {len(self.course.needs)}", kind)
        elif not may:
            with pytest.raises(IllegalStep):
                self.course.with_need("another", kind)

    @rule(data=st.data(), what=st.sampled_from(list(Planned)), place=st.sampled_from(["one", "other"]),
          reason=st.sampled_from(ENDED_REASONS))  # fmt: skip
    def planning_reports(self, data: st.DataObject, what: Planned, place: str, reason: str) -> None:
        self.before = self.course
        self.sequence += 1
        need = data.draw(st.sampled_from(sorted(self.course.needs)))
        sequence = data.draw(st.integers(1, self.sequence))
        self.course = self.course.heard(need, _fact(what, place, sequence, reason))

    @invariant()
    def what_ended_stays_as_it_ended(self) -> None:
        for need in self.before.needs:
            if self.before.phase(need) in ENDED:
                assert self.course.phase(need) is self.before.phase(need)
                assert self.course.needs[need].reasons == self.before.needs[need].reasons

    @invariant()
    def the_status_is_a_function_of_the_needs(self) -> None:
        assert self.course.status is referral_status(map(self.course.phase, self.course.needs))
        over = self.course.status in {phase.status for phase in ENDED}
        assert over == (self.course.open == ())

    @invariant()
    def nothing_is_worked_on_before_it_is_accepted(self) -> None:
        phases = set(map(self.course.phase, self.course.open))
        assert phases <= BEFORE if not self.course.accepted else not phases & BEFORE

    @invariant()
    def who_has_a_place_has_one(self) -> None:
        for need in self.course.open:
            phase, place = self.course.phase(need), self.course.needs[need].enrolment_id
            assert place is not None or phase not in PLACED
            if phase in PLACED:
                assert self.course.needs[need].planning.places[place].stands

    @invariant()
    def a_question_holds_all_of_it(self) -> None:
        if self.course.open:
            assert (self.course.status is Status.ON_HOLD) == self.course.on_hold

    @invariant()
    def there_is_something_to_do_as_long_as_it_is_open(self) -> None:
        todo = next_of(self.course)
        assert (todo is not None) == bool(self.course.open)
        assert (todo is Todo.DECIDE) <= (Step.ACCEPTED in self.course.allowed())
        assert (todo is Todo.PLACE) <= any(map(self.course.may_answer, self.course.needs))

    @invariant()
    def what_may_be_decided_is_said(self) -> None:
        assert bool(self.course.allowed()) == bool(self.course.open)


TestReferral = Referral.TestCase


def _fact(what: Planned, place: str, sequence: int, reason: str = "declined") -> Place | Turn:
    at = BEGIN + timedelta(minutes=sequence)
    if what in (Planned.WAITLISTED, Planned.UNPLACED):
        return Turn(what, sequence, at, ("times-differ",) if what is Planned.UNPLACED else ())
    return Place(place, what, sequence, at, BEGIN, reason if what is Planned.ENDED else None)


@st.composite
def stories(draw: st.DrawFn) -> list[Place | Turn]:
    """What planning can tell of one need: turns in line, and places one after the other, each ended before the next."""
    told: list[Place | Turn] = []
    turns = 0
    for number in range(draw(st.integers(1, 3))):
        for _ in range(draw(st.integers(0, 2))):
            turns += 1
            what = draw(st.sampled_from([Planned.WAITLISTED, Planned.UNPLACED]))
            told.append(Turn(what, turns, _later(told), ("level-differs",) if what is Planned.UNPLACED else ()))
        steps = draw(st.sampled_from([
            [], [Planned.HELD], [Planned.OFFERED], [Planned.HELD, Planned.ENROLLED], [Planned.ENROLLED],
            [Planned.HELD, Planned.ENROLLED, Planned.ATTENDING, Planned.UNATTENDED],
        ]))  # fmt: skip
        ends = bool(steps) and draw(st.booleans())
        reason = draw(st.sampled_from(ENDED_REASONS)) if ends else None
        for sequence, what in enumerate([*steps, *([Planned.ENDED] if ends else [])], 1):
            ended = reason if what is Planned.ENDED else None
            told.append(Place(f"place {number}", what, sequence, _later(told), BEGIN, ended))
        if (steps and not ends) or (ends and reason not in FREEING):
            break
    return told


def _later(told: list[Place | Turn]) -> datetime:
    return BEGIN + timedelta(minutes=len(told))


def _after(facts: list[Place | Turn]) -> tuple[object, ...]:
    course = Course({"need": NeedCourse("language-buddy")}, accepted=True)
    for fact in facts:
        course = course.heard("need", fact)
    need = course.needs["need"]
    return course.phase("need"), need.reasons, need.enrolment_id


@given(stories(), st.randoms(use_true_random=False))
def test_the_same_facts_in_any_order_and_number_come_to_the_same(told: list[Place | Turn], chance: Random) -> None:
    again = [*told, *(chance.choice(told) for _ in range(chance.randrange(4)) if told)]
    chance.shuffle(again)
    assert _after(again) == _after(told)


@given(stories(), st.sampled_from([Step.ASKED, Step.CONTACTED, Step.TALKED, Step.CLOSED, Step.WITHDRAWN]), st.data())
def test_a_decision_between_any_two_facts_comes_to_the_same(
    told: list[Place | Turn], step: Step, data: st.DataObject
) -> None:
    """Whoever decides while facts are under way gets what they would have got had the facts come first, or later."""
    ended = [fact for fact in told if isinstance(fact, Place) and fact.ends_need]
    begun = Course({"need": NeedCourse("language-buddy")}, accepted=True)
    found = set()
    for at in {data.draw(st.integers(0, len(told))), len(told) if not ended else 0}:
        course = begun
        for fact in told[:at]:
            course = course.heard("need", fact)
        if course.open:
            course = course.after(step, reason="moved" if step in ENDING else None, outcome="reached")
        for fact in told[at:]:
            course = course.heard("need", fact)
        found.add((course.phase("need"), course.contact) if not ended else None)
    assert len(found) == 1


def scheduled() -> Course:
    course = Course({"need": NeedCourse("language-buddy")}).after(Step.ACCEPTED)
    assert course.phase("need") is Phase.TO_CONTACT
    course = course.heard("need", _fact(Planned.HELD, "place", 1))
    assert course.phase("need") is Phase.HELD
    course = course.after(Step.AGREED)
    assert course.phase("need") is Phase.AGREED
    return course.heard("need", _fact(Planned.ENROLLED, "place", 2))


def test_the_usual_way() -> None:
    course = scheduled()
    assert (course.status, course.phase("need").business_status) == ("in-progress", "scheduled")
    course = course.heard("need", _fact(Planned.ENDED, "place", 3, "goal-reached"))
    assert (course.status, course.needs["need"].reasons) == ("completed", ("goal-reached",))
    assert course.needs["need"].enrolment_id == "place"


@pytest.mark.parametrize("reason", sorted(set(ENDED_REASONS) - FREEING))
def test_every_other_reason_ends_the_need_with_its_place(reason: str) -> None:
    ended = scheduled().heard("need", _fact(Planned.ENDED, "place", 3, reason))
    assert ended.phase("need") is ENDS[reason]


def test_a_second_answer_to_the_same_place_is_refused() -> None:
    held = Course({"need": NeedCourse("language-buddy")}, accepted=True).heard("need", _fact(Planned.HELD, "place", 1))
    for first in (Step.AGREED, Step.DECLINED):
        with pytest.raises(IllegalStep):
            held.after(first).after(Step.AGREED)


def test_a_no_frees_the_need_and_the_next_place_is_asked_about_anew() -> None:
    held = Course({"need": NeedCourse("language-cafe")}, accepted=True).heard("need", _fact(Planned.HELD, "place", 1))
    declined = held.after(Step.DECLINED)
    assert (declined.phase("need"), declined.needs["need"].reasons) == (Phase.MATCHING, ("declined",))
    ended = declined.heard("need", _fact(Planned.ENDED, "place", 2))
    assert ended.phase("need") is Phase.MATCHING
    assert ended.heard("need", _fact(Planned.HELD, "other", 3)).phase("need") is Phase.HELD


def test_the_same_place_told_again_does_not_undo_a_yes() -> None:
    held = Course({"need": NeedCourse("language-buddy")}, accepted=True).heard("need", _fact(Planned.HELD, "place", 1))
    agreed = held.after(Step.AGREED)
    assert agreed.heard("need", _fact(Planned.HELD, "place", 1)) is agreed
    assert agreed.heard("need", _fact(Planned.OFFERED, "place", 2)).phase("need") is Phase.AGREED


def test_until_somebody_was_spoken_with_that_is_what_is_to_be_done() -> None:
    course = Course({"buddy": NeedCourse("language-buddy"), "cafe": NeedCourse("language-cafe")}, accepted=True)
    assert [course.phase(need).code for need in course.needs] == ["to-contact", "matching"]
    missed = course.after(Step.CONTACTED, outcome="no-answer")
    assert missed.contact is Contact.TO_CONTACT
    planned = missed.after(Step.CONTACTED, outcome="intake-planned")
    assert planned.phase("buddy") is Phase.INTAKE_PLANNED
    assert planned.after(Step.CONTACTED, outcome="reached").phase("buddy") is Phase.INTAKE_PLANNED
    assert planned.after(Step.TALKED).phase("buddy") is Phase.MATCHING


def test_a_question_puts_all_of_it_on_hold_while_planning_goes_on() -> None:
    course = scheduled().with_need("more", "language-buddy").after(Step.ASKED)
    assert course.status is Status.ON_HOLD
    course = course.heard("more", _fact(Planned.HELD, "another", 1)).after(Step.ANSWERED)
    assert [course.phase(need) for need in course.needs] == [Phase.SCHEDULED, Phase.HELD]


def test_another_library_decides_anew() -> None:
    moved = scheduled().after(Step.TRANSFERRED)
    assert (moved.status, moved.contact) == ("requested", Contact.TO_CONTACT)
    freed = moved.heard("need", _fact(Planned.ENDED, "place", 3, "transferred"))
    assert freed.after(Step.ACCEPTED).phase("need") is Phase.TO_CONTACT
