"""Referrals (*aanmeldingen*) for people: the list of what one may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from marshmallow import fields, validate

from chassis.http import Page, PageQuery
from chassis.pages import PageCall, page
from contracts import municipalities
from contracts.fields import Municipality
from services.intake import access, looking
from services.intake.domain.feedback import may_filter_by
from services.intake.schemas.referrals import STATUSES
from services.intake.store import IntakeStore
from services.intake.vault import Vault

AGES: Final = (2, 5, 10, 30)
"""Days; what waits longer can be asked for."""
_LAST_ID: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Filter(PageQuery):
    """Which referrals, in the address so that a list can be kept as a bookmark."""

    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))
    status = fields.String(validate=validate.OneOf(STATUSES))
    municipality = Municipality()
    older = fields.Integer(validate=validate.OneOf(AGES))


class ReferralPages:
    """The list."""

    store: IntakeStore
    vault: Vault

    @page("GET", "/referrals", scope="referrals:read", query=Filter, template="referrals.html")
    def referrals_page(self, call: PageCall) -> dict[str, Any]:
        """What was referred to one's libraries, or by one's organisation; newest first."""
        sight = access.sight_of(self.store, call.caller)
        rows = looking.page(self.store, sight, call.query, self._begin(call), call.limit + 1)
        found = Page.of(rows, call, key=lambda row: (row["received_at"], row["referral_id"]))
        shown = looking.summaries(self.store, self.vault, sight, found.items)
        partners = self.store.names_of_partners(sorted({row["partner_id"] for row in shown}))
        return {
            "rows": shown, "next": found.next, "partners": partners, "ages": AGES,
            "municipalities": municipalities.names(),
            "statuses": [status for status in STATUSES if may_filter_by(status, sight.agreed)],
            "for_partner": sight.partner is not None,
        }  # fmt: skip

    def _begin(self, call: PageCall) -> tuple[Any, ...] | None:
        """Newest first, so "older than" is where the list begins."""
        older = call.query.get("older")
        if call.cursor is not None or older is None:
            return call.cursor
        return self.store.now - timedelta(days=older), _LAST_ID
