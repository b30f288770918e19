"""An intake process with pages, an identity provider of our own, and visitors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.support.intake_process import Intake, referral
from tests.support.issuer import Issuer
from tests.support.openid_provider import OpenIdProvider
from tests.support.servers import TestPostgres, fresh_name
from tests.support.visitor import Visitor

ELSEWHERE = "http://127.0.0.1:2"


@pytest.fixture(scope="package")
def openid() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider()
    yield provider
    provider.stop()


@pytest.fixture(scope="package")
def intake(postgres: TestPostgres, openid: OpenIdProvider) -> Iterator[Intake]:
    """One intake process for the tests of this folder; each uses organisations and people of its own."""
    with running(postgres, openid) as intake:
        yield intake


@contextmanager
def running(postgres: TestPostgres, openid: OpenIdProvider, **settings: str) -> Iterator[Intake]:
    """An intake process on a database of its own, where people sign in at this provider."""
    name, staff = fresh_name(), Issuer("staff")
    away = openid.setting(id="away", issuer="http://127.0.0.1:1")
    # Browsers know it by one address, intake reaches it by another: nobody is at the first one here.
    inside = openid.setting(id="inside", issuer=ELSEWHERE, reachedAt=openid.issuer)
    providers = json.dumps([openid.setting(), away, inside])
    intake = Intake(postgres.create(name), staff, IDENTITY_PROVIDERS=providers, **settings)
    trusted = [*json.loads(intake.settings["TRUSTED_ISSUERS"]), openid.trust]
    intake.process.start(TRUSTED_ISSUERS=json.dumps(trusted))
    yield intake
    intake.process.stop()
    staff.stop()
    postgres.drop(name)


@pytest.fixture
def provider(openid: OpenIdProvider) -> OpenIdProvider:
    """The provider, honest again."""
    openid.be_itself()
    return openid


@pytest.fixture
def visitor(intake: Intake) -> Iterator[Visitor]:
    with Visitor(intake.url.removesuffix("/intake")) as one:
        yield one


@pytest.fixture
def other(intake: Intake) -> Iterator[Visitor]:
    """Somebody at another browser."""
    with Visitor(intake.url.removesuffix("/intake")) as one:
        yield one


@dataclass(frozen=True)
class Place:
    """A library that serves Deventer, and a referral that waits there as nobody told the person."""

    library_id: str
    referral_id: str
    partner_id: str


@pytest.fixture
def waiting(intake: Intake) -> Place:
    library_id = intake.library("GM0150")
    partner = intake.partner()
    with partner.client() as client:
        answer = client.post("/referrals", json=referral(informed=None))
        assert answer.status_code == 201, answer.text
        found = answer.json()
    # An earlier test's library may serve the place too: the referral is of the first.
    return Place(found["libraryId"] or library_id, found["referralId"], partner.id)
