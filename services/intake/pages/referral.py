"""One referral for people: what to do now, its needs, what happened, and who it is. The partner sees its own part."""

from __future__ import annotations

from typing import Any, Final

from chassis.http import NotFound, Page, PageQuery
from chassis.pages import PageCall, page
from contracts import municipalities
from services.intake import access, looking, timeline, worklist
from services.intake.access import Sight
from services.intake.courses import courses_of
from services.intake.domain.deadlines import Deadline
from services.intake.domain.needs import Step
from services.intake.domain.people import email_address, work_number
from services.intake.domain.reference_numbers import number_of
from services.intake.domain.todo import next_of
from services.intake.pages import actions, own_part
from services.intake.pages.decisions import forms_of
from services.intake.records import amsterdam_day
from services.intake.signing_in import SigningIn
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]
LATEST: Final = 12
"""Entries of the timeline that the page of a referral shows; the others are on a page of their own."""
VAIN: Final = 3
"""Attempts after which the page says what else there is than trying again."""
_SEEN: Final = (
    "age_band", "spoken_level", "spoken_level_how", "spoken_level_on", "literacy", "literacy_how", "literacy_on",
    "digital_skill", "learner_track", "availability", "features", "civic_integration_duty", "target_group",
    "legal_basis", "informed_on", "informed_how",
)  # fmt: skip


class ReferralPage:
    """The page of one, and all that happened to it."""

    store: IntakeStore
    vault: Vault
    sign_ins: dict[str, SigningIn]

    @page("GET", "/referrals/<uuid:referral_id>", scope="referrals:read", template="referral.html")
    def referral_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """What can be done about it now, and everything that is known of it."""
        sight = access.sight_of(self.store, call.caller)
        row = access.visible(self.store, sight, self.store.referral(referral_id))
        shown = looking.referral(self.store, self.vault, sight, row, call.caller)
        happened = self._happened(sight, row, shown["needs"], None, LATEST + 1)
        partners = self.store.names_of_partners([row["partner_id"]])
        worker = shown.get("case_worker") or {}
        facts = {
            "referral": shown, "partner": partners.get(row["partner_id"]), "municipalities": municipalities.names(),
            "timeline": happened[:LATEST], "more_happened": len(happened) > LATEST,
            "libraries": self._libraries_in(happened), "for_partner": sight.partner is not None, "person": None,
            "forms": {}, "call_worker": work_number(worker.get("phone") or ""),
            "mail_worker": email_address(worker.get("email") or ""),
        }  # fmt: skip
        if sight.partner:
            return facts | {"own": own_part.forms_of(call, self.store, row)}
        tries = [entry for entry in happened[:LATEST] if entry["what"] == Step.CONTACTED and entry["facts"]]
        return facts | {"tries": tries, "vain": VAIN} | self._for_staff(call, sight, row, shown)

    @page("GET", "/referrals/<uuid:referral_id>/timeline", scope="referrals:read", query=PageQuery,
          template="referral/history.html")  # fmt: skip
    def timeline_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """Everything that happened, newest first."""
        sight = access.sight_of(self.store, call.caller)
        row = access.visible(self.store, sight, self.store.referral(referral_id))
        needs = self.store.needs_of([referral_id])[referral_id]
        after = call.cursor[0] if call.cursor else None
        found = Page.of(self._happened(sight, row, needs, after, call.limit + 1), call, lambda one: (one["step_id"],))
        if sight.partner is None:
            looking.log_look(self.store, self.vault, call.caller, "see-casework", row["participant_id"])
        return {"referral_id": referral_id, "number": number_of(row["number"]), "timeline": found.items,
                "next": found.next, "libraries": self._libraries_in(found.items)}  # fmt: skip

    def _happened(self, sight: Sight, row: Row, needs: list[Row], after: int | None, limit: int) -> list[Row]:
        issuers = {one.provider.issuer for one in self.sign_ins.values()}
        return timeline.page(self.store, self.vault, sight, row, needs, after, limit, issuers)

    def _for_staff(self, call: PageCall, sight: Sight, row: Row, shown: Row) -> Row:
        _, course = courses_of(self.store, [row])[row["referral_id"]]
        todo = next_of(course)
        may = call.caller.may("referrals:decide")
        possible = actions.possible(course.allowed()) if may else []
        first = actions.FIRST[todo] if todo else ()
        decides = may and Step.ACCEPTED in course.allowed()
        return {
            "person": self._person(call, row), "known": {name: row[name] for name in _SEEN}, "may_act": may,
            "todo": todo, "intake_at": row["intake_at"], "again": worklist.again(row, amsterdam_day(self.store.now)),
            "deadline": self._deadline(row),
            "can_add": any(one.path == "needs" for one in possible),
            "forms": forms_of(call, row, self.store.names_of_libraries(access.own_libraries(call.caller)))
            if decides
            else {},
            "first": [one for path in first for one in possible if one.path == path],
            "others": [one for one in possible if one.path not in first],
            "planned": {need_id: one.planning.latest for need_id, one in course.needs.items()},
            "asked": [need_id for need_id in course.needs if may and course.may_answer(need_id)],
            "duplicates": self._numbered(shown.get("duplicates", [])),
        }  # fmt: skip

    def _deadline(self, row: Row) -> Deadline | None:
        if row["contact_by"] is None or row["library_id"] is None:
            return None
        terms = self.store.contact_terms([row["library_id"]])[row["library_id"]]
        return terms.deadline(row["contact_by"], amsterdam_day(self.store.now))

    def _libraries_in(self, entries: Any) -> dict[str, str]:
        """What the libraries are called between which a referral went."""
        ids = {entry["facts"].get(end) for entry in entries for end in ("from", "to")} - {None}
        return self.store.names_of_libraries(sorted(ids)) if ids else {}

    def _numbered(self, referral_ids: list[str]) -> list[tuple[str, str]]:
        """These referrals, each with the number by which people speak of it."""
        counts = self.store.numbers_of(referral_ids) if referral_ids else {}
        return [(one, number_of(counts[one])) for one in referral_ids if one in counts]

    def _person(self, call: PageCall, row: Row) -> Row | None:
        try:
            return looking.participant(self.store, self.vault, call.caller, row["participant_id"])
        except NotFound:
            return None
