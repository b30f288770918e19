"""From what happens to notices and mails, whatever the order in which it is heard."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from chassis.testing import Harness
from contracts.envelope import Event
from contracts.intake import LibraryChanged, PlacementDeclined, ReferralRejected
from contracts.notifications import NotificationDelivered
from services.notifications.store import NotificationsStore
from tests.integration.notifications.world import World, some_id
from tests.support.mail_server import MailServer
from tests.support.orders import in_batches, interleave


def hear(harness: Harness, events: list[Event], chance: Random | None = None) -> None:
    batches = in_batches(interleave(events, chance), chance) if chance else [events]
    for batch in batches:
        outcome = harness.deliver(batch)
        assert not outcome.deferred, harness.rows("select event_type, error from deferred")
        assert not outcome.parked


def send(harness: Harness) -> None:
    harness.tick("gather-mail")
    harness.tick("send-mail")


def notices(harness: Harness) -> list[tuple[str, str]]:
    rows = harness.rows("select code, mail from notice order by at, code")
    return [(row["code"], row["mail"]) for row in rows]


def test_one_referral_is_one_notice_and_one_mail(harness: Harness, mail_server: MailServer, world: World) -> None:
    library = world.library(mailbox="taalhuis@zwolle.example")
    about = world.referral(library, world.partner("VluchtelingenWerk"))
    hear(harness, world.told)
    send(harness)
    (arrived,) = mail_server.arrived
    assert arrived.recipients == ("taalhuis@zwolle.example",)
    assert arrived.sender == "meedoen@libraries.example"
    assert arrived.mail["Subject"] == "Nieuwe aanmelding"
    assert "VluchtelingenWerk" in arrived.text()
    assert "https://libraries.example/intake/referrals" in arrived.text()
    assert notices(harness) == [("referral-accepted", "mailed")]
    (told,) = harness.told()
    assert told.event is NotificationDelivered
    assert told.data == {
        "notification_id": arrived.id.strip("<>").partition("@")[0],
        "template": "referral-accepted",
        "channel": "e-mail",
        "library_id": library,
        "referral_id": about["referral_id"],
    }


def test_a_referral_in_triage_is_mailed_and_its_acceptance_too(
    harness: Harness, mail_server: MailServer, world: World
) -> None:
    library = world.library("en")
    about = world.referral(library, world.partner(), triage_reasons=["legal-basis-missing"])
    hear(harness, world.told)
    send(harness)
    world.told.clear()
    world.accept(about, accepted_by="coordinator")
    hear(harness, world.told)
    send(harness)
    assert [arrived.mail["Subject"] for arrived in mail_server.arrived] == [
        "A referral is waiting for your decision",
        "New referral",
    ]


def test_a_referral_that_no_library_has_is_nobodys_notice(harness: Harness, world: World) -> None:
    about = world.referral(None, world.partner(), triage_reasons=["municipality-not-served"])
    world.tell(
        ReferralRejected, referral_id=about["referral_id"], participant_id=about["participant_id"],
        partner_id=about["partner_id"], reason="not-our-area",
    )  # fmt: skip
    hear(harness, world.told)
    assert notices(harness) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_file_for_25_libraries_is_25_mails(
    harness: Harness, mail_server: MailServer, world: World, seed: int
) -> None:
    """900 rows, heard in any order between publishers and referrals, with every second event twice."""
    chance = Random(seed)
    libraries = [world.library(chance.choice(["nl", "en"])) for _ in range(25)]
    partner, file_id = world.partner(), some_id()
    shares: dict[str, Counter[str]] = {library: Counter() for library in libraries}
    for row in range(900):
        library = libraries[row % 25]
        triage = ["legal-basis-missing"] if row % 9 == 0 else []
        shares[library]["triage" if triage else "accepted"] += 1
        about = world.referral(library, partner, referral_file_id=file_id, triage_reasons=triage)
        if not triage:
            [world.held, world.enrolled, world.unplaced][row % 3](about)
    world.file(partner, {library: (share["accepted"], share["triage"]) for library, share in shares.items()}, file_id)
    hear(harness, world.told, chance)
    send(harness)
    send(harness)
    assert Counter(arrived.recipients for arrived in mail_server.arrived) == Counter(
        {(f"taalhuis@{library}.example",): 1 for library in libraries}
    )
    for arrived in mail_server.arrived:
        share = shares[arrived.recipients[0].partition("@")[2].removesuffix(".example")]
        assert str(share["accepted"]) in arrived.text()
        assert str(share["triage"]) in arrived.text()
    codes = Counter(code for code, _ in notices(harness))
    assert codes == {
        "referral-accepted": 800,
        "referral-for-triage": 100,
        "referral-file-processed": 25,
        **Counter(["place-held", "participant-enrolled", "need-unplaced"][row % 3] for row in range(900) if row % 9),
    }
    assert len(harness.told()) == 25


def test_needs_that_nothing_suits_are_one_mail(harness: Harness, mail_server: MailServer, world: World) -> None:
    library, other, partner = world.library(), world.library("en"), world.partner()
    for _ in range(3):
        world.unplaced(world.referral(library, partner))
    world.unplaced(world.referral(other, partner))
    placed = world.referral(library, partner)
    world.unplaced(placed)
    world.held(placed)
    hear(harness, world.told)
    send(harness)
    subjects = Counter(arrived.mail["Subject"] for arrived in mail_server.arrived)
    assert subjects == {
        "Nieuwe aanmelding": 4,
        "New referral": 1,
        "Voor 3 leervragen is er nog geen plek": 1,
        "There is no place for 1 need yet": 1,
    }


def test_a_need_waits_until_it_is_known_whether_a_file_told_of_it(
    harness: Harness, mail_server: MailServer, world: World
) -> None:
    """Activities may be heard before intake: they have no order between them."""
    library, partner = world.library(), world.partner()
    single = world.referral(library, partner)
    from_file = world.referral(library, partner, referral_file_id=some_id())
    first = [world.unplaced(single), world.unplaced(from_file)]
    hear(harness, first)
    send(harness)
    assert mail_server.arrived == []
    hear(harness, world.told)
    send(harness)
    assert [arrived.mail["Subject"] for arrived in mail_server.arrived] == [
        "Nieuwe aanmelding",
        "Voor 1 leervraag is er nog geen plek",
    ]
    assert Counter(notices(harness))["need-unplaced", "none"] == 1


def test_a_mail_waits_for_its_library_to_be_known(harness: Harness, mail_server: MailServer, world: World) -> None:
    library = world.library(mailbox="old@bieb.example")
    registered = world.told[:]
    world.told.clear()
    world.referral(library, world.partner())
    hear(harness, world.told)
    send(harness)
    assert mail_server.arrived == []
    changed = world.tell(
        LibraryChanged, library_id=library, name="Bieb", mailbox="new@bieb.example", language="en", serves=[]
    )
    hear(harness, [changed])
    hear(harness, registered)
    send(harness)
    (arrived,) = mail_server.arrived
    assert arrived.recipients == ("new@bieb.example",)
    assert arrived.mail["Subject"] == "New referral"


def test_a_no_is_noticed_by_the_library_of_the_referral(harness: Harness, world: World) -> None:
    about = world.referral(world.library(), world.partner())
    world.held(about)
    world.tell(
        PlacementDeclined, referral_id=about["referral_id"], need_id=about["needs"][0]["need_id"],
        enrolment_id=about["needs"][0]["need_id"], answered_by="participant", channel="call", answered_at=world.now,
    )  # fmt: skip
    hear(harness, world.told)
    assert [code for code, _ in notices(harness)] == ["referral-accepted", "place-held", "placement-declined"]
    assert len(harness.rows("select distinct library_id from notice")) == 1


def test_old_notices_and_mails_go_and_waiting_mail_stays(harness: Harness, world: World) -> None:
    library, partner = world.library(), world.partner()
    for _ in range(3):
        world.referral(library, partner)
    hear(harness, world.told)
    send(harness)
    harness.rows(
        "update notice set heard_at = now() - interval '401 days' "
        "where notice_id = (select min(notice_id::text)::uuid from notice)"
    )
    harness.rows("update mail set ended_at = now() - interval '401 days'")
    harness.rows(
        "update mail set status = 'waiting', ended_at = null, made_at = now() - interval '401 days' "
        "where mail_id = (select min(mail_id::text)::uuid from mail)"
    )
    harness.tick("forget-notices")
    assert harness.rows("select count(*) from notice")[0]["count"] == 2
    assert [row["status"] for row in harness.rows("select status from mail")] == ["waiting"]


def test_a_referral_of_which_no_notice_is_left_is_known_no_longer(harness: Harness, world: World) -> None:
    library, partner = world.library(), world.partner()
    for _ in range(3):
        world.referral(library, partner)
    hear(harness, world.told)
    first, second, third = (row["referral_id"] for row in harness.rows("select referral_id from referral order by 1"))
    aged = "set heard_at = now() - interval '401 days' where referral_id = any(%s::uuid[]) returning 1"
    harness.rows(f"update referral {aged}", [first, second])
    harness.rows(f"update notice {aged}", [first, third])
    harness.tick("forget-notices")
    left = [row["referral_id"] for row in harness.rows("select referral_id from referral order by 1")]
    assert left == [second, third]


def test_letting_referrals_go_reads_no_more_than_those_that_are_old(harness: Harness) -> None:
    """Rule: a query does not grow with its table. Each of the old ones is looked up among the notices once."""
    harness.rows(
        "insert into referral (referral_id, from_file, sequence, heard_at) "
        "select gen_random_uuid(), false, 1, now() - n * interval '1 minute' from generate_series(1, 20000) as n "
        "returning 1"
    )
    harness.rows(
        "insert into notice (notice_id, library_id, code, event_id, at, heard_at, referral_id, facts, mail) "
        "select gen_random_uuid(), referral_id, 'x', gen_random_uuid(), heard_at, heard_at, referral_id, '{}', 'none' "
        "from referral returning 1"
    )
    harness.rows("do $$ begin analyze referral; analyze notice; end $$")
    query = NotificationsStore.queries["forget_referrals"] % {
        "before": "now() - interval '19900 minutes'", "most": "50",
    }  # fmt: skip
    lines = [row["QUERY PLAN"] for row in harness.rows(f"explain {query}")]
    assert not [line for line in lines if "Seq Scan" in line], lines
