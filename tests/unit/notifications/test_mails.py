"""Every mail and every notice can be made, in both languages, whole and safe."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from jinja2 import UndefinedError

from contracts import codes
from contracts.notifications import TEMPLATES
from services.notifications.mails import LANGUAGES, MailMaker, UnusableAddress, letter, sentence
from services.notifications.schemas import NOTICE_CODES
from services.notifications.words import WORDS

LINK = "https://libraries.example/intake/referrals"
FACTS: dict[str, dict[str, Any]] = {
    "referral-accepted": {"kinds": ["thuis-taal"], "contact_by": "2026-12-01", "municipality": "GM0153"},
    "referral-for-triage": {"triage_reasons": ["contact-missing"], "municipality": None, "contact_by": "2026-12-01"},
    "referral-rejected": {"reason": "duplicate"},
    "referral-information-requested": {"question": "contact-details"},
    "referral-answered": {"contact_by": "2026-12-01"},
    "need-added": {"kind": "thuis-taal"},
    "contact-attempted": {"channel": "call", "outcome": "no-answer"},
    "intake-talk-recorded": {"spoken_level": "A2"},
    "referral-transferred": {"reason": "moved"},
    "referral-withdrawn": {"reason": "entered-in-error"},
    "referral-closed": {"reason": "job", "needs": 2},
    "referral-overdue": {"contact_by": "2026-12-01"},
    "referral-file-processed": {"accepted": 36, "triage": 1, "contact_by": "2026-12-01"},
    "place-held": {"kind": "thuis-taal", "starts_at": "2026-12-01T18:30:00+00:00", "contact_by": "2026-12-01"},
    "placement-agreed": {"answered_by": "guardian"},
    "placement-declined": {"answered_by": "partner"},
    "participant-enrolled": {"kind": "language-cafe", "starts_at": "2026-12-01T18:30:00+00:00"},
    "enrolment-ended": {"kind": "language-cafe", "reason": "moved"},
    "participant-waitlisted": {"kind": "language-cafe", "position": 2},
    "need-unplaced": {"kind": "language-cafe", "reasons": ["times-differ", "level-differs"], "needs": 3},
}


def made(**changed: Any) -> EmailMessage:
    """A mail as it arrives."""
    row = {
        "mail_id": "01a20859-2e53-72f8-9594-3fb4075e0f4d",
        "template": "referral-file-processed",
        "language": "nl",
        "library_name": "Bibliotheek Überveen",
        "mailbox": "taalhuis@ueberveen.example",
        "partner_name": "Vluchtelingenwerk Ée",
        "facts": FACTS["referral-file-processed"],
        "made_at": datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    } | changed
    maker = MailMaker(Address("Meedoen", "meedoen", "libraries.example"), LINK)
    arrived = message_from_bytes(bytes(maker.make(row)), policy=default)
    assert isinstance(arrived, EmailMessage)
    return arrived


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("partner", [None, "VluchtelingenWerk"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_mail_says_what_to_do_and_where(template: str, partner: str | None, language: str) -> None:
    said = letter(template, language, partner, FACTS[template], LINK)
    assert 5 < len(said["subject"]) < 80
    for form in ("text", "html"):
        assert LINK in said[form]
        assert "None" not in said[form]
        assert "{" not in said[form]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_mail_offers_no_link_where_there_is_no_page(template: str, language: str) -> None:
    said = letter(template, language, None, FACTS[template], None)
    assert "href" not in said["html"]
    for form in ("text", "html"):
        assert "None" not in said[form]
        assert "http" not in said[form]
        assert "\n\n\n" not in said["text"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", NOTICE_CODES)
def test_every_notice_has_its_sentence(code: str, language: str) -> None:
    for partner in (None, "VluchtelingenWerk"):
        said = sentence(code, language, partner, FACTS[code])
        assert said.endswith(".")
        assert not re.search(r"None|\s[,.]|[a-z]-[a-z]+-[a-z]", said), said


def test_a_fact_that_is_missing_is_a_mistake_and_no_empty_place() -> None:
    with pytest.raises(UndefinedError):
        letter("referral-file-processed", "nl", None, {"accepted": 1}, LINK)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words(language: str) -> None:
    lists = (codes.KINDS, codes.TRIAGE_REASONS, codes.REJECTION_REASONS, codes.UNPLACED_REASONS, codes.ENDED_REASONS)
    lists += (codes.CONTACT_OUTCOMES, codes.WITHDRAWAL_REASONS, codes.TRANSFER_REASONS, codes.ANSWER_CHANNELS)
    needed = {code for codes_of_a_list in (*lists, codes.ANSWERED_BY) for code in codes_of_a_list}
    needed |= {f"ask-{question}" for question in codes.QUESTIONS}
    assert needed <= WORDS[language].keys()


@pytest.mark.parametrize(
    ("accepted", "triage", "subject", "points"),
    [
        (1, 0, "1 nieuwe aanmelding", ["1 nieuwe aanmelding"]),
        (36, 0, "36 nieuwe aanmeldingen", ["36 nieuwe aanmeldingen"]),
        (
            2,
            1,
            "3 nieuwe aanmeldingen",
            ["2 nieuwe aanmeldingen", "1 aanmelding die nog niet compleet is: daarover beslissen jullie"],
        ),
        (
            0,
            4,
            "4 nieuwe aanmeldingen",
            ["4 aanmeldingen die nog niet compleet zijn: daarover beslissen jullie"],
        ),
    ],
)
def test_a_file_is_counted_in_words_that_fit(accepted: int, triage: int, subject: str, points: list[str]) -> None:
    mail = made(facts={"accepted": accepted, "triage": triage})
    text, html = parts(mail)
    assert mail["Subject"] == subject
    assert [line[2:] for line in text.splitlines() if line.startswith("- ")] == points
    assert re.findall(r"<li>(.*)</li>", html) == points


def test_a_mail_is_whole_and_marked_as_automatic() -> None:
    mail = made()
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<01a20859-2e53-72f8-9594-3fb4075e0f4d@libraries.example>"
    assert mail["Date"].datetime == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert mail["To"].addresses[0].display_name == "Bibliotheek Überveen"
    assert all("Vluchtelingenwerk Ée" in part for part in parts(mail))
    assert max(map(len, bytes(mail).splitlines())) <= 78


def test_the_same_mail_keeps_its_identity() -> None:
    assert made()["Message-ID"] == made(language="en")["Message-ID"]


def test_a_name_cannot_write_headers_or_html() -> None:
    wicked = 'Ik\r\nBcc: victim@elsewhere.example <script>alert("1")</script> & zo'
    mail = made(partner_name=wicked, library_name=wicked)
    text, html = parts(mail)
    assert mail["Bcc"] is None
    assert len(mail["To"].addresses) == 1
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<script>" in text


@pytest.mark.parametrize("mailbox", ["", "taalhuis", "taal huis@x.example", "taalhuis@x.example\r\nBcc: y@z.example"])
def test_a_mailbox_that_no_header_can_hold_is_refused(mailbox: str) -> None:
    with pytest.raises(UnusableAddress):
        made(mailbox=mailbox)


def test_a_domain_in_other_letters_is_written_as_mail_servers_take_it() -> None:
    assert made(mailbox="taalhuis@überveen.example")["To"].addresses[0].addr_spec == "taalhuis@xn--berveen-m2a.example"


@pytest.mark.parametrize(
    ("accepted", "triage", "said"),
    [
        (1, 0, "Wil je uiterlijk dinsdag 1 december contact opnemen?"),
        (0, 1, "Wil je uiterlijk dinsdag 1 december beslissen?"),
        (2, 1, "Wil je uiterlijk dinsdag 1 december contact opnemen en beslissen?"),
    ],
)
def test_a_file_says_until_when(accepted: int, triage: int, said: str) -> None:
    facts = {"accepted": accepted, "triage": triage, "contact_by": "2026-12-01"}
    text = letter("referral-file-processed", "nl", None, facts, LINK)["text"]
    assert f"\n{said}\n\nIn Meedoen" in text
    assert ("Voor jullie is dat:" in text) is (accepted + triage == 1)


@pytest.mark.parametrize(
    ("language", "said"), [("nl", "uiterlijk dinsdag 1 december"), ("en", "by Tuesday 1 December")]
)
def test_a_referral_in_triage_says_until_when(language: str, said: str) -> None:
    assert said in letter("referral-for-triage", language, None, FACTS["referral-for-triage"], LINK)["text"]


def test_what_was_made_before_it_said_until_when_can_still_be_sent() -> None:
    letter("referral-for-triage", "nl", None, {"triage_reasons": ["contact-missing"]}, LINK)
    letter("referral-file-processed", "nl", None, {"accepted": 1, "triage": 0}, LINK)


def test_an_answer_is_told_as_a_sentence() -> None:
    assert sentence("placement-agreed", "nl", None, {"answered_by": "participant"}) == (
        "De deelnemer zegt ja tegen de plek."
    )
