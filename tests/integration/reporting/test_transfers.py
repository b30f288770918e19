"""Whoever is handed over to another library is counted there as it knows them, and no longer as the one before did.

Intake's own rules tell what happens; reporting hears it in any order and more than once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random, choices
from string import ascii_lowercase

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from chassis.migrations import migrate
from chassis.testing import Harness
from contracts.envelope import Event
from services.intake.casework import moving
from services.intake.service import IntakeService
from tests.integration.reporting.conftest import empty
from tests.integration.reporting.test_convergence import counts_hold
from tests.support.intake_desk import HERE, Desk
from tests.support.intake_process import Intake, referral
from tests.support.issuer import Issuer
from tests.support.orders import in_batches, interleave
from tests.support.servers import TestPostgres

Step = tuple[str, int, int]
"""`refer` (who, to which library) or `transfer` (which referral, to which library)."""
PEOPLE, LIBRARIES = 2, 3


@pytest.fixture(scope="module")
def intake(postgres: TestPostgres) -> Iterator[Harness]:
    url, staff = postgres.create(), Issuer("staff")
    migrate(url, "intake")
    with Harness(IntakeService, url, **Intake(url, staff).settings) as harness:
        yield harness
    staff.stop()
    postgres.drop(url.rpartition("/")[2].partition("?")[0])


@dataclass
class Played:
    """What intake told of it, and where each referral is and of whom."""

    told: list[Event] = field(default_factory=list)
    now: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Referral → library and person."""


def play(intake: Harness, steps: list[Step]) -> Played:
    """Do it by intake's own rules. People and libraries of one play are of no other."""
    before = len(intake.told())
    desk = Desk(intake)
    libraries = [desk.library_id, *(desk.library() for _ in range(LIBRARIES - 1))]
    run = "".join(choices(ascii_lowercase, k=12))
    played = Played()
    for what, which, place in steps:
        if what == "refer":
            name = f"Nergens{run}{ascii_lowercase[which]}"
            person = {"givenName": "Ayla", "familyName": name, "birthDate": "1990-01-01", "phone": "06-00000123"}
            # One library serves the municipality at a time: that is where the referral goes.
            _serve(desk, libraries[place])
            (made,) = desk.refer(referral(participant=person, municipality=HERE))
            assert made.referral["library_id"] == libraries[place]
            played.now[made.referral_id] = libraries[place], name
        elif played.now:
            referral_id = list(played.now)[which % len(played.now)]
            library_id, name = played.now[referral_id]
            if library_id != libraries[place]:
                desk.work(referral_id, moving.transfer, {"library_id": libraries[place], "reason": "moved"})
                played.now[referral_id] = libraries[place], name
    played.told = intake.told()[before:]
    return played


def _serve(desk: Desk, library_id: str) -> None:
    desk.harness.rows("delete from intake.served_area where municipality = %s returning 1", HERE)
    desk.harness.rows("insert into intake.served_area values (%s, %s, '{}') returning 1", library_id, HERE)


def persons(reporting: Harness) -> dict[str, int]:
    with reporting.unit() as unit:
        rows = reporting.service(unit).store.aggregates(by=("library",), limit=1000)
    return {str(row["library_id"]): int(row["persons"]) for row in rows}


def total(reporting: Harness) -> int:
    with reporting.unit() as unit:
        rows = reporting.service(unit).store.aggregates()
    return int(rows[0]["persons"]) if rows else 0


def expected(played: Played) -> dict[str, int]:
    """As distinct as one library can recognise people: by name and birth date, within its own referrals."""
    known: dict[str, set[str]] = {}
    for library_id, person in played.now.values():
        known.setdefault(library_id, set()).add(person)
    return {library_id: len(people) for library_id, people in known.items()}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("refer"), st.integers(0, PEOPLE - 1), st.integers(0, LIBRARIES - 1)),
        st.tuples(st.just("transfer"), st.integers(0, 9), st.integers(0, LIBRARIES - 1)),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, chance=st.randoms(use_true_random=False), keep_order=st.booleans())
def test_any_transfers_heard_in_any_order_are_counted_right_at_both_libraries(
    kept_reporting: Harness, intake: Harness, steps: list[Step], chance: Random, keep_order: bool
) -> None:
    empty(kept_reporting)
    played = play(intake, steps)
    for batch in in_batches(interleave(played.told, chance, keep_order=keep_order), chance):
        outcome = kept_reporting.deliver(batch)
        assert not outcome.deferred
        assert not outcome.parked
        if chance.random() < 0.3:
            kept_reporting.tick("count-again")
    kept_reporting.tick("count-again")
    note([event.type for event in played.told])
    assert persons(kept_reporting) == expected(played)
    # Recognition ends at the border of a library, so people of two libraries are two.
    assert total(kept_reporting) == sum(expected(played).values())
    assert counts_hold(kept_reporting)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([("refer", 0, 0), ("refer", 0, 0), ("transfer", 1, 1), ("refer", 0, 1)], id="second-leaves"),
        pytest.param([("refer", 0, 0), ("refer", 0, 0), ("transfer", 0, 1), ("refer", 0, 0)], id="first-leaves"),
        pytest.param([("refer", 0, 0), ("refer", 0, 0), ("transfer", 0, 1), ("transfer", 0, 0)], id="there-and-back"),
        pytest.param([("refer", 0, 0), ("refer", 0, 1), ("transfer", 0, 1)], id="known-at-the-other"),
    ],
)
def test_those_who_stay_and_those_who_came_are_each_counted_once(
    reporting: Harness, intake: Harness, steps: list[Step]
) -> None:
    played = play(intake, steps)
    reporting.deliver(played.told)
    reporting.tick("count-again")
    assert persons(reporting) == expected(played)
    assert total(reporting) == sum(expected(played).values())
