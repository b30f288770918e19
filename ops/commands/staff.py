"""`meedoen staff`: who may sign in, where the identity provider does not say it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from contracts.access import ROLES
from ops.api import Api, change
from ops.commands import library as libraries
from ops.commands import partner as partners
from ops.commands.shared import all_found, ending, municipality
from ops.console import AsJson, out, say_json, table
from ops.target import Target
from ops.trouble import Wrong

ASSIGNABLE: Final = tuple(role for role in ROLES if role != "partner")
_WHO: Final = typer.Argument(help="E-mail address or id, as `meedoen staff list` shows them.")

app = typer.Typer(
    no_args_is_help=True, help="See who may sign in, give rights, and take somebody out.", rich_markup_mode="rich"
)


@app.command("list", epilog=ending("meedoen staff list", "meedoen staff list --role coordinator --json"))
def list_(
    role: Annotated[str | None, typer.Option(help=f"Who has this role: {', '.join(ASSIGNABLE)}.")] = None,
    taken_out: Annotated[bool, typer.Option("--taken-out", help="Who may not sign in any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """List who signed in or was given rights, newest first. Rights that a provider claims are not known here."""
    wanted = {"role": _known(role)} if role else {}
    if taken_out:
        wanted["status"] = "taken-out"
    found = list(Target().operations("intake").pages("/staff-members", **wanted))
    if as_json:
        say_json(found)
        return
    rows = [
        (one["name"], one["email"], one["status"], one["roles"], (one["signedInAt"] or "never")[:16], one["staffId"])
        for one in found
    ]
    table(f"{len(rows)} people", ("name", "e-mail", "status", "roles given here", "last sign-in", "id"), rows)


@app.command(
    epilog=ending(
        'meedoen staff assign sanne@bibliotheek.example.org --role coordinator --library "Bibliotheek Deventer"',
        'meedoen staff assign joost@partner.example.org -r case-worker --partner "Taalschool Twente" -m Almelo',
    )
)
def assign(
    who: Annotated[str, _WHO],
    roles: Annotated[list[str], typer.Option("--role", "-r", help=f"One of {', '.join(ASSIGNABLE)}; repeat for more.")],
    library: Annotated[
        list[str] | None, typer.Option("--library", help="For which library, name or id; repeat for more.")
    ] = None,
    partner: Annotated[str | None, typer.Option("--partner", help="For whom a case worker refers, name or id.")] = None,
    municipalities: Annotated[
        list[str] | None, typer.Option("--municipality", "-m", help="In which alone, name or code; repeat for more.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="At which identity provider somebody new signs in: its id in IDENTITY_PROVIDERS.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody rights in the place of those before; also lets in who was taken out. Open sessions end."""
    said = {"roles": [_known(role) for role in roles],
            "municipalities": [municipality(each) for each in municipalities or ()]}  # fmt: skip
    intake = Target().operations("intake")
    said["libraryIds"] = [libraries.find(intake, each)["libraryId"] for each in library or ()]
    if partner is not None:
        said["partnerId"] = partners.find(intake, partner)["partnerId"]
    known = _find(intake, who)
    if known is not None:
        member = _change(intake, known, {**said, "status": "active"})
    elif provider is None or "@" not in who:
        raise Wrong(f"“{who}” is not known here. For somebody new give an e-mail address and --provider.")
    else:
        member = intake.post("/staff-members", {**said, "email": who, "provider": provider})
    if as_json:
        say_json(member)
    else:
        out.print(f"{member['name']} may sign in as {', '.join(member['roles'])}.", markup=False)


@app.command("take-out", epilog=ending("meedoen staff take-out sanne@bibliotheek.example.org"))
def take_out(who: Annotated[str, _WHO], as_json: AsJson = False) -> None:
    """Let somebody in no more, whatever their provider says. Their sessions and tokens end at intake at once."""
    intake = Target().operations("intake")
    known = _find(intake, who)
    if known is None:
        raise Wrong(f"“{who}” is not known here. See who is with: meedoen staff list")
    member = _change(intake, known, {"status": "taken-out"})
    if as_json:
        say_json(member)
    else:
        out.print(f"{member['name']} may not sign in any more.", markup=False)


def _find(intake: Api, who: str) -> dict[str, Any] | None:
    """Somebody by id or address; None who is not known. Raises Wrong for an address that several have."""
    found = all_found(intake, "/staff-members", who, "email")
    if len(found) > 1:
        ids = ", ".join(f"{one['staffId']} ({one['provider']})" for one in found)
        raise Wrong(f"There are several with this address. Say which, by id: {ids}")
    return found[0] if found else None


def _change(intake: Api, member: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The whole assignment anew, unless somebody else changed it meanwhile. Raises Trouble."""
    return change(intake, f"/staff-members/{member['staffId']}", lambda _: said)


def _known(role: str) -> str:
    if role not in ASSIGNABLE:
        raise Wrong(f"There is no role “{role}”. Choose of {', '.join(ASSIGNABLE)}.")
    return role
