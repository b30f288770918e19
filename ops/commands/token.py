"""`meedoen token`: a token of an installation that asks for no password, to try its APIs with."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
import typer

from ops.commands import partner as partners
from ops.commands.shared import ending
from ops.console import AsJson, say_json
from ops.target import Target
from ops.tokens import partner_token, staff_token
from ops.trouble import Wrong


def add_to(app: typer.Typer) -> None:
    app.command(
        epilog=ending(
            'meedoen token --partner "Gemeente Enschede"',
            'meedoen token --role coordinator --library "Bibliotheek Borne"',
            'curl -H "Authorization: Bearer $(meedoen token --role report-reader)" …/reporting/v1/funnel',
        )
    )(token)


def token(
    partner: Annotated[str | None, typer.Option(help="Of this partner, by name or id.")] = None,
    role: Annotated[str | None, typer.Option(help="Of someone on the staff with this role.")] = None,
    user: Annotated[str | None, typer.Option(help="Of this member of staff.")] = None,
    library: Annotated[str | None, typer.Option(help="With --role: who works for this library.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a token of a partner, a staff role or a reader of reports (role report-reader). It lives ten minutes."""
    target = Target()
    target.url("intake")  # says so when nothing runs
    if partner is not None and not (role or user or library):
        found = partners.find(target.operations("intake"), partner)
        text = partner_token(target.place, found["partnerId"])
    elif partner is None and (role or user or library):
        text = staff_token(target.place, role=role, user=user, library=library)
    else:
        raise Wrong("Say whose: either --partner, or --role, --user or --library.")
    if as_json:
        say_json(_described(text))
    else:
        sys.stdout.write(f"{text}\n")


def _described(text: str) -> dict[str, Any]:
    claims = jwt.decode(text, options={"verify_signature": False})  # to show it; services check it
    expires = datetime.fromtimestamp(claims["exp"], UTC).isoformat()
    return {"token": text, "expiresAt": expires, "claims": claims}
