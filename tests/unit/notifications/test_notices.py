"""Which notice follows from which event, and what is mailed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.working_days import contact_by
from services.notifications.domain import casework, notices
from services.notifications.domain.terms import AllTerms, Terms

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
REFERRAL: dict[str, Any] = {
    "referral_id": "r",
    "participant_id": "p",
    "partner_id": "o",
    "library_id": "l",
    "municipality": "GM0153",
    "referral_file_id": None,
    "accepted_by": "rule",
    "triage_reasons": [],
    "needs": [{"need_id": "n", "kind": "language-cafe"}, {"need_id": "m", "kind": "digital-skills"}],
}
PLACE: dict[str, Any] = {
    "referral_id": "r",
    "need_id": "n",
    "enrolment_id": "e",
    "library_id": "l",
    "kind": "thuis-taal",
    "municipality": "GM0153",
    "starts_at": AT,
}


@pytest.mark.parametrize(
    ("changed", "known_to", "mail"),
    [
        ({}, None, "now"),
        ({"referral_file_id": "f"}, None, "none"),
        # A coordinator of its own library took it out of triage: the file's mail had said that it was there.
        ({"referral_file_id": "f", "accepted_by": "coordinator"}, "l", "none"),
        # Somebody else gave it to this library.
        ({"referral_file_id": "f", "accepted_by": "coordinator"}, "another", "now"),
        ({"referral_file_id": "f", "accepted_by": "coordinator"}, None, "now"),
    ],
)
def test_an_accepted_referral_is_mailed_unless_the_mail_about_its_file_says_it(
    changed: dict[str, Any], known_to: str | None, mail: str
) -> None:
    notice = notices.of_accepted(REFERRAL | changed, AT, known_to)
    assert (notice.code, notice.library_id, notice.mail) == ("referral-accepted", "l", mail)
    assert notice.facts["kinds"] == ["language-cafe", "digital-skills"]


def test_a_received_referral_is_no_news_until_somebody_must_decide() -> None:
    assert notices.of_received(REFERRAL, AT) is None


@pytest.mark.parametrize(("file", "mail"), [(None, "now"), ("f", "none")])
def test_a_referral_in_triage_is_mailed_unless_it_is_from_a_file(file: str | None, mail: str) -> None:
    notice = notices.of_received(REFERRAL | {"triage_reasons": ["contact-missing"], "referral_file_id": file}, AT)
    assert notice is not None
    assert (notice.code, notice.mail) == ("referral-for-triage", mail)
    assert notice.facts["contact_by"] == "2026-11-30"


def test_nobody_is_told_of_what_no_library_has() -> None:
    nowhere = REFERRAL | {"library_id": None, "triage_reasons": ["municipality-not-served"], "reason": "not-our-area"}
    assert notices.of_received(nowhere, AT) is None
    assert notices.of_rejected(nowhere) is None


def test_a_file_is_one_mail_for_each_library_that_got_something() -> None:
    shares = [
        {"library_id": "a", "accepted": 3, "triage": 0},
        {"library_id": "b", "accepted": 0, "triage": 0},
        {"library_id": "c", "accepted": 0, "triage": 2},
    ]
    found = notices.of_file({"referral_file_id": "f", "partner_id": "o", "libraries": shares}, AT)
    assert [(notice.library_id, notice.mail, notice.facts) for notice in found] == [
        ("a", "now", {"accepted": 3, "triage": 0, "contact_by": "2026-11-30"}),
        ("c", "now", {"accepted": 0, "triage": 2, "contact_by": "2026-11-30"}),
    ]


def test_a_held_place_says_until_when_to_speak_with_the_person() -> None:
    held = notices.of_place("place-held", PLACE, AT)
    assert held.facts["contact_by"] == "2026-11-30"
    assert "contact_by" not in notices.of_place("participant-enrolled", PLACE, AT).facts


def test_an_ended_place_says_why() -> None:
    assert notices.of_place("enrolment-ended", PLACE | {"reason": "job"}, AT).facts["reason"] == "job"


def test_needs_that_nothing_suits_wait_for_company() -> None:
    assert notices.of_unplaced(PLACE | {"reasons": ["times-differ"]}).mail == "gather"
    assert notices.of_waiting(PLACE | {"position": 3}).mail == "none"


@pytest.mark.parametrize(
    ("heard", "until"),
    [
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), date(2026, 11, 30)),  # a Monday
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 11, 27)),  # Saturday in Amsterdam already
        (datetime(2026, 12, 24, 9, 0, tzinfo=UTC), date(2027, 1, 4)),  # over Christmas and New Year
        (datetime(2026, 4, 24, 9, 0, tzinfo=UTC), date(2026, 5, 4)),  # King's Day is the Monday
    ],
)
def test_five_working_days_leave_weekends_and_holidays_out(heard: datetime, until: date) -> None:
    assert contact_by(heard) == until


def test_a_library_has_its_own_days_and_closing_weeks() -> None:
    closed = [(date(2026, 12, 21), date(2027, 1, 3))]
    terms = AllTerms({"l": Terms(2, closed)})
    assert terms.contact_by("l", datetime(2026, 12, 18, 9, tzinfo=UTC)) == "2027-01-05"
    assert terms.contact_by("another", datetime(2026, 12, 18, 9, tzinfo=UTC)) == "2026-12-28"
    assert notices.of_accepted(REFERRAL, AT, None, terms).facts["contact_by"] == "2026-11-25"


def test_only_what_asks_somebody_to_act_is_mailed_while_a_referral_is_worked_on() -> None:
    answered = casework.of_changed(REFERRAL | {"changes": ["answer"]}, AT, AllTerms())
    overdue = casework.of_overdue(REFERRAL | {"contact_by": date(2026, 11, 30)})
    there, here = casework.of_transfer(
        REFERRAL | {"from_library_id": "k", "reason": "moved", "triage_reasons": ["transferred"]}, AT, AllTerms()
    )
    mailed = [answered, overdue, there]
    assert [(one.code, one.library_id) for one in mailed if one and one.mail == "now"] == [
        ("referral-answered", "l"), ("referral-overdue", "l"), ("referral-for-triage", "l"),
    ]  # fmt: skip
    assert (here.code, here.library_id, here.mail) == ("referral-transferred", "k", "none")
    assert casework.of_changed(REFERRAL | {"changes": ["levels"]}, AT, AllTerms()) is None
    withdrawn = casework.of_withdrawal(REFERRAL | {"reason": "moved"})
    assert withdrawn is not None
    assert withdrawn.mail == "none"


def test_what_happens_while_no_library_has_it_is_nobodys_notice() -> None:
    nowhere = REFERRAL | {"library_id": None, "reason": "moved", "changes": ["answer"], "question": "other"}
    assert casework.of_withdrawal(nowhere) is None
    assert casework.of_changed(nowhere, AT, AllTerms()) is None
    assert casework.of_question(nowhere) is None
