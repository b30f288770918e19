"""The supervisor's plan follows the number of partitions that an installation's file says."""

from __future__ import annotations

from pathlib import Path

from contracts.catalogue import SERVICES
from infra.local.installation import Installation
from ops.supervisor.plan import Plan

NAMED = {"DATABASE_URL": "postgresql://u@h/d", "AMQP_URI": "amqp://h/v"}


def test_a_change_of_partitions_changes_the_plan_once(tmp_path: Path) -> None:
    at = Installation(tmp_path, NAMED)
    at.prepare()
    plan = Plan(at)
    before = {program.name for program in plan.programs()}
    assert set(SERVICES) < before
    assert not plan.changed()
    Installation(tmp_path, NAMED).keep_partition_counts("activities", 2)
    assert plan.changed()
    assert not plan.changed()
    programs = {program.name: program for program in plan.programs()}
    assert before - set(programs) == {"activities"}
    assert {name: programs[name].service for name in programs.keys() - before} == {
        "activities.p2.0": "activities",
        "activities.p2.1": "activities",
    }
    assert programs["activities.p2.0"].url != programs["activities.p2.1"].url
