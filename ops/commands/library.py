"""`meedoen library`: who takes part as a library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Final

import typer

from contracts.codes import KINDS
from contracts.municipalities import name_of
from ops.api import Api, change
from ops.commands.shared import ending, found, municipality, organisation
from ops.console import AsJson, out, say_json, table
from ops.target import Target
from ops.trouble import Wrong

_DETAILS: Final = ("name", "mailbox", "language", "serves", "contactWithinDays", "closures")
"""What a change of a library says as a whole."""

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
    name = organisation(name)
    serves = [{"municipality": municipality(each), "kinds": kinds or []} for each in municipalities]
    intake = Target().operations("intake")
    library = intake.post("/libraries", {"name": name, "mailbox": mailbox, "language": language, "serves": serves})
    if as_json:
        say_json(library)
        return
    out.print(f"{library['name']} takes part: {library['libraryId']}", markup=False)
    for sentence in shared_areas(library, list(intake.pages("/libraries"))):
        out.print(sentence, markup=False)


@app.command(
    epilog=ending(
        'meedoen library terms "Bibliotheek Borne" --contact-within-days 3',
        'meedoen library terms "Bibliotheek Borne" --closed 2026-12-21..2027-01-03 --closed 2027-07-19..2027-08-06',
    )
)
def terms(
    library: Annotated[str, typer.Argument(help="Its name or id.")],
    contact_within_days: Annotated[
        int | None, typer.Option(min=1, max=60, help="Working days within which it gets in touch.")
    ] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(help="Days on which it is closed, FROM..THROUGH; repeat for more. They replace those before."),
    ] = None,
    never_closed: Annotated[bool, typer.Option("--never-closed", help="No closing weeks any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set until when a library gets in touch with whoever was referred. What is left out stays."""
    if closed and never_closed:
        raise Wrong("Give --closed or --never-closed, one of the two.")
    if contact_within_days is None and not closed and not never_closed:
        raise Wrong("Say what to change: --contact-within-days, --closed or --never-closed.")
    closures = [_closure(each) for each in closed or ()]
    intake = Target().operations("intake")
    said: dict[str, Any] = {}
    if contact_within_days is not None:
        said["contactWithinDays"] = contact_within_days
    if closures or never_closed:
        said["closures"] = closures
    path = f"/libraries/{find(intake, library)['libraryId']}"
    after = change(intake, path, lambda before: {name: before[name] for name in _DETAILS} | said)
    if as_json:
        say_json(after)
        return
    weeks = ", ".join(f"{each['from']}..{each['through']}" for each in after["closures"]) or "never"
    out.print(
        f"{after['name']} gets in touch within {after['contactWithinDays']} working days. Closed: {weeks}.",
        markup=False,
    )


def find(intake: Api, library: str) -> dict[str, Any]:
    """A library by name or id. Raises Wrong."""
    one = found(intake, "/libraries", library)
    if one is not None:
        return one
    raise Wrong(f"There is no library “{library}”. See them with: meedoen library list")


def _closure(text: str) -> dict[str, str]:
    """`2026-12-21..2027-01-03` as intake takes it. Raises Wrong."""
    begin, dots, end = text.partition("..")
    try:
        days = [date.fromisoformat(day).isoformat() for day in (begin, end if dots else begin)]
    except ValueError as problem:
        raise Wrong(f"“{text}” is no closing time. Type it as 2026-12-21..2027-01-03.") from problem
    return dict(zip(("from", "through"), days, strict=True))


def shared_areas(library: dict[str, Any], libraries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Which other libraries serve a municipality for the same kinds, and which of them gets the referrals.

    Intake's rule for one kind: a library that names the kind goes before one that takes every kind, and of equals the
    one that was registered first. `libraries` are all, in the order of registration.
    """
    for area in library["serves"]:
        code, winners, others = area["municipality"], dict[str, list[str]](), dict[str, None]()
        for kind in area["kinds"] or KINDS:
            takers = [(one, named) for one in libraries if (named := _takes(one, code, kind)) is not None]
            if len(takers) > 1:
                others |= {one["name"]: None for one, _ in takers if one["libraryId"] != library["libraryId"]}
                first = next((one for one, named in takers if named), takers[0][0])
                winners.setdefault(first["name"], []).append(kind)
        if winners:
            gets = "; ".join(f"{name} gets {_kinds(kinds)}" for name, kinds in winners.items())
            yield f"{name_of(code) or code} is served by {', '.join(others)} too. Of the referrals, {gets}."


def _takes(library: dict[str, Any], code: str, kind: str) -> bool | None:
    """Whether a library names this kind for a municipality; None when it does not take it."""
    for area in library["serves"]:
        if area["municipality"] == code and (not area["kinds"] or kind in area["kinds"]):
            return bool(area["kinds"])
    return None


def _kinds(kinds: Sequence[str]) -> str:
    return "all" if len(kinds) == len(KINDS) else ", ".join(kinds)


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
