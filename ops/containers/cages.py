"""What no container may do: be root, write to its image, hold a capability, reach where it needs not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ops.containers import engine
from ops.trouble import Trouble

_TRIES_TO_WRITE: Final = "for where in / /etc /usr/bin /app; do [ ! -d $where ] || touch $where/proof; done 2>&1; true"
_SHOWS_PROCESSES: Final = "cat /proc/[0-9]*/status 2>/dev/null; true"
_HANDS_OVER: Final = {"postgres": "runuser"}
"""Where PID 1 stays root and only waits: what starts PostgreSQL in images that are Debian's package."""
_INSIDE: Final = {"postgres": 5432, "rabbitmq": 5672}
_REACHED: Final = (("gateway", {"intake": 8000}), ("intake", _INSIDE), ("intake-relay", _INSIDE))
_UNREACHED: Final = (("gateway", _INSIDE), ("intake-relay", {"gateway": 8080}), ("postgres", {"gateway": 8080}))
"""A container, and others with their ports; the first shows that the attempt works where it should."""


class Loose(Trouble):
    """A container may do more than its work needs; the message says what."""


def of(containers: Mapping[str, str]) -> None:
    """Every container, by service: root nowhere, no capability, nothing to write to but its volume. Raises Loose."""
    for service, container in containers.items():
        for wrong in _wrong_with(container, _HANDS_OVER.get(service)):
            raise Loose(f"The container of {service} {wrong}.")


def _wrong_with(container: str, hands_over: str | None) -> Iterator[str]:
    for process in family(engine.inside(container, _SHOWS_PROCESSES)):
        name = process["Name"]
        if process["Pid"] == "1" and name == hands_over:
            continue
        if "0" in process["Uid"].split() + process["Gid"].split():
            yield f"runs {name} as root"
        if any(int(process[held], 16) for held in ("CapPrm", "CapEff", "CapAmb")):
            yield f"lets {name} hold capabilities ({process['CapEff']})"
        if process["NoNewPrivs"] != "1":
            yield f"lets {name} gain rights by what it runs"
    said = engine.inside(container, _TRIES_TO_WRITE).splitlines()
    if not said or not all("Read-only file system" in line for line in said):
        yield f"can write to its image: {said or 'nothing was refused'}"


def family(statuses: str) -> list[dict[str, str]]:
    """PID 1 and all that it started, of /proc/*/status in a container (proc(5)), not who looks: that came by exec."""
    rows = ["Name:" + text for text in statuses.split("Name:")[1:]]
    found = [dict(line.partition(":\t")[::2] for line in row.splitlines()) for row in rows]
    pids, parents = {"1"}, {one["Pid"]: one["PPid"] for one in found}
    while more := {pid for pid, parent in parents.items() if parent in pids and pid not in pids}:
        pids |= more
    return [one for one in found if one["Pid"] in pids]


def between_networks(containers: Mapping[str, str]) -> None:
    """The gateway reaches no database and no broker; what is inside does not reach out. Raises Loose."""
    for expected, pairs in ((True, _REACHED), (False, _UNREACHED)):
        for service, others in pairs:
            for other, port in others.items():
                if _reaches(containers[service], containers[other], port) != expected:
                    raise Loose(f"{service} {'cannot' if expected else 'can'} reach {other} at {port}.")


def _reaches(container: str, other: str, port: int) -> bool:
    """At any of its addresses: a name that cannot be found is no wall."""
    return any(engine.reaches(container, address, port) for address in engine.addresses(other))
