"""`meedoen parked`: events that wait for somebody's decision, at the services and beside their queues."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from contracts.catalogue import SERVICES
from ops import strays
from ops.api import Api
from ops.commands.shared import ending
from ops.console import AsJson, details, err, out, say_json, table
from ops.target import Target
from ops.trouble import PROBLEMS, Wrong

app = typer.Typer(no_args_is_help=True, help="Decide about events that could not be handled.", rich_markup_mode="rich")
At = Annotated[
    str | None,
    typer.Option("--service", help="Only there: a service, or `dead` or `unrouted` for the broker's own queues."),
]
EventId = Annotated[str, typer.Argument(help="The event's id, as `meedoen parked list` shows it.")]


@app.command("list", epilog=ending("meedoen parked list", "meedoen parked list --service activities --json"))
def list_(service: At = None, as_json: AsJson = False) -> None:
    """List them: what, why, and how many wait behind each. Exit code 1 when there are any."""
    found = list(_all(Target(), service))
    if as_json:
        say_json(found)
    elif not found:
        out.print("Nothing is parked.")
    else:
        columns = ("at", "event", "type", "subject", "why", "behind")
        rows = [(one["at"], one["eventId"], _short(one["eventType"]), one["subject"], one["reason"], one["behind"])
                for one in found]  # fmt: skip
        table(f"{len(found)} parked", columns, rows, numbers=[5])
        out.print("Look at one:  meedoen parked show EVENT     Try again:  meedoen parked replay EVENT")
    if found:
        raise typer.Exit(PROBLEMS)


@app.command(epilog=ending("meedoen parked show 0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11"))
def show(event_id: EventId, service: At = None, as_json: AsJson = False) -> None:
    """Show one with its error and its bytes as they came in."""
    target = Target()
    where, found = _find(target, event_id, service)
    if where in SERVICES:
        found = target.operations(where).get(f"/parked/{event_id}") | {"at": where}
    raw = base64.b64decode(found.pop("raw")).decode(errors="replace")
    if as_json:
        say_json(found | {"raw": raw})
        return
    details(found)
    out.print(f"\n{raw}", markup=False)


@app.command(epilog=ending("meedoen parked replay 0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11", "meedoen parked replay --all"))
def replay(
    event_id: Annotated[str | None, typer.Argument(help="The event's id; leave out with --all.")] = None,
    service: At = None,
    every: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Try it once more. When it is applied, those behind it follow in order."""
    if (event_id is None) is not every:
        raise Wrong("Give the id of one event, or --all.")
    target = Target()
    chosen = list(_all(target, service)) if event_id is None else [_find(target, event_id, service)[1]]
    done = [{"eventId": one["eventId"], "at": one["at"]} for one in chosen]
    for one in chosen:
        if one["at"] in SERVICES:
            target.operations(one["at"]).post(f"/parked/{one['eventId']}/replay")
        else:
            strays.replay(target.amqp_uri, one["at"], one["eventId"])
    if as_json:
        say_json(done)
    elif not done:
        out.print("Nothing is parked.")
    else:
        out.print(f"{len(done)} tried again. See what became of it: meedoen parked list")


@app.command(
    epilog=ending('meedoen parked discard 0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11 --reason "test of a partner, made up"')
)
def discard(
    event_id: EventId,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name.")],
    service: At = None,
    as_json: AsJson = False,
) -> None:
    """Throw it away for good; those behind it go on. The broker's own queues keep no record of who did it and why."""
    target = Target()
    where, _ = _find(target, event_id, service)
    if where in SERVICES:
        answer = target.operations(where).post(f"/parked/{event_id}/discard", {"reason": reason})
    else:
        answer = {
            "eventId": event_id,
            "status": "discarded" if strays.discard(target.amqp_uri, where, event_id) else "gone",
        }
    if as_json:
        say_json(answer)
    else:
        out.print(f"{answer['status'].capitalize()} at {where}.")


def _all(target: Target, only: str | None) -> Iterator[dict[str, Any]]:
    if only is not None and only not in (*SERVICES, *strays.QUEUES):
        raise Wrong(f"“{only}” is no service; say one of {', '.join((*SERVICES, *strays.QUEUES))}.")
    for service in SERVICES:
        if only in (None, service):
            for one in _parked(target.operations(service)):
                yield one | {"at": service}
    if only is None and not target.knows_broker:
        err.print("The broker's queues dead and unrouted are not looked at: MEEDOEN_AMQP_URI names no broker.")
        return
    for queue in strays.QUEUES:
        if only in (None, queue):
            for stray in strays.listed(target.amqp_uri, queue):
                yield stray | {"at": queue}


def _parked(api: Api) -> Iterator[dict[str, Any]]:
    yield from api.pages("/parked")


def _find(target: Target, event_id: str, only: str | None) -> tuple[str, dict[str, Any]]:
    found = [one for one in _all(target, only) if one["eventId"] == event_id]
    if not found:
        raise Wrong(f"No event {event_id} is parked{f' at {only}' if only else ''}.")
    if len(found) > 1:
        raise Wrong(f"It is parked at {' and '.join(one['at'] for one in found)}: say which with --service.")
    return found[0]["at"], found[0]


def _short(event_type: str | None) -> str | None:
    return event_type and event_type.removeprefix("nl.newcomers.")
