"""`python -m infra.containers.environment [--demo] [FILE]`: a `.env` for docker-compose.yml, with fresh secrets.

FILE is `.env` unless named (`-`: standard output); only its owner can read it. One that is there keeps every line, as
its secrets are in use, and gets those besides that a newer release needs.
For real use some lines wait to be filled in: compose says which. With `--demo` all is set, for this machine alone.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from contracts.catalogue import SERVICES
from infra import fresh

_SETTING: Final = re.compile(r"#? ?([A-Z_]+)=")
_OURS: Final = """\
# The OIN (20 digits) or KvK number (8) of who runs this.
ORGANISATION_NUMBER=
# The address that people reach this at, without a path: https://meedoen.example
PUBLIC_ORIGIN=
# Where the gateway listens. What ends TLS is the only one that should reach it.
GATEWAY_ADDRESS=127.0.0.1:8080
# Whom the gateway believes when it says who calls: docs/howto/run-in-containers.md.
# TRUSTED_PROXIES=

# The identity provider that staff sign in at, by OpenID Connect: its issuer, and where it has its keys.
STAFF_ISSUER=
STAFF_JWKS_URI=
STAFF_AUDIENCE=meedoen
STAFF_ALGORITHM=RS256
# The same provider, and others if there are, for signing in to the pages: docs/howto/sign-in.md. Without it nobody can.
IDENTITY_PROVIDERS=

# The mail server, such as smtps://user:password@mail.example, and the address that mails come from.
SMTP_URL=
MAIL_FROM=
"""
_DEMO: Final = """\
# A number in the form of an OIN that is given to nobody.
ORGANISATION_NUMBER=00000009999999990000
PUBLIC_ORIGIN=http://{gateway}
GATEWAY_ADDRESS={gateway}

# The demo's own identity provider, which asks for no password, and its mail catcher.
COMPOSE_PROFILES=demo
IDENTITY_ADDRESS={identity}
STAFF_ISSUER=http://{identity}
STAFF_JWKS_URI=http://identity-provider:8005/jwks
IDENTITY_PROVIDERS={providers}
SMTP_URL=smtp://mail-catcher:8025
MAIL_FROM=Meedoen <meedoen@example.org>
"""


def rendered(*, demo: bool = False, gateway: str = "127.0.0.1:8080", identity: str = "127.0.0.1:8081") -> str:
    """All lines. `gateway` and `identity` are where (`host:port`) a demo's gateway and identity provider listen."""
    settings = _DEMO.format(gateway=gateway, identity=identity, providers=_demo_provider(identity)) if demo else _OURS
    return f"{settings}\n# Secrets, made for this installation alone: docs/howto/run-in-containers.md\n{_secrets()}"


def _demo_provider(identity: str) -> str:
    """The demo's provider for the pages: a browser knows it by one address, intake reaches it by another."""
    row = {"id": "demo", "name": "de demo", "issuer": f"http://{identity}", "clientId": "meedoen",
           "clientSecret": "demo", "trustsEmail": True, "reachedAt": "http://identity-provider:8005"}  # fmt: skip
    return f"'{json.dumps([row])}'"


def _secrets() -> str:
    return "".join(f"{name}={value}\n" for name, value in _named_secrets())


def _named_secrets() -> Iterator[tuple[str, str]]:
    yield "POSTGRES_PASSWORD", fresh.password()
    yield "RABBITMQ_PASSWORD", fresh.password()
    yield "TOKEN_SIGNING_KEY", fresh.signing_key()
    yield "SESSION_KEY", fresh.master_key()
    for service in SERVICES:
        yield f"{service.upper()}_DATABASE_PASSWORD", fresh.password()
        yield f"{service.upper()}_MASTER_KEY", fresh.master_key()


def secrets_in(path: Path) -> list[str]:
    """The names of the secrets in a file that this module wrote."""
    return [name for name in _values(path) if re.fullmatch(r"[A-Z_]+_(PASSWORD|KEY)", name)]


def _values(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def passwords(path: Path) -> dict[str, str]:
    """The password of each service's database in a file that this module wrote."""
    values = _values(path)
    return {service: values[f"{service.upper()}_DATABASE_PASSWORD"] for service in SERVICES}


def write(path: Path, text: str) -> None:
    """A new file that only its owner can read. Raises FileExistsError: its secrets may be in use."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def lacking(there: str, text: str) -> list[str]:
    """The lines of `text` whose setting `there` does not have, set or empty or commented out."""
    known = {found[1] for line in there.splitlines() if (found := _SETTING.match(line))}
    return [line for line in text.splitlines() if (found := _SETTING.match(line)) and found[1] not in known]


def complete(path: Path, text: str) -> list[str]:
    """Add to a file what it lacks of `text`, at its end; the names of what was added."""
    there = path.read_text()
    added = lacking(there, text)
    if added:
        with path.open("a") as file:
            file.write("\n".join(["" if there.endswith("\n") else "\n", "# New in a later release", *added, ""]))
    return [line.partition("=")[0] for line in added]


def main(arguments: Sequence[str]) -> int:
    """Write the file, or complete the one that is there; the exit code."""
    names = [argument for argument in arguments if argument != "--demo"]
    demo = "--demo" in arguments
    if names == ["-"]:
        sys.stdout.write(rendered(demo=demo))
        return 0
    path = Path(names[0] if names else ".env")
    try:
        write(path, rendered(demo=demo))
    except FileExistsError:
        added = complete(path, _as_if_new(path))
        sys.stdout.write(f"{path} is there already; added: {', '.join(added) or 'nothing, it has all'}.\n")
        return 0
    sys.stdout.write(f"{path} is written. ")
    sys.stdout.write("Start: docker compose up\n" if demo else "Fill in its empty lines, then: docker compose up\n")
    return 0


def _as_if_new(path: Path) -> str:
    """What a file of this kind, the demo's or another, would say today, with the addresses that it has."""
    has = _values(path)
    if has.get("COMPOSE_PROFILES") != "demo":
        return rendered()
    return rendered(demo=True, gateway=has["GATEWAY_ADDRESS"], identity=has["IDENTITY_ADDRESS"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
