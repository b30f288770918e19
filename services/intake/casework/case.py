"""A referral while somebody works on it: what may be decided, how it is written down, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from chassis.http import Conflict
from contracts.event import EventData
from services.intake.courses import courses_of, need_row, referral_row, step_row
from services.intake.domain.course import Course
from services.intake.domain.needs import IllegalStep, Step
from services.intake.reception import told_whole
from services.intake.records import new_id
from services.intake.store import IntakeStore
from services.intake.vault import OwnKey, Vault

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Worker:
    """Who works on it: the word of timelines (`coordinator`, `partner`, `rule`), and the subject of their token."""

    by: str
    actor: str | None = None


RULE: Final = Worker("rule")


class Case:
    """In the transaction of the store; `referral` is its locked row, which stays as it was read."""

    def __init__(
        self, store: IntakeStore, vault: Vault, tell: Callable[..., Any], referral: Row, worker: Worker
    ) -> None:
        self.store = store
        self.vault = vault
        self.referral = referral
        self.worker = worker
        self.teller = tell
        self.needs, self.course = courses_of(store, [referral])[self.id]

    @property
    def id(self) -> str:
        return str(self.referral["referral_id"])

    @property
    def now(self) -> datetime:
        return self.store.now

    @property
    def key(self) -> OwnKey:
        """What seals and opens what was written about this participant."""
        return self.vault.under(self.referral["wrapped_key"], self.referral["participant_id"])

    def take(
        self,
        step: Step,
        *,
        needs: Collection[str] | None = None,
        reason: str | None = None,
        outcome: str | None = None,
        by: str | None = None,
    ) -> tuple[str, ...]:
        """Decide this about these needs, or about all that are open: their ids. Raises Conflict with what is allowed.

        Told reasons are the reason; `by` is who said it, when that is another than who writes it down.
        """
        before = self.course
        try:
            after = before.after(step, needs=needs, reason=reason, outcome=outcome)
        except IllegalStep as illegal:
            raise _conflict(illegal, before) from illegal
        self.course = after
        about = tuple(before.open if needs is None else needs)
        self.write(step.value, about, reason, by)
        return about

    def add(self, need: Row) -> None:
        """A further need. Raises Conflict with what is allowed."""
        before = self.course
        try:
            self.course = before.with_need(need["need_id"], need["kind"])
        except IllegalStep as illegal:
            raise _conflict(illegal, before) from illegal
        self.store.add_need(need | {"phase": self.course.phase(need["need_id"]).code})
        self.needs = [*self.needs, need]
        self.write(Step.ADDED.value, (need["need_id"],))

    def write(self, what: str, about: Collection[str], reason: str | None = None, by: str | None = None) -> None:
        """A line in the timelines of these needs, and where they and the referral are now."""
        self.store.add_steps([
            step_row(need_id, self.course, at=self.now, what=what, by=by or self.worker.by, actor=self.worker.actor,
                     reasons=[reason] if reason else [])
            for need_id in about
        ])  # fmt: skip
        self.store.change_needs(
            [need_row(need_id, self.course) for need_id in about], [referral_row(self.id, self.course)]
        )

    def record(self, what: Step, facts: Row, written: Row | None = None, *, at: datetime | None = None) -> str:
        """Keep what was done and, sealed, what was written; the id of the record."""
        casework_id = new_id()
        texts = {name: text for name, text in (written or {}).items() if text}
        self.store.add_casework({
            "casework_id": casework_id,
            "referral_id": self.id,
            "what": what.value,
            "at": at or self.now,
            "by": self.worker.by,
            "actor": self.worker.actor or "",
            "facts": {name: value for name, value in facts.items() if value is not None},
            "sealed": self.key.seal(casework_id, texts) if texts else None,
        })  # fmt: skip
        return casework_id

    def tell(self, event: type[EventData], **data: Any) -> None:
        """Tell this of the referral."""
        self.teller(event, self.id, **data)

    def whole(self, **changed: Any) -> Row:
        """The referral as events hold it, with what has just changed."""
        return told_whole(self.referral | changed, self.needs)

    def contact_by(self, library_id: str | None = None) -> date | None:
        """The last day to get in touch, reckoned from now, for its library or another one; None without a library."""
        chosen = library_id or self.referral["library_id"]
        return self.store.contact_terms([chosen])[chosen].contact_by(self.now) if chosen else None

    def try_again(self, at: datetime, outcome: str) -> date | None:
        """From which day on its library tries again after an attempt that came to this; None without a library."""
        chosen = self.referral["library_id"]
        return self.store.contact_terms([chosen])[chosen].try_again(at, outcome) if chosen else None


def _conflict(illegal: IllegalStep, course: Course) -> Conflict:
    return Conflict(
        f"This is not possible while the need is {illegal.phase.code}.",
        referralStatus=course.status.value,
        needStatus=illegal.phase.status.value,
        businessStatus=illegal.phase.business_status,
        allowed=[step.value for step in illegal.allowed],
    )
