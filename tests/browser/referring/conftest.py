"""What a case worker sees: intake beside an activities process that knows what a library of Deventer has room for."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.intake_process import Intake, Partner
from tests.support.room import activities_with_room
from tests.support.servers import TestPostgres
from tests.support.website import website

DEVENTER, OLST = "GM0150", "GM1773"
NAME = "Bibliotheek Deventer"
LIBRARY, PARTNER = str(uuid.uuid4()), str(uuid.uuid4())
_WORKER = {"roles": ["case-worker"], "org": PARTNER, "email": "m.dalvoort@example.org"}
PEOPLE = (
    {"sub": "mirte", "name": "Mirte Dalvoort", "municipalities": [DEVENTER, OLST], **_WORKER},
    {"sub": "leen", "name": "Leen Voorbeeld", **_WORKER},
    {"sub": "sanne", "name": "Sanne Voorbeeld", "roles": ["coordinator"], "libraries": [LIBRARY]},
)


@dataclass(frozen=True)
class Desk:
    """The site with its partner: case worker `mirte` has Deventer and Olst-Wijhe, `leen` has no municipality."""

    origin: str
    intake: Intake
    partner: Partner


@pytest.fixture(scope="module")
def site(postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    places, folder = (DEVENTER, OLST), tmp_path_factory.mktemp("identity")
    with (
        activities_with_room(postgres, LIBRARY, NAME, places, session_key=key) as activities,
        website(postgres, PEOPLE, folder, SESSION_KEY=key, ACTIVITIES_URL=activities) as found,
    ):
        serves = [{"municipality": code, "kinds": []} for code in places]
        found.intake.library(DEVENTER, libraryId=LIBRARY, name=NAME, serves=serves)
        partner = found.intake.partner(
            partnerId=PARTNER, name="VluchtelingenWerk Deventer", legalBases=["consent", "public-task"]
        )
        yield Desk(found.origin, found.intake, partner)
