"""What libraries hear, in their list and by mail, while people work on a referral."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

from chassis.testing import Harness
from contracts import casework
from contracts.intake import LibraryChanged
from tests.integration.notifications.test_notices import hear, notices, send
from tests.integration.notifications.world import World
from tests.support.mail_server import MailServer


def work(world: World, about: dict[str, Any]) -> None:
    """A question, its answer, an attempt, a further need, and the partner's withdrawal."""
    ids = {name: about[name] for name in ("referral_id", "partner_id", "library_id")}
    whole = about | {"accepted_by": "rule"}
    contact = {"channel": "call", "outcome": "no-answer", "attempted_at": world.now}
    world.tell(casework.ReferralInformationRequested, **ids, question="contact-details")
    world.tell(casework.ReferralChanged, **whole, changes=["answer"])
    world.tell(casework.ReferralChanged, **whole, changes=["levels"])
    world.tell(casework.ContactAttempted, referral_id=ids["referral_id"], library_id=ids["library_id"], **contact)
    world.tell(casework.NeedAdded, **whole, need_id=about["needs"][0]["need_id"])
    world.tell(casework.ReferralWithdrawn, **ids, reason="moved")


def test_only_the_answer_is_mailed_in_whatever_order(harness: Harness, mail_server: MailServer, world: World) -> None:
    about = world.referral(world.library(mailbox="taalhuis@zwolle.example"), world.partner("VluchtelingenWerk"))
    work(world, about)
    hear(harness, world.told, Random(7))
    send(harness)
    assert sorted(arrived.mail["Subject"] for arrived in mail_server.arrived) == [
        "Jullie vraag is beantwoord", "Nieuwe aanmelding",
    ]  # fmt: skip
    assert {code for code, mail in notices(harness) if mail == "none"} == {
        "referral-information-requested", "contact-attempted", "need-added", "referral-withdrawn",
    }  # fmt: skip


def test_a_library_that_is_late_is_mailed_in_its_language(
    harness: Harness, mail_server: MailServer, world: World
) -> None:
    library = world.library(language="en", mailbox="taalhuis@almelo.example")
    about = world.referral(library, world.partner())
    overdue = {name: about[name] for name in ("referral_id", "partner_id", "library_id", "municipality", "received_at")}
    world.tell(casework.ReferralOverdue, **overdue, contact_by=date(2026, 11, 30))
    hear(harness, world.told)
    send(harness)
    late = [one for one in mail_server.arrived if one.mail["Subject"] == "Nobody has got in touch about a referral yet"]
    assert [one.recipients for one in late] == [("taalhuis@almelo.example",)]
    assert "Monday 30 November" in late[0].text()


def test_closing_weeks_move_the_last_day(harness: Harness, world: World) -> None:
    library = world.library()
    world.tell(
        LibraryChanged, library_id=library, name="Bibliotheek Voorbeeld", mailbox="a@example.org", language="nl",
        serves=[], contact_within_days=2, closures=[{"from_": date(2026, 12, 21), "through": date(2027, 1, 3)}],
    )  # fmt: skip
    world.now = datetime(2026, 12, 18, 9, tzinfo=UTC)
    world.referral(library, world.partner())
    hear(harness, world.told)
    (row,) = harness.rows("select facts from notice")
    assert row["facts"]["contact_by"] == "2027-01-05"


def test_a_need_of_a_referral_that_was_taken_back_asks_nobody_to_plan(
    harness: Harness, mail_server: MailServer, world: World
) -> None:
    about = world.referral(world.library(), world.partner())
    world.unplaced(about)
    ids = {name: about[name] for name in ("referral_id", "partner_id", "library_id")}
    world.tell(casework.ReferralWithdrawn, **ids, reason="moved")
    hear(harness, world.told)
    send(harness)
    assert [arrived.mail["Subject"] for arrived in mail_server.arrived] == ["Nieuwe aanmelding"]


def test_who_gets_a_referral_by_transfer_is_asked_to_decide(
    harness: Harness, mail_server: MailServer, world: World
) -> None:
    here, there = world.library(mailbox="hier@example.org"), world.library(mailbox="daar@example.org")
    about = world.referral(here, world.partner())
    moved = about | {"library_id": there, "from_library_id": here, "reason": "moved", "triage_reasons": ["transferred"]}
    world.tell(casework.ReferralTransferred, **moved)
    hear(harness, world.told)
    send(harness)
    assert sorted(arrived.recipients[0] for arrived in mail_server.arrived) == ["daar@example.org", "hier@example.org"]
    assert ("referral-transferred", "none") in notices(harness)
