"""Nothing that names or describes a person is kept, mailed, told or logged here, whatever a publisher lets slip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from marshmallow import fields

from chassis.testing import Harness
from contracts.catalogue import told_by
from contracts.codes import KINDS
from contracts.envelope import Event
from contracts.fields import Code, Id
from services.notifications.mails import LANGUAGES
from services.notifications.words import WORDS
from tests.integration.notifications.world import World, some_id
from tests.support.mail_server import MailServer

CANARIES = ("Fatima Canarievogel", "1987-06-05", "06-12345678", "fatima@canarie.example", "Kanariestraat 1")
DUMP = """
    select string_agg(format('select t::text as line from %I.%I as t', schemaname, tablename), ' union all ') as dump
    from pg_tables where schemaname in ('notifications', 'chassis')
"""


def leaking(event: Event) -> bytes:
    """The event with personal values in fields that no contract knows, at every level."""
    name, birth, phone, mail, street = CANARIES
    envelope: dict[str, Any] = orjson.loads(event.raw)
    envelope["participantname"] = name
    envelope["data"] |= {"name": name, "birthDate": birth, "contact": {"phone": phone, "email": mail}}
    for need in envelope["data"].get("needs", []):
        need["note"] = f"{name}, {street}"
    return orjson.dumps(envelope)


@dataclass(frozen=True)
class Heard:
    """Ids of persons and of what is theirs, and all that was logged."""

    ids: list[str]
    logged: str


@pytest.fixture
def heard(harness: Harness, mail_server: MailServer, world: World, capfd: pytest.CaptureFixture[str]) -> Heard:
    """Everything that can happen, with canaries in each event about a person."""
    partner = world.partner("VluchtelingenWerk")
    organisations = len(world.told) + 2
    libraries = [world.library(language) for language in LANGUAGES]
    persons = []
    for library in libraries:
        about = world.referral(library, partner)
        waiting = world.referral(library, partner, triage_reasons=["contact-missing"])
        for referral in (about, waiting):
            persons += [referral["referral_id"], referral["participant_id"], referral["needs"][0]["need_id"]]
        world.held(about)
        world.enrolled(about)
        unplaced = world.referral(library, partner)
        world.unplaced(unplaced)
        persons += [unplaced["referral_id"], unplaced["needs"][0]["need_id"]]
    file_id = some_id()
    world.file(partner, dict.fromkeys(libraries, (2, 1)), file_id)
    told = world.told
    outcome = harness.deliver([*told[:organisations], *map(leaking, told[organisations:])])
    assert not outcome.deferred
    assert not outcome.parked
    mail_server.answers["recipient"] = "450 later"
    harness.tick("gather-mail")
    harness.tick("send-mail")
    mail_server.answers.clear()
    harness.rows("update mail set due_at = now()")
    harness.tick("send-mail")
    assert len(mail_server.arrived) == 10
    return Heard([*persons, file_id], "".join(capfd.readouterr()))


def test_what_a_publisher_lets_slip_is_kept_nowhere(harness: Harness, mail_server: MailServer, heard: Heard) -> None:
    kept = "\n".join(row["line"] for row in harness.rows(harness.rows(DUMP)[0]["dump"]))
    mailed = "\n".join(arrived.text() for arrived in mail_server.arrived)
    told = "\n".join(event.raw.decode() for event in harness.told())
    assert "referral-accepted" in kept
    assert "mail_postponed" in heard.logged
    for canary in CANARIES:
        for where in (kept, mailed, told, heard.logged):
            assert canary not in where


def test_a_mail_tells_of_nobody_in_particular(mail_server: MailServer, heard: Heard) -> None:
    """Not even under a pseudonym: mail is read over shoulders and kept by others."""
    words = [word for language in LANGUAGES for code, word in WORDS[language].items() if code in KINDS]
    for arrived in mail_server.arrived:
        text = arrived.text()
        assert not [some for some in heard.ids if some in text]
        assert not [word for word in [*words, "GM0153"] if word in text]


def test_what_is_logged_names_no_mailbox(heard: Heard) -> None:
    assert "taalhuis@" not in heard.logged


def test_events_of_ours_have_room_for_ids_codes_and_counts_alone() -> None:
    for row in told_by("notifications"):
        for name, declared in row.event().fields.items():
            assert isinstance(declared, Id | Code | fields.Integer), f"{row.event.__name__}.{name}"
