"""What the commands ask the broker, the services and the supervisor about partitions."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pika
import pika.exceptions

from chassis.queue_standing import PartitionsError, Standing, connected, standing
from chassis.repartition import Change, Tell, Unfinished
from chassis.topology import TopologyError
from contracts.catalogue import SERVICES
from ops.target import Target
from ops.trouble import Trouble, Unreachable

_LOOK: Final = 0.3
_PROCESSES_S: Final = 180.0


@contextmanager
def _broker(target: Target) -> Iterator[pika.BlockingConnection]:
    """The broker, and its answers as trouble for the command's user."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # what is not there is an answer, and no warning
    try:
        with connected(target.amqp_uri) as connection:
            yield connection
    except (PartitionsError, TopologyError) as problem:
        raise Trouble(str(problem)) from problem
    except (pika.exceptions.AMQPError, OSError) as problem:
        away = f"The broker does not answer ({type(problem).__name__})."
        raise Unreachable(f"{away} A change that was begun goes on with the same command.") from problem


def found(target: Target, services: tuple[str, ...] = SERVICES) -> list[Standing]:
    """How the queues of these services stand. Raises Unreachable or Trouble."""
    with _broker(target) as connection:
        return [standing(connection, service) for service in services]


def change(target: Target, service: str, count: int, *, patience: float, tell: Tell) -> bool:
    """Change a service to so many partitions, with the processes for them here; whether anything had to be done.

    The new processes start beside the old ones, which work the old queues off. Raises Unreachable or Trouble.
    """
    with _broker(target) as connection:
        now = standing(connection, service)
        if now.count != count and not now.settled:
            raise Unfinished(now)
        if target.elsewhere is None:
            target.installation.keep_partition_counts(service, *dict.fromkeys([*now.before, now.count, count]))
        made = Change(
            connection, service, count, confirmed=lambda seconds: _confirmed(target, seconds), tell=tell
        ).make(patience)
    if target.elsewhere is None:
        target.installation.keep_partition_counts(service, count)
        tell("waiting for its processes", {})
        _wait_for_processes(target, service)
    return made


def _confirmed(target: Target, seconds: float) -> bool:
    """Whether every service's relay was confirmed all that was told more than so many seconds ago."""
    try:
        waiting = [target.operations(service).get("/delivery")["outbox"] for service in SERVICES]
    except Trouble:
        return False
    return all(not outbox["depth"] or outbox["oldestSeconds"] < seconds for outbox in waiting)


def _wait_for_processes(target: Target, service: str) -> None:
    wanted = {process.name for process in target.installation.processes(service)}
    until = time.monotonic() + _PROCESSES_S
    while time.monotonic() < until:
        facts = target.book.running()
        if facts is None:
            return  # it was stopped meanwhile; its next start has the right processes
        rows = [row for row in facts["processes"] if row["service"] == service and row["kind"] == "service"]
        if {row["name"] for row in rows} == wanted and all(row["state"] == "ready" for row in rows):
            return
        time.sleep(_LOOK)
    raise Trouble(f"The queues are as asked, but the processes of {service} are not all well: meedoen status")
