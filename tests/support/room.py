"""An activities process that knows one library and what it has room for."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from chassis.migrations import migrate
from chassis.testing import Harness
from contracts.intake import LibraryRegistered
from services.activities.domain.matching import Opening
from services.activities.service import ActivitiesService
from tests.support.events import event
from tests.support.newcomers import ident
from tests.support.servers import TestPostgres, fresh_name
from tests.support.service_process import ServiceProcess
from tests.support.town import Town

KIND = "digital-skills"
NOBODY = {"issuer": "http://127.0.0.1:1", "jwksUri": "http://127.0.0.1:1/jwks", "audience": "meedoen",
          "algorithms": ["ES256"], "kind": "staff"}  # fmt: skip
"""No token is asked for: who comes has a session."""


@contextmanager
def activities_with_room(
    postgres: TestPostgres, library_id: str, name: str, municipalities: Sequence[str], *, session_key: str
) -> Iterator[str]:
    """Its address with its prefix. There is room for :data:`KIND` and for nothing else; it begins in nine days."""
    database = fresh_name()
    url = postgres.create(database)
    migrate(url, "activities")
    starts_at = (datetime.now(UTC) + timedelta(days=9)).replace(hour=9, minute=0, second=0, microsecond=0)
    with Harness(ActivitiesService, url) as harness:
        town = Town(harness)
        town.schedule(
            Opening(activity_id=ident(0xA, 1), library_id=library_id, kind=KIND, municipality=municipalities[0], free=8,
                    next_in={"mon-morning": starts_at})
        )  # fmt: skip
        serves = [{"municipality": code, "kinds": []} for code in municipalities]
        said = {"library_id": library_id, "name": name, "mailbox": "taalhuis@example.org", "language": "nl"}
        town.deliver([event(LibraryRegistered, library_id, said | {"serves": serves})])
    settings = {
        "DATABASE_URL": url,
        "AMQP_URI": "amqp://guest:guest@127.0.0.1:1/nowhere",
        "HTTP_ADDRESS": "127.0.0.1:0",
        "PUBLIC_URL": "http://127.0.0.1/activities",
        "TRUSTED_ISSUERS": json.dumps([NOBODY]),
        "ORGANISATION_NUMBER": "00000001234567890000",
        "MASTER_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "SESSION_KEY": session_key,
    }
    process = ServiceProcess("services.activities.service", settings).start()
    yield f"{process.address}/activities"
    assert process.stop() == 0
    postgres.drop(database)
