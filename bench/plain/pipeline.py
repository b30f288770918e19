"""The plain pipeline as the bench runs it, on servers with the same settings as Meedoen's."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

import jwt
import psycopg2
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from psycopg2.extras import execute_values

from bench.pipeline import Pipeline
from bench.world import PARTNER, world
from contracts.catalogue import SERVICES
from infra.demo.model import Activity
from infra.local.installation import AUDIENCE, MAIL_CATCHER, ROOT
from infra.local.ports import answers
from ops.supervisor.program import Program
from services.activities.domain.matching import joinable_until
from services.activities.domain.series import Series, plan

_ISSUER: Final = "http://127.0.0.1/bench"
_SQL: Final = ROOT / "bench" / "plain" / "sql"
_COUNTED_AT: Final = """
select referral_id, pg_xact_commit_timestamp(xmin) from enrolment where referral_id = any(%(referrals)s::uuid[])
"""
_NOTICED_AT: Final = """
select referral_id, pg_xact_commit_timestamp(xmin) from notice
where referral_id = any(%(referrals)s::uuid[]) and code in ('place-held', 'participant-enrolled')
"""
_SETTLED: Final = {
    "reporting": """
        select count(*) from referral join enrolment using (referral_id)
        where received_at >= to_timestamp(%(since)s)""",
    "intake": """
        select count(*) from referral join need using (referral_id)
        where partner_id = %(partner)s and received_at >= to_timestamp(%(since)s) and phase in ('held', 'scheduled')""",
    "notifications": """
        select count(*) from notice
        where heard_at >= to_timestamp(%(since)s) and code in ('place-held', 'participant-enrolled')""",
}
"""What counts, in each service that is last to hear, the referrals that came to their end."""


class Plain(Pipeline):
    """Four nameko services, one process each."""

    name = "plain"

    def processes(self, local: dict[str, Program]) -> list[Program]:
        return [local[MAIL_CATCHER], *map(self._service, SERVICES)]

    def _service(self, service: str) -> Program:
        port = int(self.at.address(service).rpartition(":")[2])
        return Program(
            name=service, kind="service", starts=1, stops=0,
            command=lambda tied: [*tied, sys.executable, "-m", "bench.plain.run", service],
            environment=lambda: self._environment(service),
            healthy=lambda: _answers(port) if service == "intake" else True,
            log=self.at.logs / f"{service}.log", cwd=ROOT,
        )  # fmt: skip

    def _environment(self, service: str) -> dict[str, str]:
        issuer = {"issuer": _ISSUER, "jwksUri": f"{_ISSUER}/jwks", "audience": AUDIENCE, "algorithms": ["ES256"],
                  "kind": "clients"}  # fmt: skip
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return self.at.environment(service) | {
            "TRUSTED_ISSUERS": json.dumps([issuer]),
            "ISSUER_KEYS": json.dumps({"keys": [public | {"kid": "bench", "use": "sig", "alg": "ES256"}]}),
            "SMTP_ADDRESS": self.at.address(MAIL_CATCHER),
        }

    @cached_property
    def _key(self) -> Any:
        return ec.generate_private_key(ec.SECP256R1())

    def set_up(self) -> None:
        self.start_servers()
        for service in SERVICES:
            self.at.make_database(service)
            self.tell(service, (_SQL / f"{service}.sql").read_text())
        self._fill()
        self.start()  # nameko declares queues when it starts: what is dispatched before is lost
        self.stop()

    def _fill(self) -> None:
        region, now = world(), datetime.now(UTC)
        partner: tuple[Any, ...] = (PARTNER.partner_id, PARTNER.name, "active", [])
        areas = [
            (library.library_id, municipality, list(library.kinds), now + timedelta(seconds=place))
            for place, library in enumerate(region.libraries)
            for municipality in library.municipalities
        ]
        self._insert("intake", "partner", [partner])
        self._insert("intake", "served_area", areas)
        names = [(one.library_id, one.name, one.mailbox, one.language) for one in region.libraries]
        self._insert("notifications", "library", names)
        programmes = {one.programme_id: one for one in region.programmes}
        for activity in region.activities:
            programme = programmes[activity.programme_id]
            self._plan(activity, programme.library_id, programme.kind)

    def _plan(self, activity: Activity, library_id: str, kind: str) -> None:
        start = datetime.strptime(activity.start_time, "%H:%M").time()  # noqa: DTZ007 (local, as series are)
        series = Series(activity.start_date, start, activity.minutes, f"FREQ=WEEKLY;COUNT={activity.weeks}")
        sessions = plan(series)
        until = joinable_until(kind, [session.starts_at for session in sessions])
        row: tuple[Any, ...] = (
            activity.activity_id, library_id, kind, activity.municipality, False, activity.capacity, 0, None, None,
            [], [], [], until,
        )  # fmt: skip
        self._insert("activities", "activity", [row])
        self._insert("activities", "session", [(activity.activity_id, one.starts_at, one.slot) for one in sessions])

    def _insert(self, service: str, table: str, rows: list[tuple[Any, ...]]) -> None:
        with closing(psycopg2.connect(self.url(service))) as connection, connection, connection.cursor() as cursor:
            execute_values(cursor, f"insert into {table} values %s", rows)

    def target(self) -> tuple[str, str, str]:
        now = time.time()
        claims = {"iss": _ISSUER, "aud": AUDIENCE, "sub": PARTNER.partner_id, "org": PARTNER.partner_id, "iat": now,
                  "exp": int(now) + 600, "jti": uuid4().hex}  # fmt: skip
        token = jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": "bench"})
        return self.at.address("intake"), "/referrals", token

    def is_settled(self, count: int, since: float) -> bool:
        asked = {"partner": PARTNER.partner_id, "since": since}
        return all(self.ask(service, query, **asked) == [(count,)] for service, query in _SETTLED.items())

    def counted_at(self, referrals: list[str]) -> dict[str, float]:
        return self.moments("reporting", _COUNTED_AT, referrals)

    def noticed_at(self, referrals: list[str]) -> dict[str, float]:
        return self.moments("notifications", _NOTICED_AT, referrals)


def _answers(port: int) -> bool:
    if not answers(port):
        return False
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
