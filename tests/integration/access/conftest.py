"""Each service as a process on a database of its own, and whoever may call it or not."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator

import pytest

from contracts.access import ROLES
from contracts.catalogue import SERVICES
from tests.support.intake_process import NOWHERE, signing_key
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name
from tests.support.service_process import ServiceProcess

SOMEWHERE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="package")
def staff() -> Iterator[Issuer]:
    issuer = Issuer("staff")
    yield issuer
    issuer.stop()


@pytest.fixture(scope="package")
def clients() -> Iterator[Issuer]:
    issuer = Issuer("clients")
    yield issuer
    issuer.stop()


@pytest.fixture(scope="package", params=SERVICES)
def running(
    request: pytest.FixtureRequest, postgres: TestPostgres, staff: Issuer, clients: Issuer
) -> Iterator[tuple[str, ServiceProcess]]:
    """The name of a service, and it."""
    name = fresh_name()
    settings = {
        "DATABASE_URL": postgres.create(name),
        "AMQP_URI": NOWHERE,
        "HTTP_ADDRESS": "127.0.0.1:0",
        "PUBLIC_URL": f"https://libraries.example/{request.param}",
        "ORGANISATION_NUMBER": "00000001234567890000",
        "MASTER_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "TRUSTED_ISSUERS": json.dumps([staff.trust, clients.trust]),
        "TOKEN_SIGNING_KEY": signing_key(),
        "SESSION_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "SMTP_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "Meedoen <meedoen@libraries.example>",
    }
    process = ServiceProcess(f"services.{request.param}.service", settings).start()
    yield request.param, process
    process.stop()
    postgres.drop(name)


@pytest.fixture
def tokens(staff: Issuer, clients: Issuer) -> dict[str, str]:
    """A good token per role, of an organisation and libraries that are not here."""
    found = {}
    for role in ROLES:
        mine = {"org": SOMEWHERE} if role in ("partner", "case-worker") else {"org": None}
        issuer = clients if role == "partner" else staff
        found[role] = issuer.token(
            sub=SOMEWHERE, roles=[role], libraries=[SOMEWHERE], municipalities=["GM0150"], **mine
        )
    return found
