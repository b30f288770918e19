"""`meedoen partner`: who may refer people."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ops.api import Api
from ops.commands.partner_terms import (
    Feedback,
    LegalBases,
    LegalBasisText,
    Purposes,
    area,
    described,
    refers_from,
    terms,
)
from ops.commands.shared import ending, found, organisation
from ops.console import AsJson, details, out, say_json, table
from ops.target import Target
from ops.trouble import Wrong

app = typer.Typer(
    no_args_is_help=True, help="Register partners, see and change them, renew their secrets.", rich_markup_mode="rich"
)


@app.command(epilog=ending('meedoen partner add "Taalschool Twente" -m Almelo -m Hengelo'))
def add(
    name: Annotated[str, typer.Argument(help="Its name.")],
    municipalities: Annotated[
        list[str] | None,
        typer.Option("--municipality", "-m", help="From which it refers, name or code; leave out for all."),
    ] = None,
    purposes: Purposes = None,
    legal_bases: LegalBases = None,
    legal_basis_text: LegalBasisText = None,
    feedback: Feedback = None,
    as_json: AsJson = False,
) -> None:
    """Register a partner and show its client secret, this once. The same name again changes nothing."""
    agreed = terms(purposes=purposes, legal_bases=legal_bases, text=legal_basis_text, feedback=feedback)
    body = {"name": organisation(name), **area(municipalities, everywhere=False), **agreed}
    target = Target()
    partner = target.operations("intake").post("/partners", body)
    _keep(target, partner, partner["name"])
    if as_json:
        say_json(partner)
    elif "clientSecret" not in partner:
        out.print(
            f"{partner['name']} takes part already; its municipalities stay {refers_from(partner)}.", markup=False
        )
        out.print("Other ones: meedoen partner change … -m …", markup=False)
        out.print("It has its secret. A new one: meedoen partner rotate-secret …")
    else:
        _show_secret(partner)


@app.command(
    epilog=ending(
        'meedoen partner change "Taalschool Twente" -m Almelo -m Borne',
        'meedoen partner change "Taalschool Twente" --suspend',
    )
)
def change(
    partner: Annotated[str, typer.Argument(help="Its name or id.")],
    municipalities: Annotated[
        list[str] | None,
        typer.Option("--municipality", "-m", help="From which it refers from now on, name or code; repeat for more."),
    ] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="It refers from all municipalities.")] = False,
    active: Annotated[
        bool | None, typer.Option("--activate/--suspend", help="Whether it takes part; suspended, its tokens end.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What it is called from now on.")] = None,
    purposes: Purposes = None,
    legal_bases: LegalBases = None,
    legal_basis_text: LegalBasisText = None,
    feedback: Feedback = None,
    as_json: AsJson = False,
) -> None:
    """Change what is agreed with a partner, or suspend it. What is left out stays."""
    wanted = area(municipalities, everywhere)
    wanted |= terms(purposes=purposes, legal_bases=legal_bases, text=legal_basis_text, feedback=feedback)
    if name is not None:
        wanted["name"] = organisation(name)
    if active is not None:
        wanted["status"] = "active" if active else "suspended"
    if not wanted:
        raise Wrong("Say what to change, such as --municipality, --legal-basis, --feedback, --suspend or --activate.")
    intake = Target().operations("intake")
    changed = intake.patch(f"/partners/{find(intake, partner)['partnerId']}", wanted)
    if as_json:
        say_json(changed)
    else:
        out.print(f"{changed['name']} is {changed['status']} and refers from {refers_from(changed)}.", markup=False)


@app.command(epilog=ending('meedoen partner show "Taalschool Twente"'))
def show(
    partner: Annotated[str, typer.Argument(help="Its name or id.")],
    as_json: AsJson = False,
) -> None:
    """Show what is agreed with a partner, and when each of its secrets was last used."""
    found = find(Target().operations("intake"), partner)
    if as_json:
        say_json(found)
    else:
        details(described(found))


@app.command("list", epilog=ending("meedoen partner list"))
def list_(as_json: AsJson = False) -> None:
    """List the partners. Secrets are not shown: nobody can."""
    partners = list(Target().operations("intake").pages("/partners"))
    if as_json:
        say_json(partners)
        return
    rows = [(one["name"], one["status"], refers_from(one), one["partnerId"]) for one in partners]
    table(f"{len(rows)} partners", ("name", "status", "refers from", "id"), rows)


@app.command("rotate-secret", epilog=ending('meedoen partner rotate-secret "Taalschool Twente"'))
def rotate_secret(
    partner: Annotated[str, typer.Argument(help="Its name or id.")],
    as_json: AsJson = False,
) -> None:
    """Give a partner a new secret, shown this once. The newest one before it stays valid beside it."""
    target = Target()
    intake = target.operations("intake")
    found = find(intake, partner)
    fresh = intake.post(f"/partners/{found['partnerId']}/secrets")
    _keep(target, {**fresh, "partnerId": found["partnerId"]}, found["name"])
    if as_json:
        say_json(fresh)
    else:
        _show_secret(fresh)


@app.command(
    epilog=ending(
        'meedoen partner revoke "Taalschool Twente"',
        'meedoen partner revoke "Taalschool Twente" --secret 4k7f9qxc2m8d',
    )
)
def revoke(
    partner: Annotated[str, typer.Argument(help="Its name or id.")],
    secret: Annotated[
        str | None, typer.Option("--secret", help="End this one alone, by its id: the partner uses the new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """End all secrets and tokens of a partner at once: one leaked. A new secret: meedoen partner rotate-secret …"""
    intake = Target().operations("intake")
    below = f"/{secret}" if secret else ""
    revoked = intake.delete(f"/partners/{find(intake, partner)['partnerId']}/secrets{below}")
    if as_json:
        say_json(revoked)
    elif secret:
        out.print(
            f"Secret {secret} of {revoked['name']} counts no more; its last tokens end in ten minutes.", markup=False
        )
    else:
        out.print(f"No secret and no token of {revoked['name']} counts any more.", markup=False)


def find(intake: Api, partner: str) -> dict[str, Any]:
    """A partner by name or id. Raises Wrong."""
    one = found(intake, "/partners", partner)
    if one is not None:
        return one
    raise Wrong(f"There is no partner “{partner}”. See them with: meedoen partner list")


def _keep(target: Target, partner: dict[str, Any], name: str) -> None:
    """The local installation keeps the secret, so that `meedoen token --partner` works here."""
    if target.elsewhere is None and "clientSecret" in partner:
        target.installation.keep_partner(
            partner["partnerId"], name=name, clientId=partner["clientId"], clientSecret=partner["clientSecret"]
        )


def _show_secret(partner: dict[str, Any]) -> None:
    details({"client id": partner["clientId"], "client secret": partner["clientSecret"]})
    out.print("Give it to the partner by a safe way; it is not shown again.")
