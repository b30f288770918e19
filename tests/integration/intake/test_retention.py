"""What is of use for a time only goes: old lines of the feed, and the names of staff who were taken out."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.settings import read
from chassis.testing import Harness
from contracts.activities import PlaceHeld
from services.intake import feed
from services.intake.settings import RetentionSettings
from tests.support.intake_desk import Desk, placed
from tests.support.intake_process import Intake, referral, until
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name

LONG_AGO = datetime.now(UTC) - timedelta(days=400)


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


def in_feed(desk: Desk) -> list[int]:
    """The positions that are in somebody's feed."""
    rows = desk.harness.rows("select position from intake.need_step where partner_id is not null order by position")
    return [row["position"] for row in rows]


def age(desk: Desk, upto: int) -> None:
    """Let lines up to a position have happened long ago."""
    changed = "update intake.need_step set at = %s where position <= %s returning 1"
    desk.harness.rows(changed, LONG_AGO, upto)


def leave(desk: Desk, most: int = 1000) -> int:
    with desk.harness.unit() as unit:
        left = desk.harness.service(unit).store.leave_feed(datetime.now(UTC) - timedelta(days=90), most)
        unit.commit()
    return int(left)


def begin(desk: Desk, cursor: Any) -> int:
    with desk.harness.unit() as unit:
        return feed.begin(desk.harness.service(unit).store, cursor)


def test_old_lines_leave_the_feed_in_lots_and_stay_in_the_timeline(desk: Desk) -> None:
    for _ in range(4):
        (one,) = desk.refer()
        desk.harness.deliver([placed(PlaceHeld, one, str(uuid.uuid4()))])
    desk.harness.tick("number-the-feed")
    lines = desk.harness.rows("select count(*) as all from intake.need_step")[0]["all"]
    positions = in_feed(desk)
    age(desk, positions[4])
    assert [leave(desk, 2), leave(desk, 2), leave(desk, 2), leave(desk, 2)] == [2, 2, 1, 0]
    assert in_feed(desk) == positions[5:]
    assert desk.harness.rows("select count(*) as all from intake.need_step")[0]["all"] == lines
    # Nothing gets a number anew.
    desk.harness.tick("number-the-feed")
    assert in_feed(desk) == positions[5:]


def test_a_younger_line_keeps_those_behind_it(desk: Desk) -> None:
    """A talk of last month may be written down today: the order of numbers is not the order of moments."""
    for _ in range(3):
        desk.refer()
    desk.harness.tick("number-the-feed")
    positions = in_feed(desk)
    age(desk, positions[-1])
    young = "update intake.need_step set at = now() where position = %s returning 1"
    desk.harness.rows(young, positions[2])
    assert leave(desk) == 2
    assert in_feed(desk) == positions[2:]


def test_a_cursor_from_before_is_refused_and_no_other(desk: Desk) -> None:
    for _ in range(3):
        desk.refer()
    desk.harness.tick("number-the-feed")
    positions = in_feed(desk)
    assert begin(desk, (0,)) == 0
    age(desk, positions[1])
    leave(desk)
    with pytest.raises(feed.Gone) as gone:
        begin(desk, (positions[0],))
    assert gone.value.status == 410
    # Who read up to the last one that left has missed nothing; who begins anew gets what is kept.
    assert begin(desk, (positions[1],)) == positions[1]
    assert begin(desk, None) == 0
    with desk.harness.unit() as unit:
        store = desk.harness.service(unit).store
        partner = {"partner_id": desk.partner_id, "feedback": ["placed"]}
        events, reached = feed.page(store, partner, "urn:x", 0, 50)
    assert (len(events), reached) == (len(positions) - 2, positions[-1])


