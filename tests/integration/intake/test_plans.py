"""Cost does not grow with history: no query reads a big table whole, and a chunk costs as many messages as one row."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.database import Cursor, Database
from chassis.migrations import migrate
from chassis.testing import Harness
from chassis.unit import Unit
from contracts.activities import PlaceHeld
from services.intake.store import IntakeStore
from tests.support.intake_desk import Desk, placed
from tests.support.intake_process import referral
from tests.support.servers import TestPostgres, fresh_name

BIG = {"referral", "participant", "need", "need_step", "known_person", "household_key", "taken_row",
       "referral_file_row", "referral_file_problem", "placement_answer", "processing_log",
       "casework", "need_place"}  # fmt: skip
NOW = datetime.now(UTC)


def of(name: str) -> str:
    """An id of hundred_thousand.sql."""
    return str(uuid.UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()))


def key(name: str) -> bytes:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest().encode()


NO_FILTER: dict[str, Any] = {"status": None, "municipality": None, "referral_file_id": None, "participant_id": None}
FIRST = {"after_at": None, "after_id": None}
AFTER = {"after_at": NOW - timedelta(days=100), "after_id": of("any")}
PAGE = {**NO_FILTER, **AFTER, "limit": 51}
QUEUE: dict[str, Any] = {
    "library_ids": [of("library0"), of("library7")], "todo": None, "municipality": None, "before": None,
    "late_on": None, "again_on": None, "after_due": None, "after_at": None, "after_id": None, "limit": 26,
}  # fmt: skip
PARTNERS_PAGE = {**PAGE, "partner_id": of("partner1"), "assigned": None, "reference_index": None, "asked": None}
REFERRAL, PARTICIPANT, FILE = of("referral1200"), of("participant1200"), of("file5")
LIBRARIES = [of("library0"), of("library7")]
IDS = [of(f"referral{number}") for number in range(100)]

READS: dict[str, list[dict[str, Any]]] = {
    "library_by_id": [{"library_id": LIBRARIES[0]}],
    "library_id_by_name": [{"name": "invented"}],
    "libraries": [{**AFTER, "name": None, "limit": 51}, {**FIRST, "name": "x", "limit": 1}],
    "draw_numbers": [{"count": 100}],
    "routing": [{"municipalities": ["GM0150"]}],
    "served_municipalities": [{}],
    "partner_by_id": [{"partner_id": of("partner1")}],
    "lock_partner": [{"partner_id": of("partner1")}],
    "partner_id_by_name": [{"name": "invented"}],
    "partners": [
        {**AFTER, "status": None, "name": None, "limit": 51},
        {**FIRST, "status": None, "name": "x", "limit": 1},
    ],
    "partners_by_name": [
        {"name": None, "status": None, "municipality": None, "after": None, "limit": 26},
        {"name": "deventer", "status": "active", "municipality": "GM0150", "after": "m", "limit": 26},
    ],
    "libraries_by_name": [
        {"name": None, "municipality": None, "after": None, "limit": 26},
        {"name": "deventer", "municipality": "GM0150", "after": "m", "limit": 26},
    ],
    "count_staff_of_partner": [{"partner_id": of("partner1"), "most": 11}],
    "secrets_of": [{"partner_ids": [of("partner1")]}],
    "secret_of_active_client": [{"partner_id": of("partner1"), "secret_id": "x"}],
    "hold_client": [{"partner_id": of("partner1"), "tokens_valid_from": NOW}],
    "households": [{"partner_id": of("partner4"), "key_indexes": [key(f"key{n}") for n in range(100)]}],
    "known_persons": [{"library_ids": [of(f"library{n % 150}") for n in range(100)],
                       "person_indexes": [key(f"person{n}") for n in range(100)]}],
    "referral": [{"referral_id": REFERRAL}],
    "lock_referral": [{"referral_id": REFERRAL}],
    "lock_referrals": [{"referral_ids": IDS}],
    "reference_walk": [{}],
    "to_index": [{"after": REFERRAL, "limit": 200}],
    "asked_of_partner": [
        {"partner_id": of("partner1"), "assigned": None, "most": 101},
        {"partner_id": of("partner1"), "assigned": ["GM0150"], "most": 101},
    ],
    "page_of_partner": [
        {**PARTNERS_PAGE},
        {**PARTNERS_PAGE, "after_at": None},
        {**PARTNERS_PAGE, "referral_file_id": FILE},
        {**PARTNERS_PAGE, "participant_id": PARTICIPANT},
        {**PARTNERS_PAGE, "reference_index": key("reference7"), "after_at": None},
        {**PARTNERS_PAGE, "asked": True, "after_at": None},
        {**PARTNERS_PAGE, "assigned": [f"GM10{number:02}" for number in range(75)], "after_at": None},
    ],
    "page_of_libraries": [
        {**PAGE, "library_ids": LIBRARIES},
        {**PAGE, "library_ids": LIBRARIES, "after_at": None},
        {**PAGE, "library_ids": LIBRARIES, "status": "requested", "after_at": None},
        {**PAGE, "library_ids": LIBRARIES, "participant_id": PARTICIPANT, "after_at": None},
        {**PAGE, "library_ids": []},
    ],
    "is_unrouted_for": [{"referral_id": of("referral3000"), "library_ids": LIBRARIES}],
    "needs_of": [{"referral_ids": IDS}],
    "places_of": [{"referral_ids": IDS}],
    "steps_of": [{"referral_id": REFERRAL}],
    "referral_with_number": [{"number": 1200}],
    "queue": [
        {**QUEUE},
        {**QUEUE, "after_due": NOW.date(), "after_at": NOW - timedelta(days=100), "after_id": of("any")},
        {**QUEUE, "todo": "decide"},
        {**QUEUE, "todo": "place", "before": NOW - timedelta(days=10)},
        {**QUEUE, "late_on": NOW.date(), "municipality": "GM1007"},
        {**QUEUE, "todo": "contact", "again_on": NOW.date()},
        {**QUEUE, "library_ids": []},
    ],
    "queue_counts": [
        {"library_ids": LIBRARIES, "todos": ["decide", "contact", "follow"], "late_on": NOW.date(),
         "again_on": NOW.date(), "most": 101},
    ],
    "timeline_of": [
        {"referral_id": REFERRAL, "what": ["received", "accepted"], "after": after, "limit": 51}
        for after in (None, 100_000)
    ],
    "casework_at": [{"referral_id": REFERRAL, "moments": [NOW, NOW - timedelta(days=3)]}],
    "answers_of": [{"referral_id": REFERRAL}],
    "staff_of": [{"person_indexes": [b"x"]}],
    "explicit_consent": [{"referral_id": REFERRAL}],
    "contact_terms": [{"library_ids": LIBRARIES}],
    "casework": [{"casework_id": of("casework5")}],
    "page_of_casework": [
        {"referral_id": REFERRAL, "what": ["answered", "changed"], "after_at": None, "after_id": None, "limit": 51},
        {"referral_id": REFERRAL, "what": ["answered"], **AFTER, "limit": 51},
    ],
    "past_deadline": [{"today": NOW.date(), "limit": 200, "put_off": [REFERRAL]}],
    "feed_head": [{}],
    "feed_gone": [{}],
    "is_taken_out": [{"person_index": b"x"}],
    "feed": [
        {"partner_id": of("partner1"), "after": after, "head": 200_000, "what": what, "limit": 51}
        for after in (0, 100_000, 199_990)
        for what in (["received", "accepted"], ["received", "accepted", "place-held", "enrolled"])
    ],
    "lock_known": [{"library_id": LIBRARIES[0], "participant_id": PARTICIPANT}],
    "lock_linked": [{"participant_id": PARTICIPANT}],
    "duplicates_of": [{"referral_id": REFERRAL, "participant_id": PARTICIPANT}],
    "referred_before": [{"library_id": LIBRARIES[1], "person_index": key("person7"), "partner_id": of("partner7"),
                         "limit": 3}],
    "sent_before": [{"partner_id": of("partner7"), "row_index": key("row7")}],
    "starting": [{"now": NOW, "limit": 200, "put_off": [REFERRAL]}],
    "sealed_member_of_session": [{"session_id": "x"}],
    "numbers_of": [{"referral_ids": IDS[:50]}],
    "participant": [{"participant_id": PARTICIPANT}],
    "latest_referral_of": [{"participant_id": PARTICIPANT}],
    "waiting_for_library": [{"limit": 50, "put_off": [REFERRAL]}],
    "file": [{"referral_file_id": FILE}],
    "files": [{**AFTER, "partner_id": of("partner1"), "limit": 51}],
    "next_file": [{}],
    "next_rows": [{"referral_file_id": FILE, "limit": 100}],
    "library_shares": [{"referral_file_id": FILE}],
    "problems": [{"referral_file_id": FILE, "after_row": 2000, "after_id": 1, "limit": 51}],
    "staff_by_person": [{"person_index": b"x"}],
    "staff_by_email": [{"email_index": b"x"}],
    "staff_with_email": [{"email_index": b"x"}],
    "staff_member": [{"staff_id": REFERRAL}],
    "lock_staff_member": [{"staff_id": REFERRAL}],
    "staff_page": [
        {**AFTER, "role": None, "status": "active", "partner_id": None, "email_indexes": None, "limit": 51},
        {**AFTER, "role": None, "status": None, "partner_id": of("partner1"), "email_indexes": None, "limit": 51},
        {**AFTER, "role": None, "status": None, "partner_id": None, "email_indexes": [b"x", b"y"], "limit": 51},
    ],
    "session_counts": [{"session_id": "x"}],
    "names_of_partners": [{"partner_ids": [of("partner1")]}],
    "names_of_libraries": [{"library_ids": LIBRARIES}],
    "municipalities_of": [{"library_ids": LIBRARIES}],
    "libraries_to_choose": [{"besides": LIBRARIES, "most": 500}],
    "partners_to_choose": [{"besides": [of("partner1")], "most": 500}],
    "rows_taken_before": [{"partner_id": of("partner1"), "row_indexes": [key(f"row{n}") for n in range(100)]}],
}  # fmt: skip
CHANGES: dict[str, dict[str, Any]] = {
    "change_library": {"library_id": LIBRARIES[0], "name": "x", "mailbox": "x", "language": "nl", "now": NOW,
                       "contact_within_days": 5, "closures": "[]"},
    "clear_served_area": {"library_id": LIBRARIES[0]},
    "change_partner": {"partner_id": of("partner1"), "name": "x", "status": "active", "municipalities": [],
                       "purposes": [], "legal_bases": [], "legal_basis_text": None, "feedback": [],
                       "tokens_valid_from": NOW, "now": NOW},
    "keep_newest_secrets": {"partner_id": of("partner1"), "keep": 2},
    "drop_secrets": {"partner_id": of("partner1")},
    "drop_secret": {"partner_id": of("partner1"), "secret_id": "x"},
    "secret_was_used": {"secret_id": "x", "now": NOW},
    "give_participant_library": {"participant_id": PARTICIPANT, "library_id": LIBRARIES[0]},
    "route_referral": {"referral_id": REFERRAL, "library_id": LIBRARIES[0], "triage_reasons": [], "contact_by": None},
    "put_on_hold": {"referral_id": REFERRAL, "question_id": of("casework5")},
    "take_off_hold": {"referral_id": REFERRAL, "contact_by": None},
    "change_contact": {"referral_id": REFERRAL, "contact": "done", "intake_at": None, "try_on": None},
    "change_facts": {"referral_id": REFERRAL, "postcode4": None, "spoken_level": "A1", "spoken_level_how": None,
                     "spoken_level_on": None, "literacy": "latin", "literacy_how": None, "literacy_on": None,
                     "digital_skill": "basic", "learner_track": "nt2", "availability": [], "features": [],
                     "civic_integration_duty": "yes", "target_group": "other", "informed_how": "oral", "sealed": b""},
    "change_person": {"participant_id": PARTICIPANT, "sealed": b""},
    "end_referral": {"referral_id": REFERRAL},
    "transfer_referral": {"referral_id": REFERRAL, "library_id": LIBRARIES[1], "triage_reasons": [],
                          "contact_by": None},
    "forget_known": {"library_id": LIBRARIES[0], "participant_id": PARTICIPANT},
    "know_instead": {"library_id": LIBRARIES[0], "participant_id": PARTICIPANT, "instead": of("participant1")},
    "unlink_participants": {"participant_ids": [PARTICIPANT, of("participant1")]},
    "note_overdue": {"referral_ids": IDS, "now": NOW},
    "owe_nothing": {"referral_ids": IDS},
    "walk_on": {"after": REFERRAL, "done_at": NOW},
    "number_steps": {"limit": 500},
    "leave_feed": {"before": NOW, "most": 500},
    "forget_staff": {"before": NOW, "most": 1000},
    "forget_looks": {"before": NOW, "most": 1000},
    "forget_problems": {"before": NOW, "most": 500},
    "forget_names_of_files": {"before": NOW, "most": 500},
    "accept_referral": {"referral_id": REFERRAL, "library_id": LIBRARIES[0], "municipality": None, "sealed": b"",
                        "legal_basis": None, "informed_on": None, "informed_how": None, "accepted_by": "rule",
                        "contact_by": None, "guardian_missing": False, "now": NOW},
    "reject_referral": {"referral_id": REFERRAL, "reason": "other", "now": NOW},
    "staff_signed_in": {"staff_id": REFERRAL, "person_index": b"x", "email_index": None, "sealed": b"", "now": NOW},
    "assign_staff": {"staff_id": REFERRAL, "roles": [], "library_ids": [], "municipalities": [], "partner_id": None,
                     "status": "active", "now": NOW},
    "end_session": {"session_id": "x", "now": NOW},
    "end_sessions_of": {"staff_id": REFERRAL, "now": NOW},
    "forget_sessions": {"before": NOW, "most": 1000},
    "file_was_worked_on": {"referral_file_id": FILE, "now": NOW},
    "chunk_is_under_way": {"referral_file_id": FILE, "under_way": True},
    "count_attempt": {"referral_file_id": FILE, "row_numbers": [2500], "count": 1},
    "drop_rows": {"referral_file_id": FILE, "row_numbers": list(range(2500, 2600))},
    "count_rows": {"referral_file_id": FILE, "taken_in": 1, "triage": 1, "repeated": 1, "refused": 1},
    "finish_file": {"referral_file_id": FILE, "now": NOW},
}  # fmt: skip
ONLY_ADDS = {
    "add_library", "add_served_areas", "add_partner", "add_secret", "add_households", "add_participants",
    "know_persons", "add_referrals", "add_needs", "add_need_steps", "add_answer", "log_look", "add_file",
    "add_explicit_consents", "note_sent", "add_casework", "put_places",
    "add_file_rows", "add_problems", "add_taken_rows", "lock_organisations",
    "add_staff", "begin_session",
}  # fmt: skip
WITH_VALUES: dict[str, tuple[Any, ...]] = {
    "link_participants": (PARTICIPANT, of("participant1")),
    "change_needs": (of("need1"), "held", of("e1"), NOW, [], "waitlisted", 3, NOW, []),
    "change_statuses": (REFERRAL, "accepted", "contact"),
    "put_reference_indexes": (REFERRAL, b"x"),
    "put_started": (of("need2"), of("e2"), NOW),
}


@pytest.fixture(scope="module")
def full_database(postgres: TestPostgres) -> Iterator[Database]:
    name = fresh_name()
    url = postgres.create(name)
    migrate(url, "intake")
    database = Database(url, application_name="intake-plans", service="intake")
    with database.connection() as connection, connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        cursor.execute((Path(__file__).parent / "hundred_thousand.sql").read_text())
        connection.commit()
        cursor.execute("analyze")
        connection.commit()
    yield database
    database.close_idle()
    postgres.drop(name)


def test_every_query_is_looked_at() -> None:
    assert set(IntakeStore.queries) == READS.keys() | CHANGES.keys() | ONLY_ADDS | WITH_VALUES.keys()


CASES = [(name, params) for name, several in READS.items() for params in several] + list(CHANGES.items())


@pytest.mark.parametrize(("name", "params"), CASES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(CASES)])
def test_no_query_reads_a_big_table_whole(full_database: Database, name: str, params: dict[str, Any]) -> None:
    read = plan(full_database, IntakeStore.queries[name], params)
    whole = {node["Relation Name"] for node in read if node["Node Type"] == "Seq Scan"}
    assert not whole & BIG
    grown = [node for node in read if node.get("Relation Name", "") in BIG | {""}]
    most = max(
        ((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in grown),
        default=0,
    )
    assert most < 2000, "reads more rows than a few pages or a file hold"


@pytest.mark.parametrize("name", WITH_VALUES)
def test_no_change_of_several_reads_a_big_table_whole(full_database: Database, name: str) -> None:
    with full_database.connection() as connection, connection.cursor() as cursor:
        row = cursor.mogrify(f"({', '.join(['%s'] * len(WITH_VALUES[name]))})", WITH_VALUES[name]).decode()
    read = plan(full_database, IntakeStore.queries[name].replace("%s", row), None)
    assert not {node["Relation Name"] for node in read if node["Node Type"] == "Seq Scan"} & BIG


def test_the_test_notices_a_table_read_whole(full_database: Database) -> None:
    read = plan(full_database, "select count(*) from referral where municipality = 'GM1001'", None)
    assert {node["Relation Name"] for node in read if node["Node Type"] == "Seq Scan"} == {"referral"}


def plan(database: Database, statement: str, params: Any) -> list[dict[str, Any]]:
    """All nodes of what the database really did; changes are undone."""
    with database.connection() as connection, connection.cursor() as cursor:
        cursor.execute("set local max_parallel_workers_per_gather = 0")
        cursor.execute(f"explain (analyze, format json) {statement}", params)
        ((plans,),) = cursor.fetchall()
        connection.rollback()
    return list(_nodes(plans[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def test_a_hundred_cost_as_many_messages_as_one(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: everything is set-based, and what needs no answer travels with what does."""
    desk = Desk(harness)
    sent: list[int] = []
    send = Unit._send

    def counting(unit: Unit, cursor: Cursor, statements: list[bytes]) -> None:
        sent.append(len(statements))
        send(unit, cursor, statements)

    monkeypatch.setattr(Unit, "_send", counting)

    def cost(number: int) -> tuple[int, int]:
        sent.clear()
        made = desk.refer(*[referral(householdKey=f"F{one}") for one in range(number)])
        receiving = len(sent)
        sent.clear()
        harness.deliver([placed(PlaceHeld, one, str(uuid.uuid4())) for one in made])
        return receiving, len(sent)

    desk.refer()
    receiving, hearing = cost(1)
    assert cost(100) == (receiving, hearing)
    assert receiving <= 6
    assert hearing <= 6
