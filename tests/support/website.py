"""Intake's pages as people meet them: a gateway at one address, an identity provider, and an intake process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.testing import Harness
from contracts.envelope import Event
from services.intake.service import IntakeService
from tests.support.intake_process import Intake
from tests.support.issuer import Issuer
from tests.support.local_helper import LocalHelper
from tests.support.servers import TestPostgres, fresh_name


@dataclass(frozen=True)
class Website:
    """The one address, and intake behind it."""

    origin: str
    intake: Intake

    def hears(self, *events: Event) -> None:
        """Intake hears these of the library's planning, as it does from the broker, which is not there."""
        with Harness(IntakeService, self.intake.database_url, **self.intake.settings) as harness:
            harness.deliver(events)


@contextmanager
def website(postgres: TestPostgres, people: Sequence[dict[str, Any]], folder: Path) -> Iterator[Website]:
    """The pages, for these people to sign in without a password. `folder` is for the provider's own files."""
    name, issuer = fresh_name(), Issuer("staff")
    users = folder / "users.json"
    users.write_text(json.dumps(people), encoding="utf-8")
    intake = Intake(postgres.create(name), issuer)
    target = json.dumps({"intake": intake.url.removesuffix("/intake")})
    gateway = LocalHelper("infra.local.gateway", "/", GATEWAY_TARGETS=target).start()
    provider = LocalHelper("infra.local.identity_provider", "/", IDENTITY_USERS=str(users)).start()
    row = {"id": "demo", "name": "de demo", "issuer": provider.url, "clientId": "meedoen", "clientSecret": "x"}
    intake.process.start(
        PUBLIC_URL=f"{gateway.url}/intake", TOKEN_ISSUER=intake.url, IDENTITY_PROVIDERS=json.dumps([row])
    )
    yield Website(gateway.url, intake)
    assert (gateway.stop(), provider.stop(), intake.process.stop()) == (0, 0, 0)
    issuer.stop()
    postgres.drop(name)
