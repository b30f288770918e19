"""Requests that come while others are being handled are handled together, and each still for itself."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from tests.integration.http.test_idempotency import counted
from tests.support.issuer import Issuer
from tests.support.outgoing import until
from tests.support.probe import COMPANY
from tests.support.service_process import ServiceProcess

Sent = tuple[str, dict[str, str]]
PATH = "/probe/v1/grouped-notes"


@dataclass(frozen=True)
class Desk:
    """A probe of the test's own, and what it is sent at once."""

    process: ServiceProcess
    client: httpx.Client

    def together(self, *sent: Sent) -> list[httpx.Response]:
        """Answers to these, which come while the first of all is being handled."""
        company: Sequence[Sent] = [*sent, *[("company", {})] * (COMPANY - 1 - len(sent))]
        begun = self.groups()[0]
        with ThreadPoolExecutor(COMPANY) as clients:
            first = clients.submit(self._post, ("first", {}))
            until(lambda: self.groups()[0] > begun)
            answers = list(clients.map(self._post, company))
            assert first.result().status_code == 201
        assert {answer.status_code for answer in answers[len(sent) :]} <= {201}
        return answers[: len(sent)]

    def _post(self, sent: Sent) -> httpx.Response:
        text, headers = sent
        return self.client.post(PATH, json={"text": text}, headers=headers)

    def groups(self) -> tuple[int, int]:
        """How many transactions there were, and how many requests they carried out."""
        text = self.process.get("/metrics").text
        found = {
            name: re.search(rf'meedoen_http_group_requests_{name}{{route="/grouped-notes"}} (\d+)', text)
            for name in ("count", "sum")
        }
        return tuple(int(one[1]) if one else 0 for one in found.values())  # type: ignore[return-value]


@pytest.fixture
def desk(own: ServiceProcess, issuer: Issuer) -> Iterator[Desk]:
    own.start()
    with httpx.Client(base_url=own.address, headers=issuer.bearer(), timeout=100, trust_env=False) as client:
        yield Desk(own, client)
    assert own.stop() == 0


def test_who_comes_meanwhile_goes_together(desk: Desk, own_database: str) -> None:
    assert [answer.status_code for answer in desk.together(("one", {}), ("two", {}))] == [201, 201]
    transactions, requests = desk.groups()
    assert requests == COMPANY
    assert transactions < requests
    assert counted(own_database) == COMPANY


def test_a_refusal_is_nobody_elses(desk: Desk, own_database: str) -> None:
    refused, kept = desk.together(("refused", {}), ("kept", {}))
    assert (refused.status_code, kept.status_code) == (409, 201)
    assert refused.json()["type"].endswith("/may-not-be")
    assert counted(own_database) == COMPANY - 1


def test_what_breaks_a_transaction_breaks_itself_alone(desk: Desk, own_database: str) -> None:
    before, broken, after = desk.together(("before", {}), ("broken", {}), ("after", {}))
    assert [one.status_code for one in (before, broken, after)] == [201, 500, 201]
    assert counted(own_database) == COMPANY - 1
    assert "this breaks everything" not in broken.text


def test_a_database_that_is_away_is_waited_for_once(desk: Desk) -> None:
    answers = desk.together(("away", {}), *[("beside", {})] * (COMPANY - 2))
    assert answers[0].status_code == 503
    done = Counter(answer.status_code for answer in answers)
    assert set(done) <= {201, 503}
    assert done[503] > 1, "nobody beside it was told at once"


def test_what_takes_too_long_costs_itself_alone(desk: Desk, own_database: str) -> None:
    before, late, after = desk.together(("before", {}), ("late", {}), ("after", {}))
    assert [one.status_code for one in (before, late, after)] == [201, 503, 201]
    assert late.json()["type"].endswith("/took-too-long")
    assert counted(own_database) == COMPANY - 1


def test_when_all_take_too_long_nobody_waits_for_all_of_them(desk: Desk) -> None:
    """Rule: where two in a row take as long as they may, the rest are told so without trying."""
    answers = desk.together(*[("late", {})] * (COMPANY - 1))
    assert {answer.status_code for answer in answers} == {503}
    tried = re.findall(r"group_given_up", "\n".join(desk.process.text))
    assert tried


def test_a_key_that_comes_twice_at_once_is_carried_out_once(desk: Desk, own_database: str) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answers = desk.together(("twice", key), ("twice", key))
    assert counted(own_database) == COMPANY - 1
    done = Counter(answer.status_code for answer in answers)
    assert done in (Counter({201: 1, 409: 1}), Counter({201: 2}))
    (again,) = desk.together(("twice", key))
    assert again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"


def test_each_knows_the_step_of_its_own_trace(desk: Desk) -> None:
    traces = [uuid.uuid4().hex for _ in range(3)]
    sent = [("traced", {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}) for trace in traces]
    assert [answer.json()["text"].split("-")[1] for answer in desk.together(*sent)] == traces
