"""The feed has no gap and one order, whoever commits when; and it tells what was agreed, to whom it concerns."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from chassis.testing import Harness
from contracts.activities import ParticipantEnrolled, PlaceHeld
from services.intake import feed
from services.intake.domain.feedback import EVERYTHING
from tests.support.intake_desk import Desk, placed, waitlisted
from tests.support.intake_process import Intake, fresh_place, referral, until

USUAL = ["placed", "ended"]


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


class Reader:
    """A partner's machine: keeps its cursor and what it read."""

    def __init__(self, desk: Desk, partner_id: str | None = None, agreed: Any = EVERYTHING) -> None:
        self.desk = desk
        self.partner = {"partner_id": partner_id or desk.partner_id, "feedback": agreed}
        self.after = 0
        self.read: list[dict[str, Any]] = []

    def poll(self, limit: int = 3) -> int:
        """Read one page; how many events it had."""
        with self.desk.harness.unit() as unit:
            store = self.desk.harness.service(unit).store
            events, self.after = feed.page(store, self.partner, "urn:x", self.after, limit)
        self.read += events
        return len(events)

    def poll_all(self) -> list[tuple[str, str]]:
        """Read until there is nothing; all read so far, as need and type."""
        while self.poll():
            pass
        return [(event["data"]["need_id"], event["type"].split(".")[3]) for event in self.read]


def lines(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.harness.rows("select need_id, what from intake.need_step order by step_id")
    return [(row["need_id"], row["what"]) for row in rows]


def test_a_line_that_commits_late_is_read_late_and_not_missed(desk: Desk) -> None:
    """The first of two transactions takes the lower numbers of its rows, and commits after the other was read."""
    (one,), (other,) = desk.refer(), desk.refer()
    reader = Reader(desk)
    desk.harness.tick("number-the-feed")
    reader.poll_all()
    late = desk.harness.unit()
    service = desk.harness.service(late)
    service.store.add_steps([_step(one.needs[0]["need_id"], "waitlisted")])
    desk.harness.deliver([placed(PlaceHeld, other, str(uuid.uuid4()))])
    desk.harness.tick("number-the-feed")
    assert reader.poll_all()[-1] == (other.needs[0]["need_id"], "place-held")
    late.commit()
    late.close()
    desk.harness.tick("number-the-feed")
    assert reader.poll_all()[-1] == (one.needs[0]["need_id"], "waitlisted")
    assert sorted(reader.poll_all()) == sorted(lines(desk))


def _step(need_id: str, what: str) -> dict[str, Any]:
    return {"need_id": need_id, "at": datetime.now(UTC), "what": what, "by": "library", "actor": None,
            "phase": "waitlisted", "reasons": []}  # fmt: skip


def test_whoever_writes_meanwhile_every_line_is_read_once_and_each_need_in_order(desk: Desk) -> None:
    reader = Reader(desk)
    writers = [threading.Thread(target=_write, args=(desk,)) for _ in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        desk.harness.tick("number-the-feed")
        reader.poll()
    for writer in writers:
        writer.join()
    desk.harness.tick("number-the-feed")
    read, written = reader.poll_all(), lines(desk)
    assert len(read) == len({event["id"] for event in reader.read}) == len(written)
    assert _by_need(read) == _by_need(written)


def _write(desk: Desk) -> None:
    for _ in range(5):
        (made,) = desk.refer()
        place = str(uuid.uuid4())
        desk.harness.deliver([waitlisted(made), placed(PlaceHeld, made, place)])
        desk.harness.deliver([placed(ParticipantEnrolled, made, place)])


def _by_need(read: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for need_id, what in read:
        found[need_id].append(what)
    return found


def test_the_order_never_changes_and_a_page_goes_on_where_the_last_ended(desk: Desk) -> None:
    made = desk.refer(*[referral() for _ in range(4)])
    desk.harness.deliver([placed(PlaceHeld, one, str(uuid.uuid4())) for one in made])
    desk.harness.tick("number-the-feed")
    by_pages, whole = Reader(desk), Reader(desk)
    by_pages.poll_all()
    whole.poll(limit=200)
    assert by_pages.read == whole.read


def test_what_was_not_agreed_is_passed_over_for_good(desk: Desk) -> None:
    made = desk.refer(*[referral() for _ in range(5)])
    desk.harness.deliver([placed(PlaceHeld, one, str(uuid.uuid4())) for one in made])
    desk.harness.tick("number-the-feed")
    little, much = Reader(desk, agreed=[]), Reader(desk, agreed=USUAL)
    assert {what for _, what in little.poll_all()} == {"received", "accepted"}
    assert {what for _, what in much.poll_all()} == {"received", "accepted", "place-held"}
    assert little.after == much.after
    assert Reader(desk, partner_id=desk.partner(), agreed=USUAL).poll_all() == []


def events(client: httpx.Client, url: str = "/events") -> tuple[list[dict[str, Any]], str]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"], answer.json()["next"]


def test_a_machine_follows_its_referrals(intake: Intake) -> None:
    here = fresh_place()
    library = intake.library(here)
    with intake.partner().client() as mine, intake.partner().client() as foreign:
        assert events(mine)[0] == []
        made = mine.post("/referrals", json=referral(municipality=here)).json()
        found, cursor = until(lambda: got if len((got := events(mine))[0]) == 4 else None, "both needs are read")
        assert [event["type"] for event in found] == [
            "nl.newcomers.feed.received.v1", "nl.newcomers.feed.accepted.v1",
        ] * 2  # fmt: skip
        assert {event["subject"] for event in found} == {f"referral/{made['referralId']}"}
        assert found[1]["data"] == {
            "referralId": made["referralId"], "needId": made["needs"][0]["needId"], "kind": "language-cafe",
            "by": "rule", "status": "accepted", "businessStatus": "matching",
        }  # fmt: skip
        assert "Qadirovane" not in str(found)
        assert "DOS-4471" not in str(found)
        assert events(mine, cursor)[0] == []
        with intake.coordinator(library) as staff:
            path = f"/referrals/{made['referralId']}"
            assert staff.post(f"{path}/questions", json={"question": "other", "text": "Wie?"}).status_code == 201
            assert staff.get("/events").status_code == 403
        asked, _ = until(lambda: got if (got := events(mine, cursor))[0] else None, "the question is read")
        assert [event["data"]["reasons"] for event in asked] == [["other"], ["other"]]
        assert events(foreign)[0] == []
        assert foreign.get(cursor.replace("after=", "after=x")).status_code == 400
    with intake.client() as nobody:
        assert nobody.get("/events").status_code == 401
