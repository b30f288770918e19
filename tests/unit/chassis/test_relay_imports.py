"""The relay is plain: eventlet under it would make a broker's alarm hang it for ever (ADR 0003)."""

from __future__ import annotations

import subprocess
import sys


def test_the_relay_imports_neither_nameko_nor_eventlet() -> None:
    program = "import sys, chassis.relay.__main__; print({'nameko', 'eventlet', 'kombu'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
