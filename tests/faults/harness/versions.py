"""With what a run was made, for its record."""

from __future__ import annotations

import platform
import tomllib

from infra.local.installation import ROOT
from tests.faults.harness.stage import Stage


def versions(stage: Stage) -> str:
    """Meedoen, Python, PostgreSQL and RabbitMQ of this platform."""
    postgres = stage.ask("intake", "show server_version")[0]["server_version"].split()[0]
    rabbitmq = stage.rabbitmq.ctl("version").strip()
    python = platform.python_version()
    meedoen = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return f"Meedoen {meedoen}, Python {python}, PostgreSQL {postgres}, RabbitMQ {rabbitmq}"
