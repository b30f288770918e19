"""A service with pages that does not sign people in: `python -m chassis.run tests.support.boards`."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from chassis.http.schemas import Schema
from chassis.pages import PageCall, Pages, PageSettings, SeeOther, marked, page
from chassis.service import Service


class Note(Schema):
    """What somebody pins on a board."""

    text = fields.String(required=True, validate=validate.Length(max=20))


class BoardsService(Pages, Service):
    """One board, on which notes are read out and forgotten."""

    name = "boards"
    concerns = (PageSettings,)

    @page("GET", "/notes", scope="referrals:read", template="layout.html")
    def notes_page(self, call: PageCall) -> dict[str, Any]:
        """The board, as this caller sees it."""
        call.cookies.append(call.visits.cookies.write("roles", "-".join(sorted(call.caller.roles)), 60))
        return {"form": call.form("pin_note", "/notes")}

    @page("POST", "/notes", scope="referrals:read", form=Note, again="notes_page")
    def pin_note(self, call: PageCall) -> SeeOther:
        """Pin one."""
        return SeeOther("/notes", told=marked("Fill this in."))

    @page("GET", "/broken", scope=None, template="layout.html")
    def broken_page(self, call: PageCall) -> dict[str, Any]:
        """What nobody foresaw."""
        raise RuntimeError("a secret of ours")
