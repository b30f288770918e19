"""Partners (*partners*) for operations: who refers people, what is agreed with them, and who may come in no more."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from chassis.http import BadInput, Conflict, NotFound, Page, PageQuery
from chassis.http.schemas import Schema
from chassis.outbox import Teller
from chassis.pages import PageCall, SeeOther, marked, once, page
from contracts import codes, municipalities
from contracts.fields import Code, Municipality
from services.intake import organisations
from services.intake.domain.asked import PURPOSES
from services.intake.domain.feedback import USUAL
from services.intake.limits import Limits
from services.intake.schemas.organisations import FEEDBACK, NAME, SOME, USUAL_BASES
from services.intake.store import IntakeStore

Row = dict[str, Any]
EVERYWHERE: Final = "everywhere"
SECRET: Final = "client-secret"  # noqa: S105 (what the page shows once is called so)
PEOPLE_SHOWN: Final = 10
_REGISTERED: Final = marked("The partner is registered.")
_CHANGED: Final = marked("The changes are saved.")
_SUSPENDED: Final = marked("The partner is stopped.")
_RESUMED: Final = marked("The partner can refer people again.")


class PartnerFilter(PageQuery):
    """Which partners, in the address so that a list can be kept as a bookmark."""

    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))
    name = fields.String(validate=NAME)
    status = Code(codes.PARTNER_STATUSES)
    municipality = Municipality()


class PartnerForm(Schema):
    """What is agreed with a partner. What is not ticked is not agreed; of a new one and of a change alike."""

    name = fields.String(required=True, validate=NAME)
    where = Code((EVERYWHERE, "some"), required=True)
    municipalities = fields.List(Municipality(), load_default=list, validate=validate.Length(max=400))
    purposes = fields.List(Code(PURPOSES), required=True, validate=SOME)
    usual_purpose = Code(PURPOSES)
    legal_bases = fields.List(Code(codes.LEGAL_BASES), required=True, validate=SOME)
    legal_basis_text = fields.String(load_default=None, validate=validate.Length(max=1000))
    feedback = fields.List(Code(FEEDBACK), load_default=list)


class PartnerPages:
    """The list, the page of one, what is agreed, and whether it takes part."""

    store: IntakeStore
    tell: Teller
    limits: Limits

    @page("GET", "/partners", scope="organisations:write", query=PartnerFilter, template="partners.html")
    def partners_page(self, call: PageCall) -> Row:
        """All partners, by name."""
        after = str(call.cursor[0]) if call.cursor else None
        found = Page.of(
            self.store.partners_by_name(call.query, after, call.limit + 1), call, key=lambda row: (row["sorted_by"],)
        )
        return {
            "rows": organisations.with_secrets(self.store, [dict(row) for row in found.items]), "next": found.next,
            "statuses": codes.PARTNER_STATUSES, "bases": codes.LEGAL_BASES, "municipalities": municipalities.names(),
        }  # fmt: skip

    @page("GET", "/partners/new", scope="organisations:write", template="partner-new.html")
    def new_partner_page(self, call: PageCall) -> Row:
        """What has to be agreed with a partner before it can refer anybody."""
        usual: Row = {"purposes": PURPOSES[:1], "legalBases": USUAL_BASES, "feedback": USUAL}
        return {"form": call.form("add_partner", "/partners/new", **usual), **_choices()}

    @page("POST", "/partners/new", scope="organisations:write", form=PartnerForm, again="new_partner_page")
    def add_partner(self, call: PageCall) -> SeeOther:
        """Register it; its secret is on the next page, this once."""
        wanted = agreed(call.body)
        try:
            partner, secret = organisations.register_partner(self.store, self.tell, wanted)
        except Conflict as taken:
            raise name_taken() from taken
        if secret is None:
            raise name_taken()
        once.keep(call, SECRET, {"partner_id": partner["partner_id"], "secret": secret, "is_new": True})
        return SeeOther(f"/partners/{partner['partner_id']}/secret", told=_REGISTERED)

    @page("GET", "/partners/<uuid:partner_id>", scope="organisations:write", template="partner.html")
    def partner_page(self, call: PageCall, partner_id: str) -> Row:
        """What is agreed with it, how its systems come in, who of its people refer, and how much it sends."""
        partner = organisations.partner(self.store, partner_id)
        version = str(partner["version"])
        return {
            "partner": partner, "municipalities": municipalities.names(), "use": self.limits.of(partner_id),
            "people": self.store.count_staff_of_partner(partner_id, PEOPLE_SHOWN), "most": PEOPLE_SHOWN,
            "bases": codes.LEGAL_BASES, "feedbacks": FEEDBACK,
            "resume": call.form("resume_partner", f"/partners/{partner_id}/resumption", version=version),
        }  # fmt: skip

    @page("GET", "/partners/<uuid:partner_id>/terms", scope="organisations:write", template="partner-terms.html")
    def partner_terms_page(self, call: PageCall, partner_id: str) -> Row:
        """What is agreed, to change it."""
        partner = organisations.partner(self.store, partner_id)
        form = call.form(
            "change_terms", f"/partners/{partner_id}/terms", version=str(partner["version"]), name=partner["name"],
            where="some" if partner["municipalities"] else EVERYWHERE, municipalities=partner["municipalities"],
            purposes=partner["purposes"], usualPurpose=partner["purposes"][0], legalBases=partner["legal_bases"],
            legalBasisText=partner["legal_basis_text"], feedback=partner["feedback"],
        )  # fmt: skip
        return {"partner": partner, "form": form, **_choices()}

    @page("POST", "/partners/<uuid:partner_id>/terms", scope="organisations:write", form=PartnerForm,
          again="partner_terms_page")  # fmt: skip
    def change_terms(self, call: PageCall, partner_id: str) -> SeeOther:
        """Something else is agreed from now on."""
        try:
            self._changed(call, partner_id, agreed(call.body))
        except Conflict as taken:
            raise name_taken() from taken
        return SeeOther(f"/partners/{partner_id}", told=_CHANGED)

    @page("GET", "/partners/<uuid:partner_id>/suspension", scope="organisations:write",
          template="partner-suspend.html")  # fmt: skip
    def suspension_page(self, call: PageCall, partner_id: str) -> Row:
        """Whether it is meant, and what happens then."""
        partner = organisations.partner(self.store, partner_id)
        path = f"/partners/{partner_id}"
        form = call.form("suspend_partner", f"{path}/suspension", version=str(partner["version"]))
        return {"partner": partner, "form": form, "back": call.url(path), "is_danger": True}

    @page("POST", "/partners/<uuid:partner_id>/suspension", scope="organisations:write", again="suspension_page")
    def suspend_partner(self, call: PageCall, partner_id: str) -> SeeOther:
        """It refers nobody, its tokens end, and its people see nothing, until it is taken up again."""
        self._changed(call, partner_id, {"status": "suspended"})
        return SeeOther(f"/partners/{partner_id}", told=_SUSPENDED)

    @page("POST", "/partners/<uuid:partner_id>/resumption", scope="organisations:write", again="partner_page")
    def resume_partner(self, call: PageCall, partner_id: str) -> SeeOther:
        """It takes part again, with the secrets that it had."""
        self._changed(call, partner_id, {"status": "active"})
        return SeeOther(f"/partners/{partner_id}", told=_RESUMED)

    def _changed(self, call: PageCall, partner_id: str, wanted: Row) -> None:
        self.store.take_turns()
        before = self.store.locked_partner(partner_id)
        if before is None:
            raise NotFound("There is no such partner.")
        call.expect(str(before["version"]))
        organisations.change_partner(self.store, self.tell, before, wanted)


def agreed(form: Row) -> Row:
    """What the rules take, from what the form says, which stays as it is. Raises BadInput."""
    usual = form.get("usual_purpose")
    if usual is not None and usual not in form["purposes"]:
        raise BadInput.field("usualPurpose", "The usual purpose is not among the purposes.", "purpose-not-agreed")
    places = [] if form["where"] == EVERYWHERE else form["municipalities"]
    if form["where"] != EVERYWHERE and not places:
        raise BadInput.field("municipalities", "No municipality is chosen.", "municipalities-missing")
    first = [usual] if usual is not None else []
    purposes = first + [one for one in form["purposes"] if one != usual]
    terms = {name: value for name, value in form.items() if name != "usual_purpose"}
    return {**terms, "municipalities": places, "purposes": purposes}


def _choices() -> Row:
    return {
        "municipalities": municipalities.names(), "purposes": PURPOSES, "bases": codes.LEGAL_BASES,
        "feedbacks": FEEDBACK,
    }  # fmt: skip


def name_taken() -> BadInput:
    """Told beside the field with the name."""
    return BadInput.field("name", "There is one with this name already.", "name-taken")
