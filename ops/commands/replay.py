"""`meedoen replay`: let a service tell again what it told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from ops.commands.shared import ending
from ops.console import AsJson, out, say_json
from ops.target import Target
from ops.trouble import Wrong


def add_to(app: typer.Typer) -> None:
    app.command(
        epilog=ending(
            "meedoen replay --from intake --since 2026-10-01T00:00:00+02:00",
            "meedoen replay --from activities --subject need/6f0c0f5e-52f8-4c59-a5e5-0a40a0a5fd0c",
        )
    )(replay)


def replay(
    service: Annotated[str, typer.Option("--from", help="The service that told it.")],
    subject: Annotated[str | None, typer.Option(help="Only about this: name/id, as `meedoen tail` shows it.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this moment on, RFC 3339 with a zone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish events again, with their own ids. Harmless: who took one before leaves it alone."""
    if subject is None and since is None:
        raise Wrong("Say which with --subject, or since when with --since.")
    body = {name: value for name, value in (("subject", subject), ("since", _moment(since))) if value is not None}
    answer = Target().operations(service).post("/replays", body)
    if as_json:
        say_json(answer)
    else:
        out.print(f"{answer['replayed']} events of {service} are told again.")


def _moment(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise Wrong(f"“{text}” is no moment; write it as 2026-10-01T00:00:00+02:00.") from problem
    if moment.tzinfo is None:
        raise Wrong(f"“{text}” has no zone; add one, such as +02:00 or Z.")
    return moment.isoformat()
