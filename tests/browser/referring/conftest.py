"""What a case worker sees: intake beside an activities process that knows what a library of Deventer has room for."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chassis.migrations import migrate
from chassis.testing import Harness
from contracts.intake import LibraryRegistered
from services.activities.domain.matching import Opening
from services.activities.service import ActivitiesService
from tests.browser.conftest import Site
from tests.support.events import event
from tests.support.intake_process import Intake, Partner
from tests.support.issuer import Issuer
from tests.support.local_helper import LocalHelper
from tests.support.newcomers import ident
from tests.support.servers import TestPostgres, fresh_name
from tests.support.service_process import ServiceProcess
from tests.support.town import Town

DEVENTER, OLST = "GM0150", "GM1773"
NAME = "Bibliotheek Deventer"


@dataclass(frozen=True)
class Desk(Site):
    """The site with its partner: case worker `mirte` has Deventer and Olst-Wijhe, `leen` has no municipality."""

    partner: Partner
    library_id: str
    activities: ServiceProcess
    started: dict[str, str]
    """The settings with which intake was started."""


def _activities(url: str, library_id: str, staff: Issuer, session_key: str) -> ServiceProcess:
    """Room for who wants to learn to use a computer, and for nothing else."""
    migrate(url, "activities")
    starts_at = (datetime.now(UTC) + timedelta(days=9)).replace(hour=9, minute=0, second=0, microsecond=0)
    with Harness(ActivitiesService, url) as harness:
        Town(harness).schedule(
            Opening(activity_id=ident(0xA, 1), library_id=library_id, kind="digital-skills", municipality=DEVENTER,
                    free=8, next_in={"mon-morning": starts_at})
        )  # fmt: skip
        said = {"library_id": library_id, "name": NAME, "mailbox": "taalhuis@example.org", "language": "nl",
                "serves": [{"municipality": code, "kinds": []} for code in (DEVENTER, OLST)]}  # fmt: skip
        Town(harness).deliver([event(LibraryRegistered, library_id, said)])
    settings = {
        "DATABASE_URL": url,
        "AMQP_URI": "amqp://guest:guest@127.0.0.1:1/nowhere",
        "HTTP_ADDRESS": "127.0.0.1:0",
        "PUBLIC_URL": "http://127.0.0.1/activities",
        "TRUSTED_ISSUERS": json.dumps([staff.trust]),
        "ORGANISATION_NUMBER": "00000001234567890000",
        "MASTER_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "SESSION_KEY": session_key,
    }
    return ServiceProcess("services.activities.service", settings).start()


@pytest.fixture(scope="module")
def site(postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    names, issuer, library_id = (fresh_name(), fresh_name()), Issuer("staff"), str(uuid.uuid4())
    intake = Intake(postgres.create(names[0]), issuer)
    activities = _activities(postgres.create(names[1]), library_id, issuer, intake.settings["SESSION_KEY"])
    gateway = LocalHelper(
        "infra.local.gateway", "/", GATEWAY_TARGETS=json.dumps({"intake": intake.url.removesuffix("/intake")})
    ).start()
    users = tmp_path_factory.mktemp("identity") / "users.json"
    provider = LocalHelper("infra.local.identity_provider", "/", IDENTITY_USERS=str(users))
    row = {"id": "demo", "name": "de demo", "issuer": provider.url, "clientId": "meedoen", "clientSecret": "x",
           "trustsEmail": True}  # fmt: skip
    started = {
        "PUBLIC_URL": f"{gateway.url}/intake", "TOKEN_ISSUER": intake.url, "IDENTITY_PROVIDERS": json.dumps([row]),
        "ACTIVITIES_URL": f"{activities.address}/activities",
    }  # fmt: skip
    intake.process.start(**started)
    intake.library(DEVENTER, libraryId=library_id, name=NAME,
                   serves=[{"municipality": code, "kinds": []} for code in (DEVENTER, OLST)])  # fmt: skip
    partner = intake.partner(name="VluchtelingenWerk Deventer", legalBases=["consent", "public-task"])
    worker = {"roles": ["case-worker"], "org": partner.id, "email": "m.dalvoort@example.org"}
    users.write_text(json.dumps([
        {"sub": "mirte", "name": "Mirte Dalvoort", "municipalities": [DEVENTER, OLST], **worker},
        {"sub": "leen", "name": "Leen Voorbeeld", **worker},
        {"sub": "sanne", "name": "Sanne Voorbeeld", "roles": ["coordinator"], "libraries": [library_id]},
    ]), encoding="utf-8")  # fmt: skip
    provider.start()
    yield Desk(gateway.url, intake, partner, library_id, activities, started)
    processes = (gateway, provider, intake.process, activities)
    assert [one.stop() for one in processes] == [0] * len(processes)
    issuer.stop()
    for name in names:
        postgres.drop(name)
