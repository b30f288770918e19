"""`meedoen library`: who takes part as a library."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from contracts.codes import KINDS
from ops.commands.shared import ending, municipality
from ops.console import AsJson, out, say_json, table
from ops.target import Target
from ops.trouble import Wrong

app = typer.Typer(no_args_is_help=True, help="Register libraries and see them.", rich_markup_mode="rich")


@app.command(
    epilog=ending(
        'meedoen library add "Bibliotheek Borne" --mailbox taalhuis@bibliotheek-borne.example.org -m Borne',
    )
)
def add(
    name: Annotated[str, typer.Argument(help="Its name.")],
    mailbox: Annotated[str, typer.Option(help="Where its notices go: a functional address, never a person's.")],
    municipalities: Annotated[
        list[str], typer.Option("--municipality", "-m", help="One that it serves, name or code; repeat for more.")
    ],
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", "-k", help="A kind that it takes; leave out for every kind.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of its notices: nl or en.")] = "nl",
    as_json: AsJson = False,
) -> None:
    """Register a library. The same name again changes nothing."""
    for kind in kinds or ():
        if kind not in KINDS:
            raise Wrong(f"There is no kind “{kind}”; the kinds are {', '.join(KINDS)}.")
    serves = [{"municipality": municipality(each), "kinds": kinds or []} for each in municipalities]
    library = (
        Target()
        .operations("intake")
        .post("/libraries", {"name": name, "mailbox": mailbox, "language": language, "serves": serves})
    )
    if as_json:
        say_json(library)
    else:
        out.print(f"{library['name']} takes part: {library['libraryId']}", markup=False)


@app.command("list", epilog=ending("meedoen library list", "meedoen library list --json | jq '.[].mailbox'"))
def list_(as_json: AsJson = False) -> None:
    """List the libraries and what they serve."""
    libraries = list(Target().operations("intake").pages("/libraries"))
    if as_json:
        say_json(libraries)
        return
    rows = [(one["name"], one["mailbox"], _serves(one["serves"]), one["libraryId"]) for one in libraries]
    table(f"{len(rows)} libraries", ("name", "mailbox", "serves", "id"), rows)


def _serves(areas: list[dict[str, Any]]) -> str:
    kinds = {area["municipality"]: len(area["kinds"]) for area in areas}
    return ", ".join(f"{code} ({count} kinds)" if count else code for code, count in kinds.items())
