"""Plain intake: takes referrals over HTTP, keeps them, and dispatches what happened after the commit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError
from nameko.events import EventDispatcher, event_handler
from nameko.web.handlers import http
from psycopg2.extras import execute_values
from werkzeug.wrappers import Request, Response

from bench.plain.providers import Database, Tokens, as_json
from chassis.identity import Refused
from contracts.working_days import contact_by
from services.intake.domain.acceptance import Completeness, triage_reasons
from services.intake.domain.goals import kind_for
from services.intake.domain.people import age_band
from services.intake.domain.referral import Agreement, findings, normalised, tidy
from services.intake.domain.routing import Service, route
from services.intake.records import LEVELS, amsterdam_day, new_id
from services.intake.schemas.referrals import Referral
from services.intake.schemas.referring import NewReferral

_BODY = NewReferral()
_ANSWER = Referral()


class IntakeService:
    """Owns referrals."""

    name = "intake"
    database = Database()
    callers = Tokens()
    dispatch = EventDispatcher()

    @http("GET", "/health")
    def health(self, request: Request) -> str:
        return "ok"

    @http("POST", "/referrals")
    def refer(self, request: Request) -> Response:
        """Check token and body, keep the referral, commit, then tell of it."""
        try:
            caller = self.callers(request.headers.get("Authorization", ""))
        except Refused as refusal:
            return _json({"error": str(refusal)}, 401)
        if not caller.may("referrals:write"):
            return _json({"error": "scope"}, 403)
        try:
            said = tidy(_BODY.load(json.loads(request.get_data())))
        except (ValidationError, ValueError) as problem:
            return _json({"error": getattr(problem, "messages", str(problem))}, 400)
        now = datetime.now(UTC)
        with self.database.transaction() as cursor:
            cursor.execute("select * from partner where partner_id = %s", [caller.organisation])
            partner = cursor.fetchone()
            if partner is None or partner["status"] != "active":
                return _json({"error": "partner"}, 403)
            wrong = findings(
                said, today=amsterdam_day(now), agreed=Agreement(frozenset(partner["municipalities"]) or None)
            )
            if wrong:
                return _json({"error": [one.code for one in wrong]}, 400)
            referral = _rows(cursor, caller.organisation, normalised(said), now)
            _keep(cursor, referral)
        self.dispatch("referral_received", _told(referral))
        if not referral["triage_reasons"]:
            self.dispatch("referral_accepted", _told(referral))
        return _json(_ANSWER.dump(_view(referral)), 201)

    @event_handler("activities", "place_held")
    def hold(self, event: dict[str, Any]) -> None:
        self._placed(event, "held", "place-held")

    @event_handler("activities", "participant_enrolled")
    def enrol(self, event: dict[str, Any]) -> None:
        self._placed(event, "scheduled", "enrolled")

    def _placed(self, event: dict[str, Any], phase: str, what: str) -> None:
        with self.database.transaction() as cursor:
            cursor.execute(
                "update need set phase = %s, enrolment_id = %s, starts_at = %s where need_id = %s",
                [phase, event["enrolment_id"], event["starts_at"], event["need_id"]],
            )
            cursor.execute(
                "insert into need_step (need_id, at, what, by, phase) values (%s, %s, %s, 'library', %s)",
                [event["need_id"], event["at"], what, phase],
            )
            cursor.execute("update referral set version = version + 1 where referral_id = %s", [event["referral_id"]])


def _rows(cursor: Any, partner_id: str | None, said: dict[str, Any], now: datetime) -> dict[str, Any]:
    cursor.execute("select library_id::text, municipality, kinds from served_area order by registered_at, library_id")
    table = [Service(row["library_id"], row["municipality"], frozenset(row["kinds"])) for row in cursor.fetchall()]
    needs = [
        {
            "need_id": new_id(),
            "goal": need["goal"],
            "kind": need.get("kind") or kind_for(need["goal"], said["spoken_level"]),
        }
        for need in said["needs"]
    ]
    library_id = route(said.get("municipality"), [need["kind"] for need in needs], table)
    informed = said.get("informed") or {}
    reasons = triage_reasons(
        Completeness(said.get("municipality"), library_id, said.get("legal_basis"), informed.get("on"))
    )
    levels = {name: said[name] for name in LEVELS if name != "age_band"}
    return {
        "referral_id": new_id(), "participant_id": new_id(), "household_id": None, "partner_id": partner_id,
        "library_id": library_id, "municipality": said.get("municipality"), "postcode4": said.get("postcode4"),
        "received_at": now, "triage_reasons": reasons, "person": said["participant"],
        "around": {"case_worker": said.get("case_worker"), "reference": said.get("reference"), "informed": informed},
        "age_band": age_band(said["participant"].get("birth_date"), amsterdam_day(now)), **levels, "needs": needs,
    }  # fmt: skip


def _keep(cursor: Any, referral: dict[str, Any]) -> None:
    cursor.execute(
        "insert into participant (participant_id, library_id, person, created_at) values (%s, %s, %s, %s)",
        [referral["participant_id"], referral["library_id"], as_json(referral["person"]), referral["received_at"]],
    )
    names = ("referral_id", "participant_id", "partner_id", "library_id", "municipality", "postcode4", "received_at",
             "triage_reasons", *LEVELS)  # fmt: skip
    cursor.execute(
        f"insert into referral ({', '.join(names)}, around) values ({', '.join(['%s'] * len(names))}, %s)",
        [*(referral[name] for name in names), as_json(referral["around"])],
    )
    phase = "requested" if referral["triage_reasons"] else "matching"
    execute_values(
        cursor,
        "insert into need (need_id, referral_id, position, goal, kind, phase) values %s",
        [(need["need_id"], referral["referral_id"], place, need["goal"], need["kind"], phase)
         for place, need in enumerate(referral["needs"])],
    )  # fmt: skip
    steps = [("received", "partner", "requested"), ("accepted", "rule", "matching")]
    execute_values(
        cursor,
        "insert into need_step (need_id, at, what, by, phase) values %s",
        [(need["need_id"], referral["received_at"], *step) for need in referral["needs"] for step in steps],
    )


def _told(referral: dict[str, Any]) -> dict[str, Any]:
    hidden = {"person", "around"}
    return {"at": referral["received_at"].isoformat(), "accepted_by": "rule"} | {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in referral.items()
        if name not in hidden
    }


def _view(referral: dict[str, Any]) -> dict[str, Any]:
    needs = [
        {**need, "status": "accepted", "business_status": "matching", "timeline": [
            {"at": referral["received_at"], "what": "received", "by": "partner", "status": "requested"},
            {"at": referral["received_at"], "what": "accepted", "by": "rule", "status": "accepted"},
        ]}
        for need in referral["needs"]
    ]  # fmt: skip
    return {
        **referral, "row": None, "status": "accepted", "library_name": None, "incomplete": [], "needs": needs,
        "contact_by": contact_by(referral["received_at"]), "purpose": "guidance-to-activities",
        "reference_number": referral["referral_id"][:8],
    }  # fmt: skip


def _json(payload: Any, status: int) -> Response:
    return Response(as_json(payload), status=status, mimetype="application/json")


SERVICE = IntakeService
