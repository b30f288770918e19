"""The form for referring by hand says what the API says: however it is filled in, and with each error at a field."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.http import field_error
from contracts.codes import AVAILABILITY_SLOTS, GOALS
from services.intake import referring
from services.intake.domain.asked import CIVIC_ROUTES, CONSTRAINTS, TRAVEL_BY
from services.intake.domain.referral import Agreement
from services.intake.pages import referral_form

TODAY = date(2026, 11, 26)
AGREED = Agreement(("GM0150",), ("consent", "public-task"), ("guidance-to-activities",))
TEMPLATES = Path(referral_form.__file__).parent / "templates"
FIELDS = sorted(
    set(re.findall(r'labels\["([\w.]+)"\]', "".join(one.read_text() for one in TEMPLATES.glob("refer*.html"))))
    | {"confirmed"}
)
TYPED = {
    "participant.familyName": ["Qadirovane"],
    "participant.phone": ["06-00000123"],
    "participant.birthDate": ["17-05-1991"],
    "participant.interpreterNeeded": ["yes"],
    "participant.shieldedAddress": ["yes"],
    "participant.household.adults": ["2"],
    "participant.household.childrenAges": ["3, 7 en 12"],
    "participant.contactPerson.name": [""],
    "participant.contactPerson.relation": [""],
    "municipality": ["GM0150"],
    "postcode4": ["7411 ab"],
    "needs": ["speaking", "computer-digid"],
    "legalBasis": ["consent"],
    "informed.on": ["2026-11-20"],
    "informed.interpreter": ["no"],
    "travel.minutes": ["30"],
    "availability": ["mon-morning"],
    "anyway": ["incomplete"],
    "_csrf": ["x"],
}


def checked(typed: dict[str, list[str]]) -> tuple[Any, list[Any]]:
    said, wrong = referring.checked(referral_form.sent(typed), today=TODAY, agreed=AGREED)
    return said, referral_form.told(wrong, "nl")


def test_what_people_write_is_what_the_api_is_sent() -> None:
    assert referral_form.sent(TYPED) == {
        "participant": {
            "familyName": "Qadirovane", "phone": "06-00000123", "birthDate": "1991-05-17", "interpreterNeeded": True,
            "shieldedAddress": True, "household": {"adults": 2, "childrenAges": [3, 7, 12]},
        },
        "municipality": "GM0150",
        "postcode4": "7411",
        "needs": [{"goal": "speaking"}, {"goal": "computer-digid"}],
        "legalBasis": "consent",
        "informed": {"on": "2026-11-20", "interpreter": False},
        "travel": {"minutes": 30},
        "availability": ["mon-morning"],
    }  # fmt: skip
    said, errors = checked(TYPED)
    assert errors == []
    assert said["participant"]["birth_date"] == date(1991, 5, 17)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("participant.household.childrenAges", "drie", "ages-unreadable"),
        ("participant.household.childrenAges", "3, 18", "ages-unreadable"),
        ("participant.household.adults", "0", "number-unreadable"),
        ("travel.minutes", "een half uur", "number-unreadable"),
        ("postcode4", "Deventer", "postcode-unreadable"),
        ("informed.on", "27-11-2026", "date-in-future"),
        ("participant.birthDate", "ooit", "date-unreadable"),
        ("remarks", "Ze heeft PTSS.", "health"),
        ("reference", "V-nummer 1234567890", "v-number"),
        ("participant.contactPerson.relation", "parent", "required"),
    ],
)
def test_what_is_wrong_is_said_once_at_its_field(field: str, text: str, code: str) -> None:
    said, errors = checked(TYPED | {field: [text]})
    assert said is None
    at = field.replace("relation", "name")
    assert [(one["field"], one["code"]) for one in errors] == [(at, code)]


def test_what_is_asked_of_everyone_is_asked_for_and_nothing_else() -> None:
    def missing(**changed: list[str]) -> list[str]:
        typed = TYPED | {name.replace("__", "."): values for name, values in changed.items()}
        return referring.left_out(referral_form.sent(typed), today=TODAY)

    assert missing() == ["informed.language", "informed.how", "caseWorker.name"]
    whole = {"informed__language": ["Dari"], "informed__how": ["oral"], "caseWorker__name": ["Joris Velhuizen"]}
    assert missing(**whole) == []
    assert missing(**whole, legalBasis=[]) == ["legalBasis"]
    assert missing(**whole, features=["women-only"]) == ["explicitConsent.on"]
    assert missing(**whole, participant__birthDate=["1-1-2015"]) == ["participant.contactPerson.name"]
    # What cannot be read is said as such, and not asked for besides.
    assert "informed.on" not in missing(**whole, informed__on=["gisteren"])


def test_what_is_wrong_is_told_in_the_order_of_the_page() -> None:
    shown = re.findall(r'form, "([\w.]+)"', (TEMPLATES / "refer.html").read_text())
    shown += re.findall(r'form, "([\w.]+)"', (TEMPLATES / "refer-more.html").read_text())
    errors = [field_error("body", field, "") for field in ("", *sorted(FIELDS))]
    told = [error["field"] for error in referral_form.in_order(errors)]
    assert told[-1] == ""
    assert [shown.index(field) for field in told if field in shown] == sorted(
        shown.index(field) for field in told if field in shown
    )


_CODES = st.sampled_from(sorted({*GOALS, *AVAILABILITY_SLOTS, *CONSTRAINTS, *TRAVEL_BY, *CIVIC_ROUTES}))
_VALUES = st.one_of(
    st.text(max_size=40), _CODES, st.sampled_from(["yes", "no", "GM0150", "2026-11-20", "31-02-2026", "7", "-1", "²"])
)


@given(typed=st.dictionaries(st.sampled_from(FIELDS), st.lists(_VALUES, max_size=3)))
def test_whatever_is_typed_is_taken_or_each_error_has_a_field(typed: dict[str, list[str]]) -> None:
    said, errors = checked(typed)
    assert (said is None) == bool(errors)
    asked = referring.left_out(referral_form.sent(typed), today=TODAY)
    for field in (*(one["field"] for one in errors), *asked):
        assert field in FIELDS
    assert len({(one["field"], one["code"]) for one in errors}) == len(errors)
