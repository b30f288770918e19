"""Tokens of an installation: of its staff, from its identity provider; of its partners, from intake."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import httpx

from infra.demo.data import Demo, StaffUser, load
from infra.local.installation import AUDIENCE
from ops.oidc import SignInFailed
from ops.oidc import staff_token as signed_in
from ops.place import Place
from ops.trouble import Refused, Unreachable, Wrong


@cache
def demo() -> Demo:
    """The demo's data as of today; staff of the local installation are in it."""
    return load(datetime.now(UTC).date())


def staff_token(at: Place, *, role: str | None = None, user: str | None = None, library: str | None = None) -> str:
    """A token of a member of staff. Raises Wrong when there is no such one, Unreachable without identity provider."""
    try:
        return signed_in(at.identity_provider, staff_user(role, user, library).username, client=(AUDIENCE, "local"))
    except SignInFailed as problem:
        raise Unreachable(f"No token: {problem}.") from problem


def staff_user(role: str | None = None, user: str | None = None, library: str | None = None) -> StaffUser:
    """The first member of staff with this role, name and library (by name or id). Raises Wrong."""
    library_ids = {library, *(one.library_id for one in demo().libraries if one.name == library)}
    for one in demo().staff:
        fits_library = library is None or library_ids.intersection(one.library_ids)
        if role in (None, one.role) and user in (None, one.username) and fits_library:
            return one
    asked = ", ".join(
        f"{name} “{value}”" for name, value in (("role", role), ("user", user), ("library", library)) if value
    )
    roles = ", ".join(sorted({one.role for one in demo().staff}))
    raise Wrong(f"Nobody on the staff has {asked}. The roles are {roles}; users: infra/demo/staff.csv.")


def partner_token(at: Place, partner_id: str) -> str:
    """A token of a partner whose secret this installation keeps. Raises Wrong, Refused or Unreachable."""
    kept = at.partners.get(partner_id)
    if kept is None:
        raise Wrong("The secret of this partner is not kept here. A new one: meedoen partner rotate-secret …")
    form = {"grant_type": "client_credentials"}
    try:
        answer = httpx.post(
            f"{at.url('intake')}/v1/oauth/token",
            data=form,
            auth=(kept["clientId"], kept["clientSecret"]),
            timeout=30,
            trust_env=False,
        )
    except httpx.TransportError as problem:
        raise Unreachable(f"Intake does not answer ({type(problem).__name__}).") from problem
    if answer.is_server_error:
        raise Unreachable(f"Intake gives no token now: {answer.reason_phrase}.")
    if not answer.is_success:
        raise Refused(f"Intake gave no token: {answer.json().get('error_description', answer.reason_phrase)}")
    token: str = answer.json()["access_token"]
    return token
