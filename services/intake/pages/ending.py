"""Closing needs, referring somebody onward, and giving a referral to another library."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields

from chassis.pages import PageCall, SeeOther, marked, page
from chassis.pages.fields import Tick
from contracts import codes
from contracts.fields import Code, Id
from services.intake.casework import ending, moving
from services.intake.domain.needs import Step
from services.intake.pages.acting import Acting
from services.intake.schemas.casework import TEXT, Closure, Onward, Transfer

_CLOSED: Final = marked("It is closed.")
_ONWARD: Final = marked("It is recorded to whom this person goes on.")
_TRANSFERRED: Final = marked("The referral is with the other library now. You do not see it any more.")
_ONWARD_REASON: Final = "referred-onward"
_REASONS: Final = tuple(reason for reason in codes.CLOSING_REASONS if reason != _ONWARD_REASON)


class ClosureForm(Closure):
    """Which needs end; every reason but the one that has a page of its own."""

    class Meta:
        exclude = ("onward",)

    reason = Code(_REASONS, required=True)
    need_ids = fields.List(Id(), required=True)


class OnwardForm(Onward):
    """To whom, and which needs end with it."""

    warm_handover = Tick(required=True)
    need_ids = fields.List(Id(), required=True)
    text = fields.String(validate=TEXT, allow_none=True)


class EndingPages(Acting):
    """Three forms."""

    @page("GET", "/referrals/<uuid:referral_id>/closures", scope="referrals:decide", back="referral_page",
          template="action/closure.html")  # fmt: skip
    def closure_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """What ends, and why."""
        before = self.before(call, referral_id, Step.CLOSED)
        form = call.form("close_needs", f"{before.path}/closures", version=before.version)
        return before.facts | {"form": form, "reasons": _REASONS}

    @page("POST", "/referrals/<uuid:referral_id>/closures", scope="referrals:decide", form=ClosureForm,
          again="closure_page", back="referral_page")  # fmt: skip
    def close_needs(self, call: PageCall, referral_id: str) -> SeeOther:
        """Places are free again."""
        ending.close(self.case(call, referral_id), call.body)
        return self.done(referral_id, _CLOSED)

    @page("GET", "/referrals/<uuid:referral_id>/onward", scope="referrals:decide", back="referral_page",
          template="action/onward.html")  # fmt: skip
    def onward_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """Who helps this person further."""
        before = self.before(call, referral_id, Step.CLOSED)
        form = call.form("refer_onward", f"{before.path}/onward", version=before.version)
        return before.facts | {"form": form, "onward_to": codes.ONWARD_TO}

    @page("POST", "/referrals/<uuid:referral_id>/onward", scope="referrals:decide", form=OnwardForm,
          again="onward_page", back="referral_page")  # fmt: skip
    def refer_onward(self, call: PageCall, referral_id: str) -> SeeOther:
        """A closing with this reason."""
        said = {"reason": _ONWARD_REASON, "need_ids": call.body["need_ids"], "text": call.body.get("text")}
        onward = {name: call.body.get(name) for name in ("to", "name", "warm_handover")}
        ending.close(self.case(call, referral_id), said | {"onward": onward})
        return self.done(referral_id, _ONWARD)

    @page("GET", "/referrals/<uuid:referral_id>/transfers", scope="referrals:decide", back="referral_page",
          template="action/transfer.html")  # fmt: skip
    def transfer_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """Which library, and why."""
        before = self.before(call, referral_id, Step.TRANSFERRED)
        form = call.form("transfer_referral", f"{before.path}/transfers", version=before.version)
        libraries = self.store.libraries_to_choose()
        others = {one: name for one, name in libraries.items() if one != before.row["library_id"]}
        return before.facts | {"form": form, "libraries": others, "reasons": codes.TRANSFER_REASONS}

    @page("POST", "/referrals/<uuid:referral_id>/transfers", scope="referrals:decide", form=Transfer,
          again="transfer_page", back="referral_page")  # fmt: skip
    def transfer_referral(self, call: PageCall, referral_id: str) -> SeeOther:
        """It is nobody's here any more."""
        moving.transfer(self.case(call, referral_id), call.body)
        return SeeOther("/referrals", told=_TRANSFERRED)
