"""Libraries (*bibliotheken*) for operations: who takes part, what each works for, and until when it gets in touch."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from chassis.http import Conflict, Page, PageQuery
from chassis.http.schemas import Schema, coded
from chassis.outbox import Teller
from chassis.pages import PageCall, SeeOther, marked, page
from contracts import codes, municipalities
from contracts.fields import Code, Municipality
from contracts.working_days import MOST_CLOSURES
from services.intake import organisations
from services.intake.domain.routing import shared
from services.intake.pages.partners import name_taken
from services.intake.schemas.organisations import CONTACT_WITHIN, LANGUAGES, NAME
from services.intake.store import IntakeStore

Row = dict[str, Any]
_REGISTERED: Final = marked("The library takes part from now on.")
_CHANGED: Final = marked("The changes are saved.")


class LibraryFilter(PageQuery):
    """Which libraries."""

    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))
    name = fields.String(validate=NAME)
    municipality = Municipality()


class LibraryForm(Schema):
    """What a library is called, where its mail goes, and how fast it gets in touch."""

    name = fields.String(required=True, validate=NAME)
    mailbox = fields.Email(
        required=True, validate=validate.Length(max=254),
        error_messages={"invalid": coded("Not an e-mail address.", "bad-email")},
    )  # fmt: skip
    language = Code(LANGUAGES, required=True)
    contact_within_days = fields.Integer(
        required=True, validate=CONTACT_WITHIN,
        error_messages={"invalid": coded("Not a number of days.", "days-wrong")},
    )  # fmt: skip


class NewLibraryForm(LibraryForm):
    """With the municipalities that it works for."""

    municipalities = fields.List(Municipality(), load_default=list, validate=validate.Length(max=400))


class LibraryPages:
    """The list, the page of one, a new one, and its details."""

    store: IntakeStore
    tell: Teller

    @page("GET", "/libraries", scope="organisations:write", query=LibraryFilter, template="libraries.html")
    def libraries_page(self, call: PageCall) -> Row:
        """All libraries, by name."""
        after = str(call.cursor[0]) if call.cursor else None
        rows = self.store.libraries_by_name(call.query, after, call.limit + 1)
        found = Page.of(rows, call, key=lambda row: (row["sorted_by"],))
        return {"rows": found.items, "next": found.next, "municipalities": municipalities.names()}

    @page("GET", "/libraries/new", scope="organisations:write", template="library-new.html")
    def new_library_page(self, call: PageCall) -> Row:
        """A library that takes part."""
        usual: Row = {"language": LANGUAGES[0], "contactWithinDays": codes.DAYS_TO_CONTACT}
        form = call.form("add_library", "/libraries/new", **usual)
        return {"form": form, "languages": LANGUAGES, "municipalities": municipalities.names()}

    @page("POST", "/libraries/new", scope="organisations:write", form=NewLibraryForm, again="new_library_page")
    def add_library(self, call: PageCall) -> SeeOther:
        """Register it; referrals from its municipalities go to it from now on."""
        wanted = dict(call.body)
        serves = [{"municipality": code, "kinds": []} for code in wanted.pop("municipalities")]
        try:
            library, is_new = organisations.register_library(
                self.store, self.tell, {**wanted, "serves": serves, "closures": []}
            )
        except Conflict as taken:
            raise name_taken() from taken
        if not is_new:
            raise name_taken()
        return SeeOther(f"/libraries/{library['library_id']}", told=_REGISTERED)

    @page("GET", "/libraries/<uuid:library_id>", scope="organisations:write", template="library.html")
    def library_page(self, call: PageCall, library_id: str) -> Row:
        """One library: its details, the municipalities and kinds that it works for, and when it is closed."""
        library = organisations.library(self.store, library_id)
        path, version = f"/libraries/{library_id}", str(library["version"])
        names = municipalities.names()
        served = {area["municipality"] for area in library["serves"]}
        routing = self.store.routing(served)
        return {
            "library": library, "municipalities": names, "full": len(library["closures"]) >= MOST_CLOSURES,
            "others": {code: name for code, name in names.items() if code not in served},
            "shared": shared(library_id, routing.table, codes.KINDS), "every": len(codes.KINDS),
            "libraries": routing.names,
            "area": call.form("add_area", f"{path}/municipalities", version=version),
            "closing": call.form("add_closure", f"{path}/closures", version=version),
            "opening": call.form("drop_closure", f"{path}/closures/removal", version=version),
        }  # fmt: skip

    @page("GET", "/libraries/<uuid:library_id>/details", scope="organisations:write", template="library-details.html")
    def library_details_page(self, call: PageCall, library_id: str) -> Row:
        """The details, to change them."""
        library = organisations.library(self.store, library_id)
        form = call.form(
            "change_library_details", f"/libraries/{library_id}/details", version=str(library["version"]),
            name=library["name"], mailbox=library["mailbox"], language=library["language"],
            contactWithinDays=library["contact_within_days"],
        )  # fmt: skip
        return {"library": library, "form": form, "languages": LANGUAGES}

    @page("POST", "/libraries/<uuid:library_id>/details", scope="organisations:write", form=LibraryForm,
          again="library_details_page")  # fmt: skip
    def change_library_details(self, call: PageCall, library_id: str) -> SeeOther:
        """Another name, mailbox, language or deadline."""
        library = library_as_seen(self.store, call, library_id)
        try:
            organisations.change_library(self.store, self.tell, library_id, library | call.body)
        except Conflict as taken:
            raise name_taken() from taken
        return SeeOther(f"/libraries/{library_id}", told=_CHANGED)


def library_as_seen(store: IntakeStore, call: PageCall, library_id: str) -> Row:
    """The library as the page showed it, in turn with whoever else changes one. Raises NotFound or a Problem, 412."""
    store.take_turns()
    found = organisations.library(store, library_id)
    call.expect(str(found["version"]))
    return found
