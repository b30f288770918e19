"""What reporting keeps: facts, counts made from them, and receipts of what was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

from chassis.store import Store
from chassis.timers import soon
from contracts.envelope import Event
from services.reporting.domain import ANY_KIND, DIMENSIONS, heard_at_first, month_of

COUNTING: Final = "count-again"
"""The timer that counts what was marked."""


class ReportingStore(Store):
    """Facts are written by handlers, a whole group of events at a time; counts by :meth:`count_again` alone."""

    def receive(self, events: Sequence[Event]) -> None:
        """Note that these events were heard."""
        heard: dict[tuple[str, str], list[int]] = defaultdict(list)
        for event in events:
            heard[event.source, event.subject].append(event.sequence)
        self.write_values("receive", [(*subject, *heard_at_first(sequences)) for subject, sequences in heard.items()])

    def name_libraries(self, events: Iterable[Event]) -> None:
        self.write_values("name_libraries", [_named(event) for event in events])

    def name_partners(self, events: Iterable[Event]) -> None:
        self.write_values("name_partners", [_named(event) for event in events])

    def describe(self, events: Sequence[Event]) -> None:
        """Keep who was referred by whom, from where and with which needs: any event that holds the whole."""
        self.write_values("describe_referrals", [_description(event) for event in events])
        self.write_values(
            "describe_needs",
            [
                (need["need_id"], event.subject_id, event.sequence, need["kind"])
                for event in events
                for need in event.data["needs"]
            ],
        )
        self._mark(events)

    def decide(self, events: Sequence[Event], decision: str) -> None:
        """Keep what was decided last of referrals: `accepted`, `rejected`, `withdrawn` or (anew) `in-triage`."""
        self.write_values("decide_referrals", [(event.subject_id, event.sequence, decision) for event in events])
        self._mark(events)

    def note_overdue(self, events: Sequence[Event]) -> None:
        """Keep that the libraries of these referrals were late."""
        self.write_values("note_overdue", [(event.subject_id, True) for event in events])
        self._mark(events)

    def close_needs(self, events: Sequence[Event]) -> None:
        """Keep that these needs were ended by their library."""
        self.write_values("close_needs", [(need_id,) for event in events for need_id in event.data["need_ids"]])
        self._mark(events)

    def record_places(self, events: Sequence[Event], status: str) -> None:
        """Keep what became of places: `held`, `placed` or `ended`."""
        self.write_values(
            "record_enrolments",
            [(event.subject_id, event.data["need_id"], event.sequence, status, event.time) for event in events],
        )
        self._mark(events)

    def record_without_place(self, events: Sequence[Event], status: str) -> None:
        """Keep that needs have no place: `waiting` or `unplaced`."""
        self.write_values(
            "record_needs_without_place", [(event.subject_id, event.sequence, status, event.time) for event in events]
        )
        self._mark(events)

    def link(self, events: Sequence[Event]) -> None:
        """Count participants as the one that was known first."""
        self.write_values(
            "link_participants", [(event.subject_id, event.data["same_as"], event.sequence) for event in events]
        )
        self._mark_rows([(None, event.subject_id) for event in events])

    def unlink(self, events: Sequence[Event]) -> None:
        """Count participants as themselves."""
        self.write_values(
            "link_participants", [(event.subject_id, event.subject_id, event.sequence) for event in events]
        )
        self._mark_rows([(None, event.subject_id) for event in events])

    def count_again(self, most: int) -> bool:
        """Count what changed, `most` marks of it; True when there may be more. Must begin a transaction of its own."""
        self.write("see_one_moment")
        referrals = [str(row["referral_id"]) for row in self.rows("take_marks", most=most)]
        if not referrals:
            return False
        persons = [str(row["person_id"]) for row in self.rows("persons_of", referrals=referrals)]
        self.write("change_persons_here_only", persons=persons, sign=-1)
        self.write("uncount", referrals=referrals)
        self.write("count", referrals=referrals)
        self.write("see_who_roams", persons=persons)
        self.write("change_persons_here_only", persons=persons, sign=1)
        return bool(self.value("marks_waiting"))

    def is_behind(self) -> bool:
        """Whether facts have changed since the counts were made."""
        return bool(self.value("marks_waiting"))

    def aggregates(
        self,
        *,
        by: Iterable[str] = (),
        month: str | None = None,
        municipalities: list[str] | None = None,
        libraries: list[str] | None = None,
        partner_id: str | None = None,
        kind: str | None = None,
        after: tuple[str, ...] | None = None,
        limit: int = 1,
    ) -> list[dict[str, Any]]:
        """Sums by these dimensions, in the order of their keys, from `after` (a key) on."""
        by = set(by)
        return self.rows(
            "aggregates",
            **{f"by_{dimension}": dimension in by for dimension in DIMENSIONS},
            month=month_of(month) if month else None,
            municipalities=municipalities,
            libraries=libraries,
            partner_id=partner_id,
            kind=kind or (None if "kind" in by else ANY_KIND),
            after=after,
            limit=limit,
        )

    def receipts(
        self, *, source: str | None, gaps_only: bool, after: tuple[str, ...] | None, limit: int
    ) -> list[dict[str, Any]]:
        """What was heard, in the order of source and subject."""
        return self.rows("receipts", source=source, gaps_only=gaps_only, after=after, limit=limit)

    def _mark(self, events: Iterable[Event]) -> None:
        self._mark_rows([(event.data["referral_id"], None) for event in events])

    def _mark_rows(self, rows: Sequence[tuple[str | None, str | None]]) -> None:
        self.write_values("mark", rows)
        self.unit.after_commit(partial(soon, COUNTING))


def _named(event: Event) -> tuple[Any, ...]:
    return event.subject_id, event.data["name"], event.sequence


def _description(event: Event) -> tuple[Any, ...]:
    data = event.data
    return (
        event.subject_id,
        event.sequence,
        data["participant_id"],
        data["partner_id"],
        data["library_id"],
        data["municipality"],
        data["received_at"],
    )
