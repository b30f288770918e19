"""A service as a real process, its log lines kept as they come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]


class ServiceProcess:
    """`python -m chassis.run MODULE` with these settings; nothing else of our environment that could steer it."""

    def __init__(self, module: str, settings: Mapping[str, str], *, runner: str = "chassis.run") -> None:
        self._command = [sys.executable, "-m", runner, module]
        self._settings = dict(settings)
        self._process: subprocess.Popen[str] | None = None
        self.lines: list[dict[str, Any]] = []
        self.text: list[str] = []
        self.address = ""

    @property
    def settings(self) -> dict[str, str]:
        """What it is told by its environment, but for what :meth:`start` adds."""
        return dict(self._settings)

    def start(self, **more: str) -> ServiceProcess:
        """Start and wait until it listens. Raises AssertionError with its output when it does not."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        seen = len(self.lines)
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=kept | {"PYTHONUNBUFFERED": "1"} | self._settings | more,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=[self._process], daemon=True)
        self._reader.start()
        began = self.wait_for_line("service_started", since=seen, seconds=60)
        self.address = f"http://{began['address']}"
        return self

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                self.text.append(line)
                if line.startswith("{"):
                    self.lines.append(json.loads(line))

    def wait_for_line(self, event: str, *, since: int = 0, seconds: float = 20.0, **facts: Any) -> dict[str, Any]:
        """The first log line of this event with these facts; waits for it."""

        def found() -> dict[str, Any] | None:
            for line in self.lines[since:]:
                if line.get("event") == event and facts.items() <= line.items():
                    return line
            return None

        return self.wait_until(found, f"log line {event} {facts}", seconds)

    def wait_until(self, ask: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
        """What `ask` returns once that is something. Raises AssertionError with the process' output."""
        until = time.monotonic() + seconds
        while not (found := ask()):
            ended = self._process is not None and self._process.poll() is not None and what.startswith("log line")
            overdue = time.monotonic() > until or ended
            said = "".join(self.text[-60:]) if overdue else ""
            assert not overdue, f"no {what}:\n{said}"
            time.sleep(0.02)
        return found

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "not started"
        return self._process

    def client(self, **options: Any) -> httpx.Client:
        """An HTTP client at its address, that heeds no proxy of ours. The caller closes it."""
        return httpx.Client(base_url=self.address, timeout=20, trust_env=False, **options)

    def get(self, path: str, headers: Any = None) -> httpx.Response:
        """One GET on a connection of its own."""
        with self.client() as client:
            return client.get(path, headers=headers)

    def running(self) -> int:
        """How many requests it is handling, this one apart."""
        (line,) = [
            text for text in self.get("/metrics").text.splitlines() if text.startswith("meedoen_http_requests_running ")
        ]
        return int(float(line.split()[1])) - 1

    def stop(self, seconds: float = 40.0) -> int:
        """SIGTERM, and its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._ended(seconds)

    def _ended(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code

    def wait(self, seconds: float = 40.0) -> int:
        """Its exit code, when it ends by itself."""
        return self._ended(seconds)

    def kill(self) -> None:
        """SIGKILL; it may be dead already."""
        if self._process is not None:
            self._process.kill()
            self._ended(10)
