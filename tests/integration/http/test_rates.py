"""One partner that asks too often is told to wait; others, staff and the next window are not touched."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.integration.http.conftest import prepared, settings
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name
from tests.support.service_process import ServiceProcess

Start = Callable[..., ServiceProcess]


@pytest.fixture
def start(postgres: TestPostgres, issuer: Issuer, staff_issuer: Issuer) -> Iterator[Start]:
    """Starts processes of one service, on one database, with this limit."""
    name = fresh_name()
    url = prepared(postgres, name)
    with ExitStack() as ending:
        ending.callback(postgres.drop, name)

        def starting(limit: str) -> ServiceProcess:
            given = settings(url, issuer, staff_issuer, RATE_LIMIT=limit)
            process = ServiceProcess("tests.support.probe", given).start()
            ending.callback(process.stop)
            return process

        yield starting


def asked(process: ServiceProcess, headers: dict[str, str], path: str = "/notes") -> httpx.Response:
    return process.get(f"/probe/v1{path}", headers=headers)


def test_who_asks_too_often_is_told_how_long_to_wait(start: Start, issuer: Issuer, staff_issuer: Issuer) -> None:
    process = start("3/hour")
    mine = issuer.bearer(sub="partner-1", org="partner-1")
    answers = [asked(process, mine) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit"].split(";")[:2] for answer in answers] == [
        ['"organisation"', f"r={left}"] for left in (2, 1, 0, 0)
    ]
    assert answers[0].headers["RateLimit-Policy"] == '"organisation";q=3;w=3600'
    refused = answers[3]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.json()["detail"].startswith("Your organisation may ask 3 per 1 hour.")
    other = asked(process, issuer.bearer(sub="partner-2", org="partner-2"))
    assert (other.status_code, other.headers["RateLimit"].split(";")[1]) == (200, "r=2")
    staff = asked(process, staff_issuer.bearer(sub="anna", org=None, roles=["coordinator", "operations"]))
    assert staff.status_code == 200
    assert "RateLimit" not in staff.headers
    assert "meedoen_http_limited_total 1.0" in process.get("/metrics").text


def test_processes_and_people_of_one_partner_share_a_limit(start: Start, issuer: Issuer, staff_issuer: Issuer) -> None:
    one, other = start("3/hour"), start("3/hour")
    machine = issuer.bearer(sub="partner-3", org="partner-3")
    worker = staff_issuer.bearer(sub="mirte", org="partner-3", roles=["case-worker"])
    statuses = [asked(one, machine).status_code, asked(other, machine).status_code]
    statuses += [asked(one, worker).status_code, asked(other, worker).status_code]
    assert statuses == [200, 200, 200, 429]


def test_what_is_counted_ahead_is_never_more_than_the_limit(start: Start, issuer: Issuer) -> None:
    one, other = start("200/hour"), start("200/hour")
    mine = issuer.bearer(sub="partner-7", org="partner-7")
    answers = [asked(process, mine) for process in [one] * 6 + [other] * 3]
    lefts = [int(answer.headers["RateLimit"].split(";")[1].removeprefix("r=")) for answer in answers]
    assert lefts == [199, 198, 197, 196, 195, 194, 193, 192, 191], "two are counted at a time, by each process"
    with ThreadPoolExecutor(8) as clients:
        statuses = Counter(answer.status_code for answer in clients.map(lambda _: asked(one, mine), range(220)))
    assert statuses == {200: 190, 429: 30}
    assert asked(other, mine).status_code == 200, "one of those that it had counted ahead"
    assert asked(other, mine).status_code == 429


def test_a_request_that_fails_counts_and_a_stranger_does_not(start: Start, issuer: Issuer) -> None:
    process = start("2/hour")
    mine = issuer.bearer(sub="partner-4", org="partner-4")
    assert asked(process, {"Authorization": "Bearer nonsense"}).status_code == 401
    missing = asked(process, mine, "/notes/11111111-1111-4111-8111-111111111111")
    assert (missing.status_code, missing.headers["RateLimit"].split(";")[1]) == (404, "r=1")
    assert [asked(process, mine).status_code for _ in range(2)] == [200, 429]


def test_the_next_window_begins_anew(start: Start, issuer: Issuer) -> None:
    process = start("1/second")
    mine = issuer.bearer(sub="partner-5", org="partner-5")
    until = time.monotonic() + 60
    seen = {asked(process, mine).status_code}
    while seen != {200, 429} and time.monotonic() < until:
        seen.add(asked(process, mine).status_code)
    while asked(process, mine).status_code != 200:
        assert time.monotonic() < until, "no window ever ended"


def test_a_limit_can_be_left_out(start: Start, issuer: Issuer) -> None:
    answer = asked(start("unlimited"), issuer.bearer(sub="partner-6", org="partner-6"))
    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers
