"""With what a run was made, for its record."""

from __future__ import annotations

import platform
import tomllib
from datetime import UTC, datetime

from infra.local.installation import ROOT
from tests.faults.harness.rounds import Pace
from tests.faults.harness.stage import Stage


def setting(stage: Stage, pace: Pace) -> str:
    """The day, the load, and the versions of Meedoen, Python, PostgreSQL and RabbitMQ."""
    meedoen = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    postgres = stage.ask("intake", "show server_version")[0]["server_version"].split()[0]
    rabbitmq = stage.rabbitmq.ctl("version").strip()
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {pace.rate:.0f} referrals a second, Meedoen {meedoen}, "
        f"Python {platform.python_version()}, PostgreSQL {postgres}, RabbitMQ {rabbitmq}"
    )
