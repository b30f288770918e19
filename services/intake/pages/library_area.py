"""For whom a library works (municipalities, and which kinds of help there), and in which weeks it is closed."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields

from chassis.http import BadInput, NotFound
from chassis.http.schemas import Schema
from chassis.outbox import Teller
from chassis.pages import PageCall, SeeOther, marked, page
from contracts import codes, municipalities
from contracts.fields import Code, Municipality
from contracts.working_days import MOST_CLOSURES
from services.intake import organisations
from services.intake.pages.libraries import library_as_seen
from services.intake.schemas.organisations import ClosedDays
from services.intake.store import IntakeStore

Row = dict[str, Any]
_EVERY: Final = "every"
_ADDED: Final = marked("New referrals from this municipality go to this library.")
_CHANGED: Final = marked("The changes are saved.")
_DROPPED: Final = marked("New referrals from this municipality do not come to this library any more.")
_CLOSED: Final = marked("These days do not count for the deadline of new referrals.")
_OPENED: Final = marked("These days count again for the deadline of new referrals.")


class NewArea(Schema):
    """A municipality more, for every kind."""

    municipality = Municipality(required=True)


class AreaForm(Schema):
    """Which kinds of help a library takes from one municipality."""

    which = Code((_EVERY, "some"), required=True)
    kinds = fields.List(Code(codes.KINDS), load_default=list)


class LibraryAreaPages:
    """Each change is of the whole library, as the API takes it: what is not changed goes along as it was."""

    store: IntakeStore
    tell: Teller

    @page("POST", "/libraries/<uuid:library_id>/municipalities", scope="organisations:write", form=NewArea,
          again="library_page")  # fmt: skip
    def add_area(self, call: PageCall, library_id: str) -> SeeOther:
        """The library works for a municipality more."""
        library = library_as_seen(self.store, call, library_id)
        self._change(library, serves=[*library["serves"], {**call.body, "kinds": []}])
        return SeeOther(f"/libraries/{library_id}", told=_ADDED)

    @page("GET", "/libraries/<uuid:library_id>/municipalities/<code>", scope="organisations:write",
          template="library-area.html")  # fmt: skip
    def area_page(self, call: PageCall, library_id: str, code: str) -> Row:
        """What the library does for one municipality."""
        library = organisations.library(self.store, library_id)
        area, path, version = _area(library, code), f"/libraries/{library_id}/municipalities/{code}", library["version"]
        form = call.form("change_area", path, version=str(version), which="some" if area["kinds"] else _EVERY,
                         kinds=area["kinds"])  # fmt: skip
        out = call.form("drop_area", f"{path}/removal", version=str(version))
        return {"library": library, "code": code, "form": form, "out": out, "kinds": codes.KINDS,
                "municipalities": municipalities.names()}  # fmt: skip

    @page("POST", "/libraries/<uuid:library_id>/municipalities/<code>", scope="organisations:write", form=AreaForm,
          again="area_page")  # fmt: skip
    def change_area(self, call: PageCall, library_id: str, code: str) -> SeeOther:
        """Every kind of help, or these."""
        library = library_as_seen(self.store, call, library_id)
        kinds = [] if call.body["which"] == _EVERY else call.body["kinds"]
        if call.body["which"] != _EVERY and not kinds:
            raise BadInput.field("kinds", "No kind is chosen.", "kinds-missing")
        changed = {**_area(library, code), "kinds": kinds}
        self._change(library, serves=[*_without(library, code), changed])
        return SeeOther(f"/libraries/{library_id}", told=_CHANGED)

    @page("POST", "/libraries/<uuid:library_id>/municipalities/<code>/removal", scope="organisations:write",
          again="area_page")  # fmt: skip
    def drop_area(self, call: PageCall, library_id: str, code: str) -> SeeOther:
        """The library does not work for it any more. What was referred already stays with the library."""
        library = library_as_seen(self.store, call, library_id)
        _area(library, code)
        self._change(library, serves=_without(library, code))
        return SeeOther(f"/libraries/{library_id}", told=_DROPPED)

    @page("POST", "/libraries/<uuid:library_id>/closures", scope="organisations:write", form=ClosedDays,
          again="library_page")  # fmt: skip
    def add_closure(self, call: PageCall, library_id: str) -> SeeOther:
        """Days on which the library is closed."""
        library = library_as_seen(self.store, call, library_id)
        if len(library["closures"]) >= MOST_CLOSURES:
            raise BadInput.field("from", "There are as many closing weeks as there may be.", "closures-full")
        self._change(library, closures=sorted([*library["closures"], call.body], key=lambda one: one["from_"]))
        return SeeOther(f"/libraries/{library_id}", told=_CLOSED)

    @page("POST", "/libraries/<uuid:library_id>/closures/removal", scope="organisations:write", form=ClosedDays,
          again="library_page")  # fmt: skip
    def drop_closure(self, call: PageCall, library_id: str) -> SeeOther:
        """It is open after all, or it is long ago."""
        library = library_as_seen(self.store, call, library_id)
        self._change(library, closures=[one for one in library["closures"] if one != call.body])
        return SeeOther(f"/libraries/{library_id}", told=_OPENED)

    def _change(self, library: Row, **changed: Any) -> None:
        organisations.change_library(self.store, self.tell, library["library_id"], library | changed)


def _area(library: Row, code: str) -> Row:
    found: Row | None = next((area for area in library["serves"] if area["municipality"] == code), None)
    if found is None:
        raise NotFound("The library does not work for this municipality.")
    return found


def _without(library: Row, code: str) -> list[Row]:
    return [area for area in library["serves"] if area["municipality"] != code]
