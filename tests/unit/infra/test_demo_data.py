"""The demo's tables hang together: every id that is used exists, every municipality is served, dates lie ahead."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.access import ROLES
from contracts.codes import AGE_BANDS, FEATURES, KINDS, LITERACY_LEVELS, SPOKEN_LEVELS
from contracts.municipalities import names
from infra.demo.data import Demo, demo_id, load
from services.activities.domain.series import Series, plan
from services.activities.schemas import NewActivity, NewProgramme
from services.intake.schemas.organisations import NewLibrary, NewPartner

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def demo() -> Demo:
    return load(TODAY)


def test_ids_are_the_same_on_any_day(demo: Demo) -> None:
    later = load(TODAY + timedelta(days=100))
    assert [each.activity_id for each in demo.activities] == [each.activity_id for each in later.activities]
    assert demo.libraries == later.libraries


def test_no_id_is_used_twice(demo: Demo) -> None:
    ids = [
        *(each.library_id for each in demo.libraries),
        *(each.partner_id for each in demo.partners),
        *(each.programme_id for each in demo.programmes),
        *(each.activity_id for each in demo.activities),
    ]
    assert len(ids) == len(set(ids))


def test_every_municipality_is_served_and_one_by_two_libraries(demo: Demo) -> None:
    serving: dict[str, list[str]] = {}
    for library in demo.libraries:
        for code in library.municipalities:
            serving.setdefault(code, []).append(library.name)
    assert set(serving) == set(names())
    assert [libraries for libraries in serving.values() if len(libraries) > 1] == [
        ["Bibliotheek Zwolle", "Taalhuis Zwolle"]
    ]


def test_activities_are_in_the_coming_weeks_of_programmes_that_exist(demo: Demo) -> None:
    programmes = {each.programme_id: each for each in demo.programmes}
    served = {library.library_id: library.municipalities for library in demo.libraries}
    for activity in demo.activities:
        assert TODAY < activity.start_date <= TODAY + timedelta(days=30), activity.title
        assert activity.municipality in served[programmes[activity.programme_id].library_id], activity.title
    assert {each.kind for each in demo.programmes} == set(KINDS)


def test_only_known_codes_are_used(demo: Demo) -> None:
    for activity in demo.activities:
        assert set(activity.features) <= set(FEATURES), activity.title
        assert set(activity.literacy) <= set(LITERACY_LEVELS), activity.title
        assert set(activity.age_bands) <= set(AGE_BANDS), activity.title
        assert {activity.lowest_level, activity.highest_level} - {None} <= set(SPOKEN_LEVELS), activity.title
        assert 1 <= activity.capacity <= 1000, activity.title


def test_partners_send_the_files_that_are_there(demo: Demo) -> None:
    examples = Path(__file__).parents[3] / "examples"
    files = {partner.file for partner in demo.partners if partner.file}
    assert files == {path.name for path in examples.iterdir() if path.suffix in (".csv", ".xlsx")}


def test_every_library_has_a_coordinator_and_every_role_exists(demo: Demo) -> None:
    coordinated = {library_id for user in demo.staff if user.role == "coordinator" for library_id in user.library_ids}
    assert coordinated == {library.library_id for library in demo.libraries}
    assert {user.role for user in demo.staff} == set(ROLES) - {"partner"}


def test_claims_carry_the_ids_of_libraries_and_partner(demo: Demo) -> None:
    users = {user.username: user.claims() for user in demo.staff}
    assert users["balie-zwolle"]["libraries"] == [demo_id("library", "Bibliotheek Zwolle")]
    assert users["balie-zwolle"]["municipalities"] == ["GM0193"]
    assert users["verwijzer"]["org"] == demo_id("partner", "VluchtelingenWerk Deventer")


def test_services_would_take_every_payload(demo: Demo) -> None:
    """Loaded by the schemas of the requests that they are sent in; dates by the planner of series."""
    sent = [
        (NewLibrary(), demo.libraries),
        (NewPartner(), demo.partners),
        (NewProgramme(), demo.programmes),
        (NewActivity(), demo.activities),
    ]
    problems = {each: found for schema, rows in sent for each in rows if (found := schema.validate(each.payload()))}
    assert problems == {}
    for activity in demo.activities:
        assert plan(Series(**NewActivity().load(activity.payload())["series"])), activity.title
