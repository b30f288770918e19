"""The identity provider of a local installation: staff sign in without a password, and get tokens signed as real ones.

`python -m infra.local.identity_provider`, with `HTTP_ADDRESS` (127.0.0.1:8005) and optionally `IDENTITY_USERS`, a JSON
file with a list of users, each an object of claims with at least `sub`; by default the staff of the demo. Its signing
key is made anew at each start: services fetch the new one when they meet it. For one machine, never for real use.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import warnings
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, FileSystemLoader

from contracts.municipalities import name_of
from contracts.pages import ROLE_NAMES

TOKENS_LIVE: Final = timedelta(minutes=10)


def users(path: str | None) -> list[dict[str, Any]]:
    """Claims of everybody who can sign in. Raises OSError or ValueError for a file that is not a list of users."""
    if path is None:
        from infra.demo.data import load

        return [user.claims() for user in load(date.today()).staff]  # noqa: DTZ011 (sessions' dates are not used)
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(found, list) or not all(isinstance(user, dict) and user.get("sub") for user in found):
        raise ValueError("IDENTITY_USERS: must be a JSON list of objects with at least sub")
    return found


def application(people: list[dict[str, Any]]) -> Any:
    """The provider as a WSGI application."""
    # Plain HTTP is right on a loopback address only; the library wants it said.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    # authlib turns the warnings about its own parts on when it is imported, so they are turned off after.
    import_module("authlib.deprecate")

    warnings.simplefilter("ignore")
    from oidc_provider_mock import User, app

    flask = app(
        user_claims=[User(sub=one["sub"], claims={k: v for k, v in one.items() if k != "sub"}) for one in people],
        access_token_max_age=TOKENS_LIVE,
        issue_refresh_token=False,
    )
    own = FileSystemLoader(Path(__file__).parent / "templates")
    flask.jinja_loader = ChoiceLoader([own, flask.jinja_loader] if flask.jinja_loader else [own])
    flask.jinja_env.globals["people_by_role"] = by_role(people)
    # As delivered it is wrapped in Werkzeug's debugger, which runs code for whoever reaches it.
    flask.debug = False
    flask.wsgi_app = flask.wsgi_app.app
    return flask


def by_role(people: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Who can be chosen on the screen, under the name of their role."""
    found: dict[str, list[dict[str, str]]] = {}
    for one in people:
        roles = [ROLE_NAMES[role]["nl"] for role in one.get("roles", []) if role in ROLE_NAMES]
        where = ", ".join(name_of(code) or code for code in one.get("municipalities", []))
        shown = {"sub": str(one["sub"]), "name": str(one.get("name", one["sub"])), "where": where}
        found.setdefault(" en ".join(roles).capitalize() or "Zonder rol", []).append(shown)
    return found


def serve(address: str, people: list[dict[str, Any]]) -> None:
    """Serve on `host:port` until SIGTERM or SIGINT."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing: requests name users."""

    host, _, port = address.rpartition(":")
    server = make_server(host, int(port), application(people), threaded=True, request_handler=Quiet)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"identity provider at http://{host}:{server.server_port}, {len(people)} users\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    server.server_close()


def main() -> int:
    """The exit code: 78 for a wrong setting."""
    try:
        people = users(os.environ.get("IDENTITY_USERS") or None)
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"IDENTITY_USERS: {problem}\n")
        return 78
    serve(os.environ.get("HTTP_ADDRESS", "127.0.0.1:8005"), people)
    return 0


if __name__ == "__main__":
    sys.exit(main())
