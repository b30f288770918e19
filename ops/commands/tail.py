"""`meedoen tail`: the events as they pass, off the wire."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Annotated, Any, Final

import pika
import pika.exceptions
import typer

from chassis.topology import EXCHANGE, connect
from contracts.catalogue import BY_TYPE
from contracts.envelope import Unreadable, parse
from contracts.event import TYPE_PREFIX
from ops.commands.shared import ending
from ops.console import err, out
from ops.target import Target
from ops.trouble import Unreachable, Wrong

_EVERY: Final = 0.5


def add_to(app: typer.Typer) -> None:
    app.command(epilog=ending("meedoen tail", "meedoen tail --type place-held --type participant-enrolled"))(tail)


def tail(
    types: Annotated[
        list[str] | None, typer.Option("--type", "-t", help="Only this type, such as place-held; repeat for more.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="End after so many.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so long.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as one line of JSON.")] = False,
) -> None:
    """Show events as they pass, until Ctrl-C. It listens in on a queue of its own that is gone afterwards."""
    keys = [_routing(name) for name in types or ()] or ["#"]
    uri = Target().amqp_uri
    shown = 0
    try:
        for body in _passing(uri, keys, seconds):
            _show(body, as_json)
            shown += 1
            if shown == count:
                return
    except (pika.exceptions.AMQPError, OSError) as problem:
        raise Unreachable(f"The broker does not answer ({type(problem).__name__}).") from problem


def _routing(name: str) -> str:
    """The routing keys of an event in all versions, or of one version: every slot of it.

    Raises Wrong for a type that nobody tells."""
    for event_type, told in BY_TYPE.items():
        if name in (event_type, event_type.removeprefix(TYPE_PREFIX)):
            return f"{told.event.carrier.type}.*"
    names = sorted({told.event.slug for told in BY_TYPE.values()})
    if name not in names:
        raise Wrong(f"Nobody tells “{name}”. The types are {', '.join(names)}.")
    return f"{TYPE_PREFIX}{name}.*.*"


def _passing(uri: str, keys: list[str], seconds: float | None) -> Iterator[bytes]:
    deadline = None if seconds is None else time.monotonic() + seconds
    connection = connect(uri, "meedoen tail")
    try:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        for key in keys:
            channel.queue_bind(queue, EXCHANGE, key)
        err.print("listening…")
        for _, _, body in channel.consume(queue, auto_ack=True, exclusive=True, inactivity_timeout=_EVERY):
            if body is not None:
                yield body
            if deadline is not None and time.monotonic() > deadline:
                return
    finally:
        if connection.is_open:
            connection.close()


def _show(body: bytes, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(body.decode(errors="replace") + "\n")
        sys.stdout.flush()
        return
    try:
        event = parse(body)
    except Unreadable as problem:
        out.print(f"unreadable: {problem}", style="red", markup=False)
        return
    said: dict[str, Any] = json.loads(body).get("data", {})
    short = "  ".join(f"{name}={_brief(value)}" for name, value in said.items() if value not in (None, [], "unknown"))
    out.print(f"{event.time:%H:%M:%S}  [bold]{event.event.slug:<24}[/] {event.subject} #{event.sequence}")
    out.print(f"          {short}", style="dim", markup=False)


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
