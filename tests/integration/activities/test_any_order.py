"""Any duplication and any interleaving that keeps each partition key's order. What holds, and why: docs/adr/0012."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.activities import (
    EnrolmentEnded,
    NeedUnplaced,
    ParticipantEnrolled,
    ParticipantWaitlisted,
    PlaceHeld,
)
from contracts.envelope import Event
from services.activities.domain.matching import Need, Opening
from tests.support.lines import Standing, check, places
from tests.support.newcomers import needs, openings
from tests.support.town import Town, accepted, agreed, changed, closed, declined, library_registered, withdrawn

MANY = st.just(50)
A_FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ANSWERS = {"yes": agreed, "no": declined}
ENDS = {"withdrawn": withdrawn, "closed": closed}


@st.composite
def activities(draw: st.DrawFn, places: st.SearchStrategy[int] | None = None) -> list[Opening]:
    return [draw(openings(number, places=places)) for number in range(draw(st.integers(1, 4)))]


@st.composite
def newcomers(draw: st.DrawFn, most: int = 8) -> list[Need]:
    return [draw(needs(number)) for number in range(draw(st.integers(1, most)))]


@st.composite
def interleavings(draw: st.DrawFn, histories: Sequence[Sequence[Event]]) -> list[list[Event]]:
    """These histories merged in any way, anything told again at any time after, cut into batches anywhere."""
    left = [list(history) for history in histories if history]
    merged: list[Event] = []
    while left:
        chosen = draw(st.sampled_from(left))
        merged.append(chosen.pop(0))
        if draw(st.integers(0, 3)) == 0:
            merged.append(draw(st.sampled_from(merged)))
        left = [history for history in left if history]
    cuts = sorted(draw(st.sets(st.integers(1, len(merged)), max_size=4)) | {len(merged)})
    return [merged[begin:end] for begin, end in zip([0, *cuts], cuts, strict=False)]


def like_their_holder(people: Sequence[Need]) -> list[Need]:
    """Members of a household who want visits are visited at the same times, whatever their level."""
    first: dict[object, Need] = {}
    alike = []
    for need in people:
        model = first.setdefault((need.line, need.holder), need)
        shared = {name: getattr(model, name) for name in ("municipality", "spoken_level", "availability", "features")}
        alike.append(replace(need, **shared))
    return alike


def consistent(told: Sequence[Event], standings: dict[str, Standing]) -> None:
    """The last thing that was told about each need is what became of it."""
    says = {
        PlaceHeld: "held",
        ParticipantEnrolled: "final",
        EnrolmentEnded: "ended",
        ParticipantWaitlisted: "waiting",
        NeedUnplaced: "unplaced",
    }
    last = {event.data["need_id"]: event for event in told if event.event in says}
    assert last.keys() == standings.keys()
    for key, event in last.items():
        # Who leaves a line is told by intake, not here.
        left_the_line = standings[key].state == "ended" and says[event.event] in ("waiting", "unplaced")
        assert left_the_line or says[event.event] == standings[key].state
        if left_the_line:
            continue
        assert event.data.get("activity_id") == standings[key].activity_id
        assert tuple(event.data.get("reasons", ())) == standings[key].reasons
    by_subject: dict[str, list[int]] = {}
    for event in told:
        by_subject.setdefault(event.subject, []).append(event.sequence)
    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in by_subject.values())


def happens(town: Town, offer: Sequence[Opening], batches: Sequence[Sequence[Event]]) -> None:
    town.begin_anew()
    for activity in offer:
        town.schedule(activity)
    town.deliver(*batches)
    check({activity.activity_id: activity for activity in offer}, town.standings())
    consistent(town.told(), town.standings())


def what_was_said(town: Town) -> Counter[str]:
    return Counter(f"{event.type} {sorted(event.data.items())}" for event in town.told())


class TestEnoughPlaces:
    """Where nobody is turned away for want of a place, order decides nothing."""

    @given(data=st.data())
    @A_FEW
    def test_the_same_history_gives_the_same_state_and_tells_the_same(self, town, data):
        offer = data.draw(activities(MANY))
        people = like_their_holder(data.draw(newcomers()))
        histories = [[accepted(need), *data.draw(_aftermath(need))] for need in people] + [[library_registered()]]
        happens(town, offer, [[event] for history in histories for event in history])
        once = town.state(), what_was_said(town)
        happens(town, offer, data.draw(interleavings(histories)))
        assert (town.state(), what_was_said(town)) == once


class TestTooFewPlaces:
    """Where places are scarce, who comes first is served first, and the rest holds whatever the order."""

    @given(data=st.data())
    @A_FEW
    def test_the_invariants_hold_in_every_order(self, town, data):
        offer = data.draw(activities())
        people = data.draw(newcomers(10))
        histories = [[accepted(need), *data.draw(_aftermath(need, changes=True))] for need in people]
        happens(town, offer, data.draw(interleavings(histories)))

    @given(data=st.data())
    @A_FEW
    def test_people_who_suit_the_same_take_as_many_places_in_every_order(self, town, data):
        offer = [replace(each, kind="language-group") for each in data.draw(activities())]
        model = data.draw(needs(0))
        people = [_one_more(model, number) for number in range(data.draw(st.integers(1, 9)))]
        histories = [[accepted(need)] for need in people]
        happens(town, offer, [[event] for history in histories for event in history])
        once = _counts(town)
        happens(town, offer, data.draw(interleavings(histories)))
        assert _counts(town) == once

    @given(data=st.data())
    @A_FEW
    def test_each_saying_yes_or_no_when_asked_as_many_get_a_place_in_every_order(self, town, data):
        offer = [replace(each, kind="language-group") for each in data.draw(activities())]
        model = data.draw(needs(0))
        people = [_one_more(model, number) for number in range(data.draw(st.integers(1, 9)))]
        decliners = {need.need_id for need in people if data.draw(st.booleans())}
        placed = set()
        for _ in range(2):
            happens(town, offer, data.draw(interleavings([[accepted(need)] for need in people])))
            for need in _asked(town, data):
                town.deliver([(declined if need.need_id in decliners else agreed)(need)])
            placed.add(sum(each.has_place for each in town.standings().values()))
        assert len(placed) == 1

    @given(data=st.data())
    @A_FEW
    def test_who_came_as_they_were_received_get_the_same_however_they_were_batched(self, town, data):
        offer = data.draw(activities())
        in_turn = sorted(data.draw(newcomers(10)), key=lambda need: need.turn)
        happens(town, offer, [[accepted(need)] for need in in_turn])
        once = town.state()
        cuts = sorted(data.draw(st.sets(st.integers(1, len(in_turn)), max_size=3)) | {len(in_turn)})
        batches = [in_turn[begin:end] for begin, end in zip([0, *cuts], cuts, strict=False)]
        happens(town, offer, [[accepted(need) for need in batch] for batch in batches])
        assert town.state() == once


@st.composite
def _aftermath(draw: st.DrawFn, need: Need, *, changes: bool = False) -> list[Event]:
    """Answers, in between perhaps what is known by then, and perhaps an end."""
    told: list[Event] = []
    for said in draw(st.lists(st.sampled_from(["yes", "no", *(["changed"] if changes else [])]), max_size=3)):
        sequence = len(told) + 2
        if said == "changed":
            level, features = draw(st.sampled_from(["A0", "B1"])), draw(st.sampled_from([(), ("childcare",)]))
            told.append(changed(replace(need, spoken_level=level, features=frozenset(features)), sequence=sequence))
        else:
            told.append(ANSWERS[said](need, sequence=sequence))
    ending = draw(st.sampled_from([None, None, *ENDS]))
    return [*told, *([ENDS[ending](need, sequence=len(told) + 2)] if ending else [])]


def _one_more(model: Need, number: int) -> Need:
    """Somebody else for whom the same activities suit."""
    other = model.need_id[:-4] + f"{number:04x}"
    return replace(
        model,
        kind="language-group",
        need_id=other,
        referral_id=other.replace("b-", "c-", 1),
        participant_id=other.replace("b-", "d-", 1),
        household_id=None,
    )


def _counts(town: Town) -> tuple[dict[str, int], Counter[str]]:
    standings = town.standings()
    return {key: len(held) for key, held in places(standings).items()}, Counter(s.state for s in standings.values())


def _asked(town: Town, data: st.DataObject) -> Iterator[Need]:
    """Whoever holds a place and was not asked yet, in any order, until nobody is left."""
    asked: set[str] = set()
    while held := sorted(k for k, each in town.standings().items() if each.state == "held" and k not in asked):
        chosen = data.draw(st.sampled_from(held))
        asked.add(chosen)
        yield town.standings()[chosen].need
