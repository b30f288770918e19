"""The lines of libraries as they stand at one moment, wherever they are kept, and what must always be true of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.activities.domain.matching import Need, Opening, lacks, what_the_best_lacked
from services.activities.domain.placing import Board, Decision, Enrol, Hold, InLine, NothingSuits, Seat, Wait, in_turn


@dataclass(frozen=True)
class Standing:
    """What became of a need: waiting, unplaced, held, final or ended."""

    need: Need
    state: str
    reasons: tuple[str, ...] = ()
    activity_id: str | None = None

    @property
    def has_place(self) -> bool:
        return self.state in ("held", "final")

    @property
    def in_line(self) -> bool:
        return self.state in ("waiting", "unplaced")


def places(standings: Mapping[str, Standing]) -> dict[str, set[str]]:
    """Who holds a place, by activity."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in standings.values():
        if each.has_place:
            found[each.activity_id or ""].add(each.need.holder)
    return found


def check(activities: Mapping[str, Opening], standings: Mapping[str, Standing]) -> None:
    """What holds in whatever order things came. `free` of an opening is its capacity here; no time passes."""
    taken = places(standings)
    for activity_id, activity in activities.items():
        assert len(taken[activity_id]) <= activity.free, "more places given than there are"
    seats: dict[tuple[tuple[str, str], str], set[str | None]] = defaultdict(set)
    for each in standings.values():
        if each.has_place:
            seats[each.need.line, each.need.holder].add(each.activity_id)
    for each in standings.values():
        need = each.need
        own = [activity for activity in activities.values() if activity.line == need.line]
        suitable = [activity for activity in own if not lacks(need, activity)]
        assert len(seats[need.line, need.holder]) <= 1, "two places of a kind for one holder"
        if not each.in_line:
            continue
        assert not seats[need.line, need.holder], "in line, though a place could be shared"
        free = [activity for activity in suitable if len(taken[activity.activity_id]) < activity.free]
        assert not free, "in line for a place that is free"
        if each.state == "waiting":
            assert suitable, "waiting, though nothing suits"
        else:
            assert not suitable, "unplaced, though something suits"
            assert each.reasons == what_the_best_lacked(need, own)


@dataclass
class Paper:
    """The lines kept in memory, whole: what the service must come to, one request or event at a time."""

    activities: dict[str, Opening] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)

    def schedule(self, activity: Opening) -> list[Decision]:
        self.activities[activity.activity_id] = activity
        return self._look_again()

    def accept(self, *needs: Need) -> list[Decision]:
        new = [InLine(need) for need in needs if need.need_id not in self.standings]
        return self._settle([*self._in_line(), *new])

    def agree(self, need_id: str) -> None:
        before = self.standings[need_id]
        if before.state == "held":
            self.standings[need_id] = replace(before, state="final")

    def decline(self, need_id: str) -> list[Decision]:
        before = self.standings[need_id]
        if before.has_place:
            self.standings[need_id] = replace(before, state="ended")
        return self._look_again()

    def waiting(self) -> list[Need]:
        """In turn."""
        return sorted((each.need for each in self.standings.values() if each.state == "waiting"), key=lambda n: n.turn)

    def free(self, activity_id: str) -> int:
        return self.activities[activity_id].free - len(places(self.standings)[activity_id])

    def _look_again(self) -> list[Decision]:
        return self._settle(self._in_line())

    def _in_line(self) -> list[InLine]:
        return [InLine(each.need, each.reasons) for each in self.standings.values() if each.in_line]

    def _settle(self, line: list[InLine]) -> list[Decision]:
        openings = [replace(each, free=self.free(each.activity_id)) for each in self.activities.values()]
        decisions = Board(openings, self._seats()).settle(in_turn(line))
        waits = {each.need.need_id for each in line if each.waits and each.need.need_id in self.standings}
        for decision in decisions:
            need = decision.need
            match decision:
                case Enrol(activity_id=activity_id) | Hold(activity_id=activity_id):
                    self.standings[need.need_id] = Standing(need, decision.state, activity_id=activity_id)
                case Wait():
                    self.standings[need.need_id] = Standing(need, "waiting")
                case NothingSuits(reasons=reasons) if need.need_id not in waits:
                    self.standings[need.need_id] = Standing(need, "unplaced", reasons)
        return decisions

    def _seats(self) -> list[Seat]:
        placed = [each for each in self.standings.values() if each.has_place]
        next_at = {key: min(activity.next_in.values()) for key, activity in self.activities.items()}
        return [
            Seat(each.need.line, each.need.holder, each.activity_id, next_at[each.activity_id])
            for each in placed
            if each.activity_id
        ]
