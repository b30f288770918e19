"""The whole platform keeps its promises while the partitions of its services change, the command being killed too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.processes import until
from ops import partitions
from ops.commands.audit import audited
from tests.support.platform import Platform, persist
from tests.support.referring import Referring

ROOT = Path(__file__).parents[2]
CHANGES = [("activities", 2), ("reporting", 4), ("activities", 4), ("notifications", 2), ("intake", 2),
           ("reporting", 1), ("activities", 1), ("notifications", 1), ("intake", 1)]  # fmt: skip
KILLED_AT = ("bound", "ended", "drained")


def _set(platform: Platform, service: str, count: int, **more: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "ops.main", "partitions", "set", service, str(count)], cwd=ROOT, check=False,
        env={**os.environ, "MEEDOEN_VAR": str(platform.var), **more},
    ).returncode  # fmt: skip


def _names(platform: Platform, service: str) -> set[str]:
    return {row["name"] for row in platform.rows().values() if row["service"] == service and row["kind"] == "service"}


def _placed(platform: Platform) -> dict[str, Any]:
    totals: dict[str, Any] = platform.target.operations("reporting").get("/totals")
    return totals


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_partitions_change_while_referrals_flow(platform: Platform) -> None:
    """Rule: nothing lost, nothing twice, nobody waits in vain; also when the command dies on the way."""
    before = _placed(platform)["referrals"]["received"]
    with Referring(platform) as referring:
        for number, (service, count) in enumerate(CHANGES):
            killed_at = KILLED_AT[number % len(KILLED_AT)]
            assert _set(platform, service, count, FAILPOINT=f"partitions-{killed_at}") == -9
            assert _set(platform, service, count) == 0
            (found,) = partitions.found(platform.target, (service,))
            assert (found.count, found.settled) == (count, True)
            assert len(_names(platform, service)) == count
            seen = len(referring.accepted)
            assert until(lambda goal=seen + 20: len(referring.accepted) > goal, 60)  # type: ignore[misc]
    report = persist(lambda: audited(platform.target, 180))
    assert report.findings == []
    assert report.totals["referrals"]["received"] == before + len(referring.accepted)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_each_process_of_a_service_is_seen_and_started_again(platform: Platform) -> None:
    assert _set(platform, "activities", 2) == 0
    try:
        rows = {name: platform.rows()[name] for name in ("activities.p2.0", "activities.p2.1")}
        for name, row in rows.items():
            ready = httpx.get(f"{row['url']}/health/ready", trust_env=False).json()
            assert set(ready["checks"]["inbox"]["queues"]) == {name}
            assert f'queue="{name}"' in httpx.get(f"{row['url']}/metrics", trust_env=False).text
        restarts = platform.kill("activities.p2.1")
        assert httpx.get(f"{platform.at.url('activities')}/v1/openapi.json", trust_env=False).is_success
        assert until(lambda: platform.is_back("activities.p2.1", restarts), 60)
    finally:
        assert _set(platform, "activities", 1) == 0
    assert _names(platform, "activities") == {"activities"}
