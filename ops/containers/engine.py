"""The container engine as this check uses it: `docker` and `docker compose`, by their commands."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from infra.local.installation import ROOT
from ops.trouble import Trouble, Unreachable

_PATIENCE: Final = 1800.0
"""Seconds that one command may take; building for the first time is the longest."""
_TRIES: Final = 5
_LAST_WORDS: Final = 2000


class EngineFailed(Trouble):
    """The engine did not do what it was told; the message holds its last words."""


def versions() -> str:
    """Those of the engine and of compose. Raises Unreachable with one clear message when either is not here."""
    engine = _answer(["docker", "info", "--format", "{{.ServerVersion}}"], "No container engine answers here")
    compose = _answer(["docker", "compose", "version", "--short"], "The engine has no `docker compose`")
    return f"engine {engine}, compose {compose}"


def _answer(words: list[str], otherwise: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    except (FileNotFoundError, subprocess.TimeoutExpired) as problem:
        raise Unreachable(_needed(otherwise)) from problem
    # Without an engine some versions of the command still exit with 0, and say nothing.
    if done.returncode or not done.stdout.strip():
        raise Unreachable(_needed(otherwise))
    return done.stdout.strip()


def _needed(missing: str) -> str:
    return f"{missing}. This needs Docker 20.10 or newer with compose 2.21 or newer, started, and the right to use it."


class Project:
    """One compose project of this copy, under a name of its own, with the settings in `env_file`."""

    def __init__(self, name: str, env_file: Path) -> None:
        self.name = name
        self._words = ["docker", "compose", "--project-name", name, "--env-file", str(env_file)]

    def compose(
        self, *words: str, environment: Mapping[str, str] | None = None, source: Path | None = None,
        target: Path | None = None,
    ) -> str:  # fmt: skip
        """Run `docker compose …`; what it printed on stdout, unless that goes to a file. Raises EngineFailed.

        `source` and `target` are files for its stdin and stdout.
        """
        with ExitStack() as files:
            given = files.enter_context(source.open("rb")) if source else subprocess.DEVNULL
            takes = files.enter_context(target.open("wb")) if target else subprocess.PIPE
            return _run([*self._words, *words], environment, given, takes)

    def containers(self) -> dict[str, str]:
        """The id of each service's container, running or not."""
        rows = self.compose("ps", "--all", "--format", "{{.Service}} {{.ID}}").splitlines()
        return {service: identity for service, _, identity in (row.partition(" ") for row in rows)}

    def down(self) -> None:
        """Stop and remove all of it: containers, networks, volumes.

        A command that was cut off may have left its own container, which would hold on to the networks.
        """
        ours = ["--filter", f"label=com.docker.compose.project={self.name}"]
        passing = _run(["docker", "ps", "--all", "--quiet", *ours, "--filter", "label=com.docker.compose.oneoff=True"])
        if passing:
            _run(["docker", "rm", "--force", "--volumes", *passing.split()])
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "10")


def restart(container: str) -> None:
    """Stop it in order and start it again."""
    _run(["docker", "restart", container])


def kill(container: str) -> None:
    """kill -9 it; it stays away until it is started."""
    _run(["docker", "kill", container])


def start(container: str) -> None:
    """Start it again."""
    _run(["docker", "start", container])


def move(container: str) -> None:
    """Stop it in order and start it again at another address, as happens where several are started together."""
    (facts,) = json.loads(_run(["docker", "inspect", container]))
    before, holders = addresses(container), []
    try:
        # Whoever is started next gets the address that became free, or the one after the last that was given.
        for _ in range(_TRIES):
            _run(["docker", "stop", container])
            holders += [_hold_on_to(network, facts["Image"]) for network in facts["NetworkSettings"]["Networks"]]
            start(container)
            if not set(addresses(container)).intersection(before):
                return
        raise EngineFailed(f"{container} came back at {', '.join(before)} {_TRIES} times.")
    finally:
        _run(["docker", "rm", "--force", "--volumes", *holders])


def _hold_on_to(network: str, image: str) -> str:
    """Take the address that became free in this network; the id of who has it now."""
    words = ["docker", "run", "--detach", "--rm", "--network", network, "--entrypoint", "sleep", image, "600"]
    return _run(words).strip()


def is_well(container: str) -> bool:
    """Does it run, and does its health check say that it is well?"""
    (facts,) = json.loads(_run(["docker", "inspect", container]))
    state = facts["State"]
    return bool(state["Running"] and state.get("Health", {}).get("Status") == "healthy")


def inside(container: str, script: str) -> str:
    """What a shell script prints inside, as the container's own user. Raises EngineFailed when it fails."""
    return _run(["docker", "exec", container, "sh", "-c", script])


def reaches(container: str, address: str, port: int) -> bool:
    """Can a connection be made from inside to this address?"""
    attempt = f"timeout 5 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo yes || echo no"
    return inside(container, attempt).strip() == "yes"


def addresses(container: str) -> list[str]:
    """Its addresses, one in each of its networks."""
    (facts,) = json.loads(_run(["docker", "inspect", container]))
    return [network["IPAddress"] for network in facts["NetworkSettings"]["Networks"].values()]


def remove_volumes(*names: str) -> None:
    """With all that is in them."""
    _run(["docker", "volume", "rm", *names])


def _run(
    words: list[str], environment: Mapping[str, str] | None = None,
    given: IO[bytes] | int = subprocess.DEVNULL, takes: IO[bytes] | int = subprocess.PIPE,
) -> str:  # fmt: skip
    try:
        done = subprocess.run(
            words, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=given, stdout=takes,
            stderr=subprocess.PIPE, text=True, check=False, timeout=_PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired as problem:
        raise EngineFailed(f"{' '.join(words[:6])} … did not end within {_PATIENCE:.0f} s") from problem
    if done.returncode:
        said = (done.stderr or done.stdout or "").strip()[-_LAST_WORDS:]
        raise EngineFailed(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout or ""
