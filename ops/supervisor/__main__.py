"""`python -m ops.supervisor VAR`: run the installation in this directory until SIGTERM or SIGINT.

Exit codes: 0 asked to stop, 1 a program cannot be started here, 75 another supervisor runs this directory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from chassis import logs
from infra.local.installation import Installation
from ops.supervisor.book import AlreadyRuns, Book
from ops.supervisor.plan import Plan
from ops.supervisor.program import Planned
from ops.supervisor.run import Supervisor, end_orphans

ALREADY_RUNS = 75


def main(arguments: list[str], plan: Callable[[Installation], Planned] = Plan) -> int:
    """Run until asked to stop; the exit code."""
    var = Path(arguments[0])
    logs.configure("info", "json", "supervisor")
    book = Book(var)
    try:
        book.take()
    except AlreadyRuns:
        structlog.get_logger().warning("another_supervisor_runs", directory=str(var))
        return ALREADY_RUNS
    end_orphans(book)
    installation = Installation(var)
    installation.prepare()
    supervisor = Supervisor(plan(installation), book, installation.logs / "supervisor.log")
    supervisor.install()
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
