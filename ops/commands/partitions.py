"""`meedoen partitions`: how many partitions the queues of a service have."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chassis.queue_standing import Queue, Standing
from chassis.queues import COUNTS
from contracts.catalogue import SERVICES
from ops import partitions
from ops.commands.shared import ending
from ops.console import AsJson, err, out, say_json, table
from ops.target import Target, known_service
from ops.trouble import Wrong

app = typer.Typer(
    no_args_is_help=True, help="See and change how many partitions the queues of a service have.",
    rich_markup_mode="rich",
)  # fmt: skip
_COUNTS = ", ".join(map(str, COUNTS))


@app.command(epilog=ending("meedoen partitions show", "meedoen partitions show activities --json"))
def show(
    service: Annotated[str | None, typer.Argument(help="Only this service.")] = None, as_json: AsJson = False
) -> None:
    """Show each service's queues: how many, whether they may be consumed and by how many, and what waits in them."""
    services = SERVICES if service is None else (known_service(service),)
    found = partitions.found(Target(), tuple(services))
    if as_json:
        say_json([_as_json(one) for one in found])
        return
    columns = ("service", "partitions", "queue", "open", "consumers", "waiting")
    rows = [(one.service, _says(one), queue.name, queue.open, queue.consumers, queue.messages)
            for one in found for queue in one.queues if queue.there]  # fmt: skip
    table(None, columns, rows, numbers=[4, 5])
    for one in found:
        if not one.settled:
            out.print(
                f"A change of {one.service} was begun and not ended. Go on:"
                f"  meedoen partitions set {one.service} {one.count}"
            )


@app.command(
    "set", epilog=ending("meedoen partitions set activities 2", "meedoen partitions set reporting 1 --wait 600")
)
def set_(
    service: Annotated[str, typer.Argument(help="The service.")],
    count: Annotated[int, typer.Argument(help=f"How many partitions: {_COUNTS}.")],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the old queues to be worked off.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Change how many partitions the queues of a service have, under load, without loss or disorder.

    New queues are bound beside the old ones, the old ones are worked off, and then the new ones are opened. A local
    installation gets a process for each partition; elsewhere you start those yourself. When it is ended or killed
    before it is done, nothing is lost: give the same command again. Exit code 1 when it is not done.
    """
    known_service(service)
    if count not in COUNTS:
        raise Wrong(f"{count} partitions cannot share 16 slots out evenly; say one of {_COUNTS}.")
    target = Target()
    made = partitions.change(target, service, count, patience=wait, tell=_Teller(quiet=as_json))
    if as_json:
        say_json({"service": service, "partitions": count, "changed": made})
        return
    if made:
        out.print(f"{service} has {count} {'partition' if count == 1 else 'partitions'} now.")
    else:
        out.print(f"{service} has {count} {'partition' if count == 1 else 'partitions'} already.")
    if target.elsewhere:
        out.print(
            f"Its processes need PARTITION_COUNT={count}, and each number from 0 to {count - 1} in the PARTITIONS of"
            " one of them; stop those with another number."
        )


class _Teller:
    """Says what is being done, each thing once, and how much is left now and then."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._said = ""

    def __call__(self, what: str, left: dict[str, int]) -> None:
        waiting = sum(left.values())
        said = f"{what}, {len(str(waiting))}" if left else what
        if self._quiet or said == self._said:
            return
        self._said = said
        err.print(f"{what}: {waiting} messages" if left else what)


def _says(one: Standing) -> str:
    return str(one.count) if one.settled else f"{'+'.join(map(str, one.before)) or '?'} → {one.count}"


def _as_json(one: Standing) -> dict[str, Any]:
    return {
        "service": one.service,
        "partitions": one.count,
        "changingFrom": list(one.before),
        "settled": one.settled,
        "queues": [_queue_as_json(queue) for queue in one.queues if queue.there],
    }


def _queue_as_json(queue: Queue) -> dict[str, Any]:
    return {"name": queue.name, "open": queue.open, "consumers": queue.consumers, "messages": queue.messages}
