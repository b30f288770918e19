"""What becomes of mail when the mail server does not simply take it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis.testing import Harness
from contracts.notifications import NotificationDelivered, NotificationFailed
from tests.integration.notifications.conftest import Start
from tests.integration.notifications.world import World
from tests.support.mail_server import HANG_UP, SILENCE, MailServer, address_of_nobody, silent_server


@pytest.fixture
def mailboxes(world: World) -> list[str]:
    """Three libraries with one referral each."""
    partner = world.partner()
    boxes = [f"taalhuis@{name}.example" for name in ("almelo", "borne", "deventer")]
    for box in boxes:
        world.referral(world.library(mailbox=box), partner)
    return boxes


def recipients(server: MailServer) -> list[str]:
    return sorted(recipient for arrived in server.arrived for recipient in arrived.recipients)


def mails(harness: Harness) -> dict[str, dict[str, Any]]:
    rows = harness.rows("select mail.*, library.mailbox from mail join library using (library_id)")
    return {row["mailbox"]: row for row in rows}


def send(harness: Harness, runs: int = 1) -> None:
    for _ in range(runs):
        harness.tick("send-mail")
        time.sleep(0.002)  # the waits of these tests are a thousandth of a second


def test_a_mailbox_refused_for_good_costs_only_itself(
    harness: Harness, mail_server: MailServer, world: World, mailboxes: list[str]
) -> None:
    mail_server.answers[mailboxes[1]] = "550 5.1.1 no such mailbox"
    harness.deliver(world.told)
    send(harness, 3)
    assert recipients(mail_server) == [mailboxes[0], mailboxes[2]]
    assert mail_server.tries[mailboxes[1]] == 1
    (failed,) = [event for event in harness.told() if event.event is NotificationFailed]
    assert (failed.data["reason"], failed.data["attempts"]) == ("address-refused", 1)
    found = mails(harness)[mailboxes[1]]
    assert (found["status"], found["last_error"]) == ("failed", "recipient-550")


def test_a_text_refused_for_good_is_a_failure_of_its_own_kind(
    harness: Harness, mail_server: MailServer, world: World, mailboxes: list[str]
) -> None:
    mail_server.answers["data"] = "554 5.7.1 looks like spam"
    harness.deliver(world.told)
    send(harness, 2)
    told = harness.told()
    assert [event.data["reason"] for event in told] == ["message-refused"] * 3
    assert sum(mail_server.tries.values()) == 3


def test_a_refusal_for_now_is_tried_again_and_costs_only_itself(
    harness: Harness, mail_server: MailServer, world: World, mailboxes: list[str]
) -> None:
    mail_server.answers[mailboxes[0]] = "450 4.2.0 greylisted"
    harness.deliver(world.told)
    send(harness, 2)
    assert recipients(mail_server) == mailboxes[1:]
    assert mails(harness)[mailboxes[0]]["last_error"] == "recipient-450"
    mail_server.answers.clear()
    send(harness)
    assert recipients(mail_server) == mailboxes
    assert [event.event for event in harness.told()] == [NotificationDelivered] * 3
    assert mails(harness)[mailboxes[0]]["attempts"] > 1


def test_patience_with_a_mail_ends(start: Start, mail_server: MailServer, world: World, mailboxes: list[str]) -> None:
    harness = start(SMTP_URL=mail_server.url, MAIL_ATTEMPTS="3")
    mail_server.answers[mailboxes[0]] = "452 4.2.2 mailbox full"
    harness.deliver(world.told)
    send(harness, 6)
    assert mail_server.tries[mailboxes[0]] == 3
    (failed,) = [event for event in harness.told() if event.event is NotificationFailed]
    assert (failed.data["reason"], failed.data["attempts"]) == ("attempts-exhausted", 3)


def test_waits_grow_with_every_attempt(start: Start, mail_server: MailServer, world: World) -> None:
    harness = start(SMTP_URL=mail_server.url, MAIL_RETRY_FIRST="100", MAIL_RETRY_MOST="3600")
    world.referral(world.library(), world.partner())
    mail_server.answers["recipient"] = "450 later"
    harness.deliver(world.told)
    waits = []
    for _ in range(4):
        send(harness)
        ((wait,),) = [row.values() for row in harness.rows("select extract(epoch from due_at - now()) from mail")]
        waits.append(float(wait))
        harness.rows("update mail set due_at = now()")
    for wait, middle in zip(waits, (100, 200, 400, 800), strict=True):
        assert 0.74 * middle < wait < 1.26 * middle


def test_a_server_that_is_away_costs_no_mail_an_attempt(
    start: Start, mail_server: MailServer, world: World, mailboxes: list[str]
) -> None:
    away = start(SMTP_URL=address_of_nobody(), MAIL_ATTEMPTS="1")
    away.deliver(world.told)
    send(away, 5)
    assert {mail["attempts"] for mail in mails(away).values()} == {0}
    assert away.told() == []
    ((reason, failures),) = [
        (row["reason"], row["failures"]) for row in away.rows("select reason, failures from mail_server")
    ]
    assert (reason, failures) == ("connect-refused", 5)
    back = start(SMTP_URL=mail_server.url, MAIL_ATTEMPTS="1")
    send(back)
    assert recipients(mail_server) == mailboxes
    assert back.rows("select * from mail_server") == []


def test_a_server_that_is_away_is_not_asked_all_the_time(
    start: Start, mail_server: MailServer, world: World, mailboxes: list[str]
) -> None:
    harness = start(SMTP_URL=address_of_nobody(), MAIL_SERVER_RETRY_FIRST="60", MAIL_SERVER_RETRY_MOST="60")
    harness.deliver(world.told)
    send(harness, 5)
    ((failures, wait),) = [
        tuple(row.values())
        for row in harness.rows("select failures, extract(epoch from try_again_at - now()) from mail_server")
    ]
    assert failures == 1
    assert 40 < wait < 76


def test_a_server_that_says_nothing_holds_one_run_up_and_no_transaction(start: Start, world: World) -> None:
    with silent_server() as url:
        harness = start(SMTP_URL=url, SMTP_TIMEOUT="0.5")
        for _ in range(20):
            world.referral(world.library(), world.partner())
        harness.deliver(world.told)
        send(harness)
        found = harness.rows("select reason, failures from mail_server")
        assert found == [{"reason": "connect-silent", "failures": 1}]


@pytest.mark.parametrize("stage", ["sender", "recipient", "data"])
@pytest.mark.parametrize(("trouble", "reason"), [(SILENCE, "send-silent"), (HANG_UP, "send-cut-off")])
def test_a_connection_that_breaks_while_sending(
    start: Start, mail_server: MailServer, world: World, mailboxes: list[str], stage: str, trouble: str, reason: str
) -> None:
    harness = start(SMTP_URL=mail_server.url, SMTP_TIMEOUT="2")
    mail_server.answers[stage] = trouble
    harness.deliver(world.told)
    send(harness)
    assert harness.rows("select reason from mail_server") == [{"reason": reason}]
    assert sorted(mail["attempts"] for mail in mails(harness).values()) == [0, 0, 1]
    mail_server.answers.clear()
    send(harness, 2)
    assert recipients(mail_server) == mailboxes


@pytest.mark.parametrize("answer", ["530 5.7.0 sign in first", "451 4.3.0 not today"])
def test_a_refused_sender_is_our_trouble_and_gives_no_mail_up(
    start: Start, mail_server: MailServer, world: World, mailboxes: list[str], answer: str
) -> None:
    harness = start(SMTP_URL=mail_server.url)
    mail_server.answers["sender"] = answer
    harness.deliver(world.told)
    send(harness, 2)
    assert harness.told() == []
    assert harness.rows("select reason from mail_server") == [{"reason": f"sender-{answer[:3]}"}]
    mail_server.answers.clear()
    send(harness, 2)
    assert recipients(mail_server) == mailboxes


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture(params=["starttls", "tls"])
def secure_server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[MailServer, str]]:
    """A server that takes mail over TLS alone, from whoever knows the password; and its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    implicit = request.param == "tls"
    server = MailServer(tls=context, implicit=implicit, password="open sesame")
    scheme = "smtps" if implicit else "smtp+starttls"
    yield server, f"{scheme}://clerk:open%20sesame@localhost:{server.port}"
    server.stop()


