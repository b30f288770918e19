"""An installation as a whole: copied while it works, taken down, and made again from that copy.

The commands are those of docs/howto/run-in-containers.md.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.catalogue import SERVICES
from ops.containers import engine
from ops.containers.engine import Project

_DATA: Final = "/var/lib/postgresql/data"
_BACKUP: Final = ("pg_basebackup", "-U", "postgres", "-D", "-", "-Ft", "-X", "fetch", "-z", "--checkpoint=fast")
_TOLD_AGAIN: Final = """
for service in {services}; do meedoen replay --from "$service" --since {since} || [ "$?" = 1 ]; done
"""
"""Exit code 1 of a replay: that service told nothing since."""


def copy(project: Project, to: Path) -> None:
    """All databases as they are at one moment, into one file."""
    project.compose("exec", "--no-TTY", "postgres", *_BACKUP, target=to)


def make_again(project: Project, copied: Path) -> None:
    """Take it down, with what the servers hold, put the copy in the place of the databases, and start."""
    project.compose("down")
    engine.remove_volumes(f"{project.name}_postgres", f"{project.name}_rabbitmq")
    into = ("--entrypoint", "tar", "postgres", "-xzf", "-", "-C", _DATA)
    project.compose("run", "--rm", "--no-deps", "--no-TTY", *into, source=copied)
    project.compose("up", "--detach")


def tell_again(project: Project, token: str, since: datetime) -> None:
    """Every service tells again what it told since then: what was on its way when the copy was made is in no queue."""
    script = _TOLD_AGAIN.format(services=" ".join(SERVICES), since=since.isoformat())
    inside = ("run", "--rm", "--no-TTY", "--entrypoint", "sh", "meedoen", "-ec", script)
    project.compose(*inside, environment={"MEEDOEN_TOKEN": token})
