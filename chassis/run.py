"""`python -m chassis.run services.intake.service`: one service process.

Everything that blocks is made cooperative before anything else is imported, so this module imports little by itself.
The process ends by itself on SIGTERM or SIGINT: it takes no more, finishes what it has, and leaves with 0. It never
forks.
"""

from __future__ import annotations

import sys
from typing import Any

EX_CONFIG = 78
"""What sysexits.h calls a configuration error; supervisors do not restart for it."""


def main(arguments: list[str]) -> int:
    """Run the service in this module until a signal; the exit code."""
    from chassis import shims

    shims.patch()
    from chassis.loading import service_in
    from chassis.process import run
    from chassis.settings import SettingsError

    if len(arguments) != 1:
        return _say("usage: python -m chassis.run MODULE")
    try:
        return run(service_in(arguments[0]))
    except SettingsError as problem:
        return _say(*problem.problems)


def _say(*lines: Any) -> int:
    for line in lines:
        sys.stderr.write(f"{line}\n")
    return EX_CONFIG


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
