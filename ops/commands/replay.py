"""`meedoen replay`: let a service tell again what it told."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from ops.api import Api
from ops.commands.shared import ending
from ops.console import AsJson, out, say_json
from ops.target import Target, known_service
from ops.trouble import PROBLEMS, Trouble, Wrong

_SUBJECT: Final = re.compile(r"[a-z]+(-[a-z]+)*/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
    """Publish events again, with their own ids. Harmless: who took one before leaves it alone.

    Exit code 1 when there is nothing to tell again.
    """
    known_service(service)
    if subject is None and since is None:
        raise Wrong("Say which with --subject, or since when with --since.")
    asked = {"subject": _subject(subject), "since": _moment(since)}
    replayed = tell_again(Target().operations(service), {name: text for name, text in asked.items() if text})
    if as_json:
        say_json({"replayed": replayed})
        if not replayed:
            raise typer.Exit(PROBLEMS)
    elif not replayed:
        about = f" about {asked['subject']}" if subject else ""
        raise Trouble(f"{service} has nothing to tell again{about}{f' since {since}' if since else ''}.")
    else:
        out.print(f"{replayed} events of {service} are told again.")


def tell_again(operations: Api, asked: dict[str, Any]) -> int:
    """Have a service tell again, lot by lot, all that is asked (`subject`, `since`); how many events."""
    answer = operations.post("/replays", asked)
    replayed = int(answer["replayed"])
    while answer.get("next") is not None:
        answer = operations.post("/replays", {**asked, "after": answer["next"]})
        replayed += answer["replayed"]
    return replayed


def _subject(text: str | None) -> str | None:
    if text is None:
        return None
    if _SUBJECT.fullmatch(text.lower()) is None:
        raise Wrong(
            f"“{text}” is no subject; write a name and an id, such as need/6f0c0f5e-52f8-4c59-a5e5-0a40a0a5fd0c."
        )
    return text.lower()


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
