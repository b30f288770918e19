"""Is there room? Asked of activities before somebody is referred: in the form, and on a page by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from chassis.http.schemas import Schema
from chassis.pages import PageCall, page
from contracts import codes, municipalities
from contracts.fields import Code, Municipality
from services.intake.domain.goals import kind_for
from services.intake.room import Asked, Room, RoomDesk

Row = dict[str, Any]


class RoomQuery(Schema):
    """For what, and where. In the address, which therefore says nothing of a person."""

    municipality = Municipality()
    needs = fields.List(Code(codes.GOALS), load_default=list)
    spoken_level = Code(codes.SPOKEN_LEVELS)


def look(desk: RoomDesk, call: PageCall, asked: Asked, goals: Sequence[str]) -> Row:
    """What a page shows: per goal its kind and what libraries have; `away` when that cannot be told now."""
    kinds = {goal: kind_for(goal, asked.spoken_level) for goal in goals}
    found = desk.look(call.as_myself(), asked, list(kinds.values()))
    rows = [(goal, kind, _best_first((found or {}).get(kind, []))) for goal, kind in kinds.items()]
    return {"away": found is None, "rows": rows, "municipality": asked.municipality}


def _best_first(rooms: list[Room]) -> list[Room]:
    order = {"capacity": 0, "waitlist": 1, "no-capacity": 2}
    return sorted(rooms, key=lambda room: (order.get(room.availability, 3), room.library))


class RoomPages:
    """The page by itself."""

    rooms: RoomDesk

    @page("GET", "/availability", scope="availability:read", query=RoomQuery, template="availability.html")
    def availability_page(self, call: PageCall) -> Row:
        """Whether there is room for what somebody wants to learn, near where they live."""
        place, goals, level = (call.query.get(name) for name in ("municipality", "needs", "spoken_level"))
        room = None
        if place and goals:
            room = look(self.rooms, call, Asked(place, level or "unknown"), goals)
        chosen: Row = {"municipality": place, "needs": goals, "spokenLevel": level}
        return {
            "form": call.form("availability", "/availability", **chosen), "room": room, "goals": codes.GOALS,
            "levels": codes.SPOKEN_LEVELS[1:], "municipalities": municipalities.names(), "asked": bool(call.arguments),
            "refer_address": call.url("/referrals/new", municipality=place, needs=goals or None, spoken_level=level),
        }  # fmt: skip