def test_staff_who_were_taken_out_are_forgotten_after_their_time(desk: Desk) -> None:
    kept = read(RetentionSettings, {}).staff
    people = {
        "long ago": ("taken-out", LONG_AGO),
        "long ago, with a session": ("taken-out", LONG_AGO),
        "last month": ("taken-out", datetime.now(UTC) - timedelta(days=30)),
        "still here": ("active", LONG_AGO),
    }
    ids = {name: str(uuid.uuid4()) for name in people}
    for name, (status, changed_at) in people.items():
        desk.harness.rows(
            "insert into intake.staff_member (staff_id, provider, sealed, roles, library_ids, municipalities, status,"
            " created_at, changed_at) values (%s, 'test', '', '{}', '{}', '{}', %s, %s, %s) returning 1",
            ids[name], status, LONG_AGO, changed_at,
        )  # fmt: skip
    session = "insert into intake.staff_session values ('s', %s, '', now()) returning 1"
    desk.harness.rows(session, ids["long ago, with a session"])
    with desk.harness.unit() as unit:
        store = desk.harness.service(unit).store
        assert store.forget_staff(kept, 1000) == 1
        unit.commit()
    left = {row["staff_id"] for row in desk.harness.rows("select staff_id from intake.staff_member")}
    assert left == {ids[name] for name in people if name != "long ago"}


def test_over_http_it_says_what_to_do(postgres: TestPostgres) -> None:
    name, staff = fresh_name(), Issuer("staff")
    with Intake(postgres.create(name), staff) as intake:
        intake.library("GM0150")
        with intake.partner().client() as client:
            start = client.get("/events").json()["next"]
            client.post("/referrals", json=referral()).raise_for_status()
            until(lambda: client.get("/events").json()["items"], "the lines have numbers")
            intake.rows("update intake.need_step set at = now() - interval '91 days' returning 1")
            intake.rows("update intake.feed_head set gone = (select max(position) from intake.need_step) returning 1")
            refused = client.get(start)
            assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (410, "feed-gone")
            assert "GET /referrals" in refused.json()["detail"]
            assert client.get("/events").status_code == 200
    staff.stop()
    postgres.drop(name)


def test_who_looked_at_whom_is_known_for_its_time(desk: Desk) -> None:
    look = (
        "insert into intake.processing_log (trace_id, span_id, status_code, name, start_time, end_time,"
        " processing_activity_id, sealed_data_subject_id, data_subject_id_type, sealed_user_id)"
        " select n::text, '', 1, '', now() - n * interval '360 days', now(), '', '', '', ''"
        " from generate_series(1, 7) as n returning 1"
    )
    desk.harness.rows(look)
    kept = read(RetentionSettings, {}).looks
    with desk.harness.unit() as unit:
        store = desk.harness.service(unit).store
        assert [store.forget_looks(kept, 1), store.forget_looks(kept, 5), store.forget_looks(kept, 5)] == [1, 1, 0]
    left = desk.harness.rows("select trace_id from intake.processing_log where trace_id < '8' order by start_time")
    assert [row["trace_id"] for row in left] == ["5", "4", "3", "2", "1"]


def test_what_was_wrong_in_a_file_is_known_for_its_time(desk: Desk) -> None:
    files = {"long ago": "now() - interval '401 days'", "lately": "now()", "still at it": "null"}
    for row_number, (name, finished) in enumerate(files.items()):
        file_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        desk.harness.rows(
            "insert into intake.referral_file (referral_file_id, partner_id, format, status, ignored_columns, rows,"
            " refused, received_at, worked_at, sealed_name, finished_at)"
            f" values (%s, %s, 'csv', 'done', '{{Naam}}', 3, 3, now(), now(), 'sealed', {finished}) returning 1",
            file_id, desk.partner_id,
        )  # fmt: skip
        desk.harness.rows(
            "insert into intake.referral_file_problem (referral_file_id, row_number, code, message, message_en)"
            " values (%s, %s, 'required', '', '') returning 1", file_id, row_number,
        )  # fmt: skip
    desk.harness.tick("forget-files")
    left = desk.harness.rows("select row_number from intake.referral_file_problem order by row_number")
    assert [row["row_number"] for row in left] == [1, 2]
    named = desk.harness.rows("select sealed_name is null as nameless, ignored_columns from intake.referral_file")
    assert sorted((row["nameless"], row["ignored_columns"]) for row in named) == [
        (False, ["Naam"]), (False, ["Naam"]), (True, [])
    ]  # fmt: skip
