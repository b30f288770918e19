"""The examinations of `meedoen doctor`: each says what it looked at, what it found, and what to do about it."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from chassis.queue_standing import Standing
from contracts.catalogue import SERVICES
from infra.local import needs
from infra.local.installation import ROOT
from ops import partitions, strays
from ops.supervisor.logs import last_lines
from ops.target import Target
from ops.trouble import Trouble

_ROOM: Final = 1 << 30
_LATE: Final = 60.0
"""Seconds that an event may wait to be told before something is wrong."""


@dataclass(frozen=True)
class Finding:
    """One examination. `do` is empty when nothing has to be done."""

    what: str
    ok: bool
    found: str
    do: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examined(target: Target) -> Iterator[Finding]:
    """All examinations that make sense for this target, one after the other."""
    if target.elsewhere is None:
        yield from _this_copy(target)
        if target.book.running() is None:
            yield Finding("running", False, "nothing runs here", "Start it: make up")
            return
        yield from _processes(target)
    for service in SERVICES:
        yield _service(target, service)
    yield from _broker(target)


def _this_copy(target: Target) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version, "" if sys.version_info >= (3, 11) else "Install 3.11")
    yield _libraries()
    missing = needs.missing("run", os.environ)
    yield Finding(
        "programs", not missing, "all there" if not missing else ", ".join(need.name for need in missing),
        needs.explain(missing) if missing else "",
    )  # fmt: skip
    if target.var.exists():
        yield from _var(target.var)


def _libraries() -> Finding:
    stale = []
    for lock in ("run", "local"):
        file, stamp = ROOT / "requirements" / f"{lock}.txt", Path(sys.prefix) / "installed" / f"{lock}.txt"
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != digest:
            stale.append(file.name)
    found = "as locked" if not stale else f"not as {', '.join(stale)} says"
    return Finding(
        "libraries", not stale, found, "" if not stale else "Any make target installs them, such as: make up"
    )


def _var(var: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(var).free
    room = f"{free / (1 << 30):.1f} GB free"
    yield Finding("disk", free > _ROOM, room, "" if free > _ROOM else f"Make room on the disk of {var}; 1 GB at least")
    secrets = var / "installation.json"
    if secrets.exists():
        mode = stat.S_IMODE(secrets.stat().st_mode)
        ok = mode == 0o600
        yield Finding("secrets", ok, f"{secrets} has mode {mode:o}", "" if ok else f"chmod 600 {secrets}")


def _processes(target: Target) -> Iterator[Finding]:
    for row in target.book.read()["processes"]:
        well = row["state"] == "ready"
        found = row["state"]
        if not well and row["lastExit"] is not None:
            found += f", exit code {row['lastExit']}"
        if row["restarts"]:
            found += f", {row['restarts']} restarts"
        ends = " / ".join(last_lines(Path(row["log"]), 2))
        if row["state"] == "waiting":
            do = "It is started once those before it in this list are ready"
        elif ends:
            do = f"Its log {row['log']} ends: {ends}"
        else:
            do = f"Its log {row['log']} is empty; look again in a minute"
        yield Finding(f"process {row['name']}", well, found, "" if well else do)


def _service(target: Target, service: str) -> Finding:
    name = f"service {service}"
    try:
        deliveries = [target.operations(service, url).get("/delivery") for url in _processes_of(target, service)]
    except Trouble as problem:
        return Finding(name, False, str(problem), f"See {_log(target, service)}, and: meedoen status")
    delivery, *_ = deliveries
    outbox = delivery["outbox"]
    if delivery["parked"]:
        behind = delivery["behindParked"]
        return Finding(name, False, f"{delivery['parked']} parked, {behind} behind", "Decide: meedoen parked list")
    if not delivery["relayActive"]:
        return Finding(name, False, "no relay is at work", f"See {_log(target, f'{service}-relay')}")
    if outbox["oldestSeconds"] > _LATE:
        waits = f"{outbox['depth']} events wait for {outbox['oldestSeconds']:.0f} s"
        return Finding(name, False, waits, f"Does the broker answer? See {_log(target, f'{service}-relay')}")
    if delivery["deferred"]:
        again = f"{delivery['deferred']} events are tried again"
        return Finding(name, False, again, f"See {_log(target, service)} for why")
    idle = [f"{queue['name']} {queue['state']}" for one in deliveries for queue in one["queues"] if not queue["active"]]
    return Finding(name, True, "; ".join(["well", *idle]))


def _log(target: Target, process: str) -> str:
    """Where a process of this installation says what it does."""
    if target.elsewhere:
        return f"the log of {process} there (in containers: docker compose logs {process})"
    return str(target.var / "log" / f"{process}.log")


def _processes_of(target: Target, service: str) -> list[str]:
    """Where each process of a service is; elsewhere, where one of them answers."""
    if target.elsewhere:
        return [target.url(service)]
    rows = target.book.read()["processes"]
    return [row["url"] for row in rows if row["kind"] == "service" and row["service"] == service]


def _partitions(one: Standing) -> Finding:
    name = f"partitions of {one.service}"
    if not one.settled:
        go_on = f"Go on: meedoen partitions set {one.service} {one.count}"
        return Finding(name, False, f"a change to {one.count} was begun and not ended", go_on)
    alone = [queue.name for queue in one.queues if not queue.consumers]
    if alone:
        numbers = ",".join(queue.rpartition(".")[2] for queue in alone)
        do = f"Is a process of {one.service} up with PARTITION_COUNT={one.count} and PARTITIONS={numbers}?"
        return Finding(name, False, f"nobody consumes {', '.join(alone)}", do)
    return Finding(name, True, f"{one.count}, each consumed")


def _broker(target: Target) -> Iterator[Finding]:
    try:
        uri = target.amqp_uri
    except Trouble:
        return
    for queue in strays.QUEUES:
        try:
            count = sum(1 for _ in strays.listed(uri, queue))
        except Trouble as problem:
            yield Finding("broker", False, str(problem), f"See {_log(target, 'rabbitmq')}")
            return
        do = "" if not count else f"See what they are: meedoen parked list --service {queue}"
        yield Finding(f"queue {queue}", not count, f"{count} messages", do)
    try:
        yield from map(_partitions, partitions.found(target))
    except Trouble as problem:
        yield Finding("partitions", False, str(problem), "Is each relay up? meedoen status")
