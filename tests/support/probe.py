"""A service of nothing but HTTP, to try every rule of the chassis on: `python -m chassis.run tests.support.probe`."""

from __future__ import annotations

import time
import uuid
from typing import Any

import eventlet
import psycopg2
import structlog
from marshmallow import fields, validate

from chassis.http import Answer, Call, Conflict, NotFound, Page, PageQuery, Problem, endpoint
from chassis.http.schemas import CommaList, Schema
from chassis.metrics import http_running
from chassis.service import Service
from chassis.store import Store, Stores
from chassis.tracing import current_traceparent
from contracts.fields import Id, Time

log = structlog.get_logger()
COMPANY = 10
"""So many requests run at once before the first of them is done."""
TABLE = """create table probe.note (note_id uuid primary key, text text not null, made_at timestamptz not null,
           version integer not null default 1)"""


class Part(Schema):
    """Something nested."""

    goal = fields.String(required=True, validate=validate.OneOf(("speaking", "reading")))


class NewNote(Schema):
    """A note."""

    text = fields.String(required=True, validate=validate.Length(min=1, max=100))
    times_read = fields.Integer(strict=True)
    parts = fields.List(fields.Nested(Part), load_default=list)


class Note(Schema):
    """A note as it is kept."""

    note_id = Id(required=True)
    text = fields.String(required=True)
    made_at = Time(required=True)
    version = fields.Integer(required=True)


class NoteQuery(PageQuery):
    """Notes, by kind."""

    kinds = CommaList(fields.String(validate=validate.OneOf(("a", "b"))))


class Seconds(Schema):
    """How long to take, and where."""

    seconds = fields.Float(required=True)
    inside = fields.String(load_default="process", validate=validate.OneOf(("process", "database", "limit")))


class Swap(Schema):
    """Notes to lock, in this order."""

    notes = fields.List(Id(), required=True)


class FormBody(Schema):
    """A form."""

    grant_type = fields.String(required=True, data_key="grant_type")


class ProbeStore(Store, sql="probe.sql"):
    """Notes."""


