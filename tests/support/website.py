"""Intake's pages as people meet them: a gateway at one address, an identity provider, and an intake process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chassis.testing import Harness
from contracts.activities import PlaceHeld
from contracts.envelope import Event
from services.intake.service import IntakeService
from tests.support.events import event
from tests.support.intake_process import Intake
from tests.support.issuer import Issuer
from tests.support.local_helper import LocalHelper
from tests.support.servers import TestPostgres, fresh_name


@dataclass(frozen=True)
class Website:
    """The one address, and intake behind it."""

    origin: str
    intake: Intake

    def holds_place(self, referral_id: str, need: int = 0, *, days_ahead: int = 9) -> str:
        """The library's planning keeps a place for this need, that begins in so many days; the id of the need."""
        rows = self.intake.rows(
            "select n.need_id::text, n.kind, r.library_id::text, r.municipality from intake.need n "
            "join intake.referral r using (referral_id) where r.referral_id = %s order by n.position", referral_id,
        )  # fmt: skip
        need_id, kind, library_id, municipality = rows[need]
        starts = (datetime.now(UTC) + timedelta(days=days_ahead)).replace(hour=9, minute=0, second=0, microsecond=0)
        enrolment = str(uuid.uuid4())
        data = {
            "referral_id": referral_id, "need_id": need_id, "enrolment_id": enrolment, "activity_id": str(uuid.uuid4()),
            "library_id": library_id, "municipality": municipality, "kind": kind, "starts_at": starts,
        }  # fmt: skip
        self.hears(event(PlaceHeld, enrolment, data))
        return str(need_id)

    def hears(self, *events: Event) -> None:
        """Intake hears these of the library's planning, as it does from the broker, which is not there."""
        with Harness(IntakeService, self.intake.database_url, **self.intake.settings) as harness:
            harness.deliver(events)


@contextmanager
def website(
    postgres: TestPostgres, people: Sequence[dict[str, Any]], folder: Path, **settings: str
) -> Iterator[Website]:
    """The pages, for these people to sign in without a password. `folder` is for the provider's own files, `settings`
    are further ones of intake.
    """
    name, issuer = fresh_name(), Issuer("staff")
    users = folder / "users.json"
    users.write_text(json.dumps(people), encoding="utf-8")
    intake = Intake(postgres.create(name), issuer, **settings)
    target = json.dumps({"intake": intake.url.removesuffix("/intake")})
    gateway = LocalHelper("infra.local.gateway", "/", GATEWAY_TARGETS=target).start()
    provider = LocalHelper("infra.local.identity_provider", "/", IDENTITY_USERS=str(users)).start()
    row = {"id": "demo", "name": "de demo", "issuer": provider.url, "clientId": "meedoen", "clientSecret": "x",
           "trustsEmail": True}  # fmt: skip
    intake.process.start(
        PUBLIC_URL=f"{gateway.url}/intake", TOKEN_ISSUER=intake.url, IDENTITY_PROVIDERS=json.dumps([row])
    )
    try:
        yield Website(gateway.url, intake)
    finally:
        ended = (gateway.stop(), provider.stop(), intake.process.stop())
        issuer.stop()
    assert ended == (0, 0, 0)
    postgres.drop(name)
