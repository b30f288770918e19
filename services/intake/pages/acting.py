"""What every page of an action begins and ends with. When it is not possible now, the page is refused with what is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.http import Conflict, NotFound
from chassis.pages import PageCall, SeeOther
from services.intake import access, looking
from services.intake.casework.knowing import Known
from services.intake.courses import courses_of
from services.intake.domain.course import Course
from services.intake.domain.needs import ENDED, Step
from services.intake.domain.reference_numbers import number_of
from services.intake.on_referral import OnReferral

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Before:
    """A referral, and how it stands before something is done about it."""

    row: Row
    needs: list[Row]
    course: Course

    @property
    def path(self) -> str:
        return f"/referrals/{self.row['referral_id']}"

    @property
    def version(self) -> str:
        return str(self.row["version"])

    @property
    def open_needs(self) -> list[Row]:
        """Those that have not ended."""
        return [need for need in self.needs if self.course.phase(need["need_id"]) not in ENDED]

    @property
    def facts(self) -> Row:
        """What every page of an action shows of it."""
        return {
            "referral_id": self.row["referral_id"],
            "number": number_of(self.row["number"]),
            "needs": self.needs,
            "open_needs": self.open_needs,
            "library_id": self.row["library_id"],
        }


class Acting(OnReferral):
    """The two ends of an action."""

    def before(self, call: PageCall, referral_id: str, step: Step, need_id: str | None = None) -> Before:
        """The referral, when this may be done about it now. Raises NotFound, or Conflict with what may be done."""
        row = access.visible(self.store, access.sight_of(self.store, call.caller), self.store.referral(referral_id))
        needs, course = courses_of(self.store, [row])[referral_id]
        if need_id is not None and need_id not in course.needs:
            raise NotFound("This referral has no such need.")
        allowed = course.allowed()
        if step not in allowed or (need_id is not None and not course.may_answer(need_id)):
            raise Conflict(f"{step} is not possible now.", allowed=[one.value for one in allowed])
        return Before(row, needs, course)

    def person(self, call: PageCall, row: Row) -> Row | None:
        """Whom to call: legible for staff of the controlling library alone, and each look is logged."""
        try:
            return looking.participant(self.store, self.vault, call.caller, row["participant_id"])
        except NotFound:
            return None

    def known(self, row: Row) -> Row:
        """What is known of the participant, each fact by its name. Whoever shows it shows :meth:`person` too."""
        return Known.of(self.store, self.vault, row).facts

    def done(self, referral_id: str, told: str) -> SeeOther:
        """Back to the referral, which says what was done."""
        return SeeOther(f"/referrals/{referral_id}", told=told)