class ProbeService(Service):
    """Tries the chassis."""

    name = "probe"
    store = Stores(ProbeStore)

    @endpoint("POST", "/notes", scope="referrals:write", body=NewNote, returns=Note, status=201, idempotent=True)
    def add(self, call: Call) -> Answer:
        """Keep a note."""
        note = self.store.row("add_note", note_id=str(uuid.uuid4()), text=call.body["text"], now=self.store.now)
        log.info("note_added", note_id=note["note_id"])
        return Answer(note, headers={"Location": call.url(f"/notes/{note['note_id']}")})

    @endpoint("POST", "/grouped-notes", scope="referrals:write", body=NewNote, returns=Note, status=201,
              idempotent=True, group=True)  # fmt: skip
    def add_together(self, calls: list[Call]) -> list[Answer | Problem]:
        """Keep notes. `first` waits until others have come; `refused`, `broken` and `late` go wrong in their ways."""
        if any(call.body["text"] == "first" for call in calls):
            until = time.monotonic() + 60
            while http_running._value.get() < COMPANY and time.monotonic() < until:
                eventlet.sleep(0.01)
            eventlet.sleep(0.5)
        return [self._kept(call) for call in calls]

    def _kept(self, call: Call) -> Answer | Problem:
        text = call.body["text"]
        if text == "refused":
            return Conflict("It may not be.", type="may-not-be")
        said = str(call.traceparent) if text == "traced" else text
        note = self.store.row("add_note", note_id=str(uuid.uuid4()), text=said, now=self.store.now)
        if text == "broken":
            raise ValueError("this breaks everything")
        if text == "away":
            raise psycopg2.OperationalError("server closed the connection")
        if text == "late":
            self._be_late()
        return Answer(note)

    @endpoint("GET", "/notes", scope="referrals:read", query=NoteQuery, returns=Note)
    def all(self, call: Call) -> Page:
        """Notes, oldest first."""
        made_at, note_id = call.cursor or (None, None)
        rows = self.store.rows("notes_after", made_at=made_at, note_id=note_id, most=call.limit + 1)
        return Page.of(rows, call, key=lambda row: (row["made_at"], row["note_id"]))

    @endpoint("GET", "/notes/<uuid:note_id>", scope="referrals:read", returns=Note)
    def one(self, call: Call, note_id: str) -> Answer:
        """One note."""
        note = self._note(note_id)
        if call.unchanged(str(note["version"])):
            return Answer(status=304, etag=str(note["version"]))
        return Answer(note, etag=str(note["version"]))

    @endpoint("PUT", "/notes/<uuid:note_id>", scope="referrals:write", body=NewNote, returns=Note, errors=(412,))
    def change(self, call: Call, note_id: str) -> Answer:
        """Change a note that nobody else changed."""
        call.expect(str(self._note(note_id)["version"]))
        note = self.store.row("change_note", note_id=note_id, text=call.body["text"])
        return Answer(note, etag=str(note["version"]))

    @endpoint("POST", "/slow-notes", scope="referrals:write", body=Seconds, returns=Note, status=201, idempotent=True)
    def add_slowly(self, call: Call) -> dict[str, Any] | None:
        """Keep a note, and take one's time."""
        note = self.store.row("add_note", note_id=str(uuid.uuid4()), text="slow", now=self.store.now)
        if call.body["inside"] == "database":
            self.store.rows("wait_in_database", seconds=call.body["seconds"])
        elif call.body["inside"] == "limit":
            self._be_late()
        else:
            eventlet.sleep(call.body["seconds"])
        return note

    @endpoint("POST", "/failures", scope="referrals:write", body=NewNote)
    def fail(self, call: Call) -> None:
        """Raise what nobody expects, with what was sent in its text."""
        self.store.row("add_note", note_id=str(uuid.uuid4()), text=call.body["text"], now=self.store.now)
        raise ValueError(f"cannot work with {call.body['text']}")

    @endpoint("POST", "/conflicts", scope="referrals:write", body=NewNote, idempotent=True, errors=(409,))
    def conflict(self, call: Call) -> None:
        """Write, and then find that it may not be."""
        self.store.row("add_note", note_id=str(uuid.uuid4()), text=call.body["text"], now=self.store.now)
        raise Conflict("It may not be.", type="may-not-be", allowed=["nothing"])

    @endpoint("POST", "/headers", scope="referrals:write", body=NewNote)
    def answer_with_header(self, call: Call) -> Answer:
        """Put what was sent into a header."""
        self.store.row("add_note", note_id=str(uuid.uuid4()), text="header", now=self.store.now)
        return Answer({}, headers={"X-Text": call.body["text"]})

    @endpoint("POST", "/violations", scope="referrals:write", body=NewNote)
    def violate(self, call: Call) -> None:
        """Break a constraint, so that the database's text quotes the row."""
        for _ in range(2):
            self.store.row("add_note", note_id=str(uuid.UUID(int=7)), text=call.body["text"], now=self.store.now)

    @endpoint("POST", "/swaps", scope="referrals:write", body=Swap)
    def swap(self, call: Call) -> dict[str, Any]:
        """Lock notes one after the other, slowly enough to collide."""
        for note_id in call.body["notes"]:
            self._note(note_id)
            eventlet.sleep(0.5)
        return {}

    @endpoint("POST", "/uploads", scope="referrals:write", consumes={"text/csv"}, max_bytes=3 << 20)
    def upload(self, call: Call) -> dict[str, Any]:
        """How much came."""
        return {"bytes": len(call.raw), "type": call.content_type}

    @endpoint("POST", "/forms", scope=None, body=FormBody, consumes={"application/x-www-form-urlencoded"})
    def form(self, call: Call) -> dict[str, Any]:
        """What the form said."""
        return dict(call.body)

    @endpoint("GET", "/traces", scope=None)
    def trace(self, call: Call) -> dict[str, Any]:
        """Where we are in a trace."""
        log.info("traced")
        return {"traceparent": current_traceparent()}

    @endpoint("GET", "/me", scope="referrals:read")
    def me(self, call: Call) -> dict[str, Any]:
        """Who calls."""
        who = call.caller
        return {"id": who.id, "kind": who.kind, "organisation": who.organisation, "scopes": sorted(who.scopes),
                "roles": sorted(who.roles), "libraries": sorted(who.libraries)}  # fmt: skip

    def _be_late(self) -> None:
        self.store.run("be_hurried")
        self.store.rows("wait_in_database", seconds=60)

    def _note(self, note_id: str) -> dict[str, Any]:
        note: dict[str, Any] | None = self.store.row("note", note_id=note_id)
        if note is None:
            raise NotFound("There is no such note.")
        return note
