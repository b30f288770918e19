"""What is over is known for a time only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.activities.forgetting import forget_needs
from tests.integration.activities.test_following import group, need, states
from tests.support.town import Town, accepted, added, agreed, closed

YEAR = timedelta(days=365)


def needs(town: Town) -> list[str]:
    return [row["need_id"] for row in town.harness.rows("select need_id from activities.need order by need_id")]


def long_ago(town: Town, *which: str) -> None:
    """These were closed a year and a day ago."""
    aged = (
        "update activities.need set closed_at = now() - interval '366 days' where need_id = any(%s::uuid[]) returning 1"
    )
    assert len(town.harness.rows(aged, list(which))) == len(which)


def forget(town: Town, most: int = 500) -> bool:
    with town.harness.unit() as unit:
        return forget_needs(town.harness.service(unit).store, YEAR, most)


def test_what_was_closed_long_ago_goes_with_its_places_in_lots(town: Town) -> None:
    several = [need(number) for number in (1, 2, 3, 4)]
    town.schedule(group(places=3))
    town.deliver([accepted(one) for one in several], [agreed(several[0])], [closed(one) for one in several[:3]])
    long_ago(town, *(one.need_id for one in several[:2]))
    assert [forget(town, most=1), forget(town, most=1), forget(town, most=1)] == [True, True, False]
    assert needs(town) == [several[2].need_id, several[3].need_id]
    assert {row["need_id"] for row in town.harness.rows("select need_id from activities.enrolment")} <= set(needs(town))
    # The first to come after them finds the place that they left.
    town.deliver([accepted(need(5))])
    assert states(town)[-1] == "held"


def test_what_goes_on_is_kept_and_what_is_closed_beside_it(town: Town) -> None:
    one = need(1)
    other = replace(need(2), referral_id=one.referral_id, participant_id=one.participant_id)
    town.deliver([accepted(one)], [added(other)], [closed(one)])
    long_ago(town, one.need_id)
    assert not forget(town)
    assert len(needs(town)) == 2


def test_one_that_cannot_go_costs_no_other(town: Town) -> None:
    """A place that is still open holds its need: the database refuses to let it go."""
    one, other = need(1), need(2)
    town.schedule(group(places=2))
    town.deliver([accepted(one)], [accepted(other)], [closed(other)])
    town.harness.rows("update activities.need set state = 'closed' where need_id = %s returning 1", one.need_id)
    long_ago(town, one.need_id, other.need_id)
    assert not forget(town)
    assert needs(town) == [one.need_id]


def test_what_comes_back_is_not_closed(town: Town) -> None:
    """Rule: since when it is closed is known of what is closed, and of nothing else."""
    town.deliver([accepted(need(1))], [closed(need(1))])
    (row,) = town.harness.rows("select closed_at from activities.need")
    assert row["closed_at"]
    (row,) = town.harness.rows("update activities.need set state = 'waiting' returning closed_at")
    assert row["closed_at"] is None
