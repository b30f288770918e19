"""What there is to do for the libraries of somebody of the staff: a list, what is due first on top, and how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from services.intake.access import Sight
from services.intake.domain.deadlines import Deadline, Terms
from services.intake.domain.feedback import EVERYTHING
from services.intake.domain.todo import Todo
from services.intake.records import amsterdam_day
from services.intake.store import IntakeStore
from services.intake.views import referral_view

Row = dict[str, Any]
LATE: Final = "late"
"""Beside what there is to do: whose deadline has passed."""
AGAIN: Final = "again"
"""Whom somebody tried to reach in vain, and should try again today."""
_TODO_OF: Final[Mapping[str, Todo | None]] = MappingProxyType({LATE: None, AGAIN: Todo.CONTACT})
MOST_COUNTED: Final = 100
"""More than this are shown as "more than": what matters is whether there is much."""
WORK: Final = tuple(todo for todo in Todo if todo is not Todo.FOLLOW)
_NO_TERMS: Final = MappingProxyType[str, Terms]({})


def page(store: IntakeStore, sight: Sight, wanted: Row, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
    """Rows of the list. `wanted`: `todo` (one of :class:`Todo`, LATE or AGAIN; all work without), `municipality`,
    `older` (days that it has been waiting for at least).
    """
    todo, older, today = wanted.get("todo"), wanted.get("older"), amsterdam_day(store.now)
    filters = {
        "todo": _TODO_OF.get(todo, todo) if todo else None,
        "late_on": today if todo == LATE else None,
        "again_on": today if todo == AGAIN else None,
        "municipality": wanted.get("municipality"),
        "before": store.now - timedelta(days=older) if older else None,
    }
    return store.queue(sight.library_ids or [], filters, after, limit)


def key(row: Row) -> tuple[Any, ...]:
    """Where a row stands in the list."""
    return row["due_on"], row["received_at"], row["referral_id"]


def shown(store: IntakeStore, rows: Sequence[Any]) -> list[Row]:
    """Rows of the list, or of any other list of staff, with their needs, what there is to do, and the deadline."""
    needs = store.needs_of([row["referral_id"] for row in rows])
    libraries = {row["library_id"] for row in rows if row["library_id"] and row["contact_by"]}
    terms = store.contact_terms(sorted(libraries)) if libraries else _NO_TERMS
    found = []
    for row in rows:
        view = referral_view(row, needs[row["referral_id"]], EVERYTHING)
        deadline = _deadline(store, row, terms)
        found.append(view | {"todo": row["todo"], "deadline": deadline, "intake_at": row["intake_at"],
                             "try_on": again(row, amsterdam_day(store.now))})  # fmt: skip
    return found


def _deadline(store: IntakeStore, row: Row, terms: Any) -> Deadline | None:
    if row["contact_by"] is None or row["library_id"] not in terms:
        return None
    found: Deadline = terms[row["library_id"]].deadline(row["contact_by"], amsterdam_day(store.now))
    return found


def again(row: Row, today: date) -> tuple[date, bool] | None:
    """From which day on somebody tries again to reach the participant, and whether that has come."""
    is_asked = row["todo"] == Todo.CONTACT and row["try_on"] is not None
    return (row["try_on"], row["try_on"] <= today) if is_asked else None


def counts(store: IntakeStore, library_ids: Collection[str]) -> Row:
    """How much there is to do of each sort, LATE and AGAIN too; one more than :data:`MOST_COUNTED` stands for many."""
    return store.queue_counts(library_ids, WORK, amsterdam_day(store.now), MOST_COUNTED + 1)