def test_mail_goes_over_tls_with_a_password(
    start: Start,
    world: World,
    secure_server: tuple[MailServer, str],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, url = secure_server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    harness = start(SMTP_URL=url)
    world.referral(world.library(), world.partner())
    harness.deliver(world.told)
    send(harness)
    assert len(server.arrived) == 1
    assert server.signed_in


def test_a_wrong_password_is_our_trouble(
    start: Start,
    world: World,
    secure_server: tuple[MailServer, str],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, url = secure_server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    harness = start(SMTP_URL=url.replace("sesame", "barley"))
    world.referral(world.library(), world.partner())
    harness.deliver(world.told)
    send(harness)
    assert server.arrived == []
    assert harness.told() == []
    assert harness.rows("select reason from mail_server") == [{"reason": "connect-535"}]


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    start: Start, world: World, secure_server: tuple[MailServer, str]
) -> None:
    server, url = secure_server
    harness = start(SMTP_URL=url)
    world.referral(world.library(), world.partner())
    harness.deliver(world.told)
    send(harness)
    assert server.arrived == []
    assert harness.rows("select reason from mail_server") == [{"reason": "connect-tls"}]


def test_a_server_without_tls_gets_nothing_where_tls_is_asked(
    start: Start, mail_server: MailServer, world: World
) -> None:
    harness = start(SMTP_URL=f"smtp+starttls://localhost:{mail_server.port}")
    world.referral(world.library(), world.partner())
    harness.deliver(world.told)
    send(harness)
    assert mail_server.arrived == []
    assert harness.rows("select reason from mail_server") == [{"reason": "starttls-or-sign-in-not-offered"}]
