"""Referrals (*aanmeldingen*) for people: for staff what there is to do, for partners what they referred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from marshmallow import fields, validate

from chassis.http import NotFound, Page, PageQuery
from chassis.pages import PageCall, SeeOther, Shown, page
from contracts import municipalities
from contracts.fields import Municipality
from services.intake import access, looking, referring, worklist
from services.intake.access import Sight
from services.intake.domain.feedback import may_filter_by
from services.intake.domain.reference_numbers import count_of
from services.intake.domain.todo import Todo
from services.intake.pages import own_referrals
from services.intake.schemas.referrals import STATUSES
from services.intake.store import IntakeStore
from services.intake.vault import Vault

AGES: Final = (2, 5, 10, 30)
"""Days; what waits longer can be asked for."""
_LAST_ID: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Filter(PageQuery):
    """Which referrals, in the address so that a list can be kept as a bookmark."""

    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))
    todo = fields.String(validate=validate.OneOf((*Todo, worklist.AGAIN, worklist.LATE)))
    status = fields.String(validate=validate.OneOf(STATUSES))
    municipality = Municipality()
    older = fields.Integer(validate=validate.OneOf(AGES))
    number = fields.String(validate=validate.Length(max=40))
    find = fields.String(validate=validate.Length(max=100))


class ReferralPages:
    """The list."""

    store: IntakeStore
    vault: Vault

    @page("GET", "/referrals", scope="referrals:read", query=Filter, template="referrals.html")
    def referrals_page(self, call: PageCall) -> dict[str, Any] | Shown | SeeOther:
        """What there is to do, what is due first on top. By status, and of a partner, newest first."""
        sight = access.sight_of(self.store, call.caller)
        number = call.query.get("number") or (call.query.get("find") if sight.partner else None)
        found = self._with_number(sight, number) if number else None
        if found is not None:
            return SeeOther(f"/referrals/{found}")
        of_staff = sight.partner is None
        is_work = of_staff and "status" not in call.query
        rows = self._work(call, sight) if is_work else self._newest(call, sight)
        partners = self.store.names_of_partners(sorted({row["partner_id"] for row in rows.items}))
        facts = {
            "rows": rows.items, "next": rows.next, "partners": partners, "ages": AGES,
            "municipalities": municipalities.names(), "choices": self._municipalities(sight, rows.items, call),
            "statuses": [status for status in STATUSES if may_filter_by(status, sight.agreed)],
            "todos": (*worklist.WORK, worklist.AGAIN, worklist.LATE), "is_work": is_work,
            "counts": worklist.counts(self.store, sight.library_ids or []) if of_staff else {},
            "most": worklist.MOST_COUNTED, "number": number,
        }  # fmt: skip
        if of_staff:
            return facts
        return Shown("own-referrals.html", facts | own_referrals.shown(self.store, self.vault, sight, call))

    def _municipalities(self, sight: Sight, rows: Iterable[Mapping[str, Any]], call: PageCall) -> list[tuple[str, str]]:
        """Those to choose from: where the libraries or the partner of who looks work, and what is listed already."""
        here = {row["municipality"] for row in rows} | {call.query.get("municipality")}
        if sight.partner is None:
            here |= self.store.municipalities_of(sight.library_ids or [])
            return [(code, name) for code, name in municipalities.names().items() if code in here]
        agreed = referring.agreement_of(sight.partner, sight)
        return [(code, name) for code, name in municipalities.names().items() if code in here or agreed.from_here(code)]

    def _work(self, call: PageCall, sight: Sight) -> Page:
        rows = worklist.page(self.store, sight, call.query, call.cursor, call.limit + 1)
        found = Page.of(rows, call, key=worklist.key)
        return Page(worklist.shown(self.store, found.items), found.next)

    def _newest(self, call: PageCall, sight: Sight) -> Page:
        wanted = own_referrals.filters(self.vault, sight, call)
        rows = looking.page(self.store, sight, wanted, self._begin(call), call.limit + 1)
        found = Page.of(rows, call, key=lambda row: (row["received_at"], row["referral_id"]))
        if sight.partner is None:
            return Page(worklist.shown(self.store, found.items), found.next)
        return Page(looking.summaries(self.store, self.vault, sight, found.items), found.next)

    def _begin(self, call: PageCall) -> tuple[Any, ...] | None:
        """Newest first, so "older than" is where the list begins."""
        older = call.query.get("older")
        if call.cursor is not None or older is None:
            return call.cursor
        return self.store.now - timedelta(days=older), _LAST_ID

    def _with_number(self, sight: Sight, number: str) -> str | None:
        """The referral with this number, when whoever looks may know of it."""
        count = count_of(number)
        row = self.store.referral_with_number(count) if count is not None else None
        try:
            return str(access.visible(self.store, sight, row)["referral_id"])
        except NotFound:
            return None
