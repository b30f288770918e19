"""What can go wrong for who uses the command, and the exit code that says so to a script.

Exit codes of every command: 0 all is well, 1 problems were found, 2 used in a wrong way, 3 nothing runs there or it
cannot be reached, 4 refused. A message is one sentence that says what to do.
"""

from __future__ import annotations

from typing import ClassVar, Final

OK: Final = 0
PROBLEMS: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
REFUSED: Final = 4

EXIT_CODES: Final = (
    "Exit codes: 0 all is well · 1 problems were found · 2 used in a wrong way · "
    "3 nothing runs there or it cannot be reached · 4 refused."
)


class Trouble(Exception):
    """The command cannot go on; the message is for its user."""

    code: ClassVar[int] = PROBLEMS


class Wrong(Trouble):
    """What was asked makes no sense."""

    code = USAGE


class Unreachable(Trouble):
    """Nothing runs there, or it does not answer."""

    code = UNREACHABLE


class Refused(Trouble):
    """It answers, and says no."""

    code = REFUSED
