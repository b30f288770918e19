"""Goals, acceptance, routing, feedback: rules in library words."""

from __future__ import annotations

from datetime import date

import pytest

from contracts import codes
from services.intake.domain.acceptance import Completeness, triage_reasons
from services.intake.domain.feedback import (
    EVERYTHING,
    LEVELS,
    may_filter_by,
    shown_phase,
    shown_steps,
    shows_reasons,
    shows_reasons_of,
)
from services.intake.domain.goals import kind_for
from services.intake.domain.needs import Phase
from services.intake.domain.routing import Service, route
from services.intake.organisations import merged

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("level", codes.SPOKEN_LEVELS)
@pytest.mark.parametrize("goal", codes.GOALS)
def test_every_goal_has_a_kind(goal: str, level: str) -> None:
    assert kind_for(goal, level) in codes.KINDS


@pytest.mark.parametrize(
    ("level", "kind"),
    [("unknown", "language-buddy"), ("A0", "language-buddy"), ("A1", "language-cafe"), ("C1", "language-cafe")],
)
def test_who_speaks_hardly_any_dutch_gets_a_buddy(level: str, kind: str) -> None:
    assert kind_for("speaking", level) == kind


def test_what_is_complete_is_accepted_by_rule() -> None:
    assert triage_reasons(Completeness("GM0150", "library", "consent", TODAY)) == []


@pytest.mark.parametrize(
    ("referral", "reasons"),
    [
        (Completeness("GM0150", "library", None, TODAY), ["legal-basis-missing"]),
        (Completeness("GM0150", "library", "consent", None), ["person-not-informed"]),
        (Completeness("GM0150", None, "consent", TODAY), ["municipality-not-served"]),
        (Completeness(None, None, "consent", TODAY), ["municipality-unknown"]),
        (Completeness(None, "library", "consent", TODAY), ["municipality-unknown"]),
        (Completeness(None, None, None, None), ["legal-basis-missing", "person-not-informed", "municipality-unknown"]),
    ],
)
def test_what_is_missing_waits_for_a_person(referral: Completeness, reasons: list[str]) -> None:
    assert triage_reasons(referral) == reasons
    assert set(reasons) <= set(codes.TRIAGE_REASONS)


def serves(library: str, *kinds: str, municipality: str = "GM0150") -> Service:
    return Service(library, municipality, frozenset(kinds))


@pytest.mark.parametrize(
    ("table", "library"),
    [
        ([], None),
        ([serves("elsewhere", municipality="GM0193")], None),
        ([serves("only-youth", "youth-education")], None),
        ([serves("first"), serves("second")], "first"),
        ([serves("all"), serves("cafe", "language-cafe")], "all"),
        ([serves("all"), serves("both", "language-cafe", "digital-skills")], "both"),
        ([serves("cafe", "language-cafe"), serves("all")], "all"),
    ],
)
def test_a_referral_goes_where_most_of_its_kinds_are_taken(table: list[Service], library: str | None) -> None:
    assert route("GM0150", ["language-cafe", "digital-skills"], table) == library


def test_nobody_is_routed_without_a_municipality() -> None:
    assert route(None, ["language-cafe"], [serves("all")]) is None


def test_rows_about_one_municipality_become_one() -> None:
    said = [
        {"municipality": "GM0150", "kinds": ["language-cafe"]},
        {"municipality": "GM0193", "kinds": ["language-cafe"]},
        {"municipality": "GM0150", "kinds": ["digital-skills"]},
        {"municipality": "GM0193", "kinds": []},
    ]
    assert merged(said) == [
        {"municipality": "GM0150", "kinds": ["digital-skills", "language-cafe"]},
        {"municipality": "GM0193", "kinds": []},
    ]


@pytest.mark.parametrize(
    ("phase", "agreed", "shown"),
    [
        (Phase.HELD, {"placed", "ended"}, Phase.HELD),
        (Phase.HELD, {"ended"}, Phase.MATCHING),
        (Phase.COMPLETED, {"placed"}, Phase.SCHEDULED),
        (Phase.COMPLETED, set(), Phase.MATCHING),
        (Phase.COMPLETED, {"ended"}, Phase.COMPLETED),
        (Phase.REJECTED, set(), Phase.REJECTED),
        (Phase.REQUESTED, set(), Phase.REQUESTED),
    ],
)
def test_a_partner_sees_as_much_as_was_agreed(phase: Phase, agreed: set[str], shown: Phase) -> None:
    assert shown_phase(phase, agreed) is shown


def test_decisions_are_always_told_and_reasons_of_ending_only_when_agreed() -> None:
    assert {"received", "accepted", "rejected", "information-requested", "withdrawn"} <= shown_steps(set())
    assert not {"place-held", "enrolled", "ended", "contact-attempted", "intake-talk"} & shown_steps(set())
    assert "place-held" in shown_steps({"placed"})
    assert {"ended", "closed"} <= shown_steps({"ended"})
    assert shows_reasons_of("withdrawn", set())
    assert not shows_reasons_of("closed", {"placed", "ended"})
    assert shows_reasons(Phase.REJECTED, set())
    assert not shows_reasons(Phase.CANCELLED, {"placed", "ended"})
    assert shows_reasons(Phase.CANCELLED, {"reasons"})


def test_attendance_and_what_is_late_are_the_librarys_own() -> None:
    for phase in (Phase.ATTENDING, Phase.UNATTENDED, Phase.STARTED):
        assert shown_phase(phase, LEVELS) is Phase.STARTED
        assert shown_phase(phase, {"placed", "ended", "reasons"}) is Phase.SCHEDULED
        assert shown_phase(phase, {"started"}) is Phase.STARTED
        assert shown_phase(phase, set()) is Phase.MATCHING
    assert shown_phase(Phase.UNATTENDED, EVERYTHING) is Phase.UNATTENDED
    assert shown_steps(EVERYTHING) - shown_steps(LEVELS) == {"attending", "unattended", "overdue", "changed"}


def test_what_a_partner_did_itself_it_sees_whatever_was_agreed() -> None:
    assert shown_phase(Phase.WITHDRAWN, set()) is Phase.WITHDRAWN
    assert shown_phase(Phase.ENTERED_IN_ERROR, set()) is Phase.ENTERED_IN_ERROR
    assert shown_phase(Phase.PAUSED, set()) is Phase.PAUSED


def test_a_filter_tells_no_more_than_was_agreed() -> None:
    assert may_filter_by("completed", {"placed", "ended"})
    assert not may_filter_by("completed", {"placed"})
    assert may_filter_by("rejected", set())
