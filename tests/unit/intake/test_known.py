"""Which of what an intake talk asks for is not known yet."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.domain.known import ASKED, said, unknown

WHOLE: dict[str, Any] = {
    "spoken_level": "A1", "literacy": "latin", "digital_skill": "basic", "learner_track": "nt2",
    "availability": ["mon-morning"], "postcode4": "7411", "travel": {"minutes": 20, "by": []},
    "features": ["childcare"], "explicit_consent": None, "contact_language": "Dari", "interpreter_needed": False,
    "contact_preference": "call", "household": {"adults": 1, "children_ages": []}, "civic_integration_duty": "yes",
    "civic_integration_route": ["pip"], "target_group": "other", "informed_language": "Dari", "informed_how": "oral",
    "informed_interpreter": False, "case_worker": {"name": "Joris"}, "shielded_address": None,
}  # fmt: skip


def test_nothing_is_asked_of_whom_all_is_known_and_no_is_an_answer() -> None:
    assert unknown(WHOLE) == []


def test_of_whom_nothing_is_known_everything_is_asked_but_consent_for_nothing() -> None:
    assert unknown({}) == [name for name in ASKED if name != "explicit_consent"]


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"spoken_level": "unknown"}, ["spoken_level"]),
        ({"travel": {"minutes": None, "by": []}}, ["travel"]),
        ({"availability": []}, ["availability"]),
        ({"features": ["women-only"]}, ["explicit_consent"]),
        ({"civic_integration_route": None}, ["civic_integration_route"]),
        ({"civic_integration_route": None, "civic_integration_duty": "exempt"}, []),
        ({"postcode4": None}, ["postcode4"]),
        ({"postcode4": None, "shielded_address": True}, []),
    ],
)
def test_what_is_empty_is_asked_where_it_matters(changed: dict[str, Any], asked: list[str]) -> None:
    assert unknown(WHOLE | changed) == asked


def test_a_fact_without_its_empty_parts() -> None:
    assert said({"minutes": None, "by": ["car"]}) == {"by": ["car"]}
    assert said({"adults": None, "children_ages": []}) is None
    assert said(False) is False
