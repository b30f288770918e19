"""What a private server remembers between starts: one small JSON file that only its owner can read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from infra.local.processes import Process


class ServerFailed(Exception):
    """A private server did not do what it was told; the message says what and where its log is."""


class State:
    """The file `server.json` in a server's directory: its ports, its password, its process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.values: dict[str, Any] = json.loads(path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            self.values = {}

    def save(self, **values: Any) -> None:
        """Keep these values, whole or not at all."""
        self.values |= values
        draft = self.path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.values, file, indent=2)
        draft.replace(self.path)

    @property
    def process(self) -> Process | None:
        """The process as it was recorded, if it lives still."""
        recorded = self.values.get("process")
        process = Process(*recorded) if recorded else None
        return process if process and process.alive else None

    @process.setter
    def process(self, process: Process | None) -> None:
        self.save(process=[process.pid, process.born] if process else None)
