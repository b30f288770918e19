"""`python -m infra.containers.environment [--demo] [FILE]`: a `.env` for docker-compose.yml, with fresh secrets.

FILE is `.env` unless named (`-`: standard output); only its owner can read it, and one that is there is left alone.
For real use some lines wait to be filled in: compose says which. With `--demo` all is set, for this machine alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from contracts.catalogue import SERVICES
from infra import fresh

_OURS: Final = """\
# The OIN (20 digits) or KvK number (8) of who runs this.
ORGANISATION_NUMBER=
# The address that people reach this at, without a path: https://meedoen.example
PUBLIC_ORIGIN=
# Where the gateway listens. What ends TLS is the only one that should reach it.
GATEWAY_ADDRESS=127.0.0.1:8080

# The identity provider that staff sign in at, by OpenID Connect: its issuer, and where it has its keys.
STAFF_ISSUER=
STAFF_JWKS_URI=
STAFF_AUDIENCE=meedoen
STAFF_ALGORITHM=RS256

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
SMTP_URL=smtp://mail-catcher:8025
MAIL_FROM=Meedoen <meedoen@example.org>
"""


def rendered(*, demo: bool = False, gateway: str = "127.0.0.1:8080", identity: str = "127.0.0.1:8081") -> str:
    """All lines. `gateway` and `identity` are where (`host:port`) a demo's gateway and identity provider listen."""
    settings = _DEMO.format(gateway=gateway, identity=identity) if demo else _OURS
    return f"{settings}\n# Secrets, made for this installation alone: docs/howto/run-in-containers.md\n{_secrets()}"


def _secrets() -> str:
    return "".join(f"{name}={value}\n" for name, value in _named_secrets())


def _named_secrets() -> Iterator[tuple[str, str]]:
    yield "POSTGRES_PASSWORD", fresh.password()
    yield "RABBITMQ_PASSWORD", fresh.password()
    yield "TOKEN_SIGNING_KEY", fresh.signing_key()
    for service in SERVICES:
        yield f"{service.upper()}_DATABASE_PASSWORD", fresh.password()
        yield f"{service.upper()}_MASTER_KEY", fresh.master_key()


def passwords(path: Path) -> dict[str, str]:
    """The password of each service's database in a file that this module wrote."""
    values = dict(line.split("=", 1) for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {service: values[f"{service.upper()}_DATABASE_PASSWORD"] for service in SERVICES}


def write(path: Path, text: str) -> None:
    """A new file that only its owner can read. Raises FileExistsError: its secrets may be in use."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def main(arguments: Sequence[str]) -> int:
    """Write the file; the exit code."""
    names = [argument for argument in arguments if argument != "--demo"]
    demo = "--demo" in arguments
    if names == ["-"]:
        sys.stdout.write(rendered(demo=demo))
        return 0
    path = Path(names[0] if names else ".env")
    try:
        write(path, rendered(demo=demo))
    except FileExistsError:
        sys.stderr.write(f"{path} is there already and stays as it is: its secrets may be in use.\n")
        return 1
    sys.stdout.write(f"{path} is written. ")
    sys.stdout.write("Start: docker compose up\n" if demo else "Fill in its empty lines, then: docker compose up\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
