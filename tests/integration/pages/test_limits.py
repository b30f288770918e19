"""How often people of a partner may send something by pages, and that it costs its machines nothing (ADR 0025)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.pages.conftest import running
from tests.support.intake_process import Intake
from tests.support.openid_provider import OpenIdProvider
from tests.support.servers import TestPostgres
from tests.support.visitor import Visitor

FORM = "/intake/referrals/new"


@pytest.fixture
def strict(postgres: TestPostgres, provider: OpenIdProvider) -> Iterator[Intake]:
    """An intake where an organisation may do little."""
    with running(postgres, provider, RATE_LIMIT="4/hour") as intake:
        yield intake


def test_forms_and_signing_in_are_limited_apart_from_machines(strict: Intake, provider: OpenIdProvider) -> None:
    strict.library("GM0150")
    partner = strict.partner()
    provider.who = {"sub": "mirte", "name": "Mirte", "roles": ["case-worker"], "org": partner.id,
                    "municipalities": ["GM0150"]}  # fmt: skip
    with Visitor(strict.url.removesuffix("/intake")) as visitor, partner.client() as machine:
        assert visitor.sign_in(FORM).status_code == 200
        sent = [visitor.send(FORM) for _ in range(4)]
        assert [answer.status_code for answer in sent] == [400, 400, 400, 429], "signing in was the first of four"
        assert "Je organisatie heeft dit te vaak gedaan" in sent[-1].text
        assert {visitor.open(FORM).status_code for _ in range(6)} == {200}, "who looks is not counted"
        assert [machine.get("/referrals").status_code for _ in range(5)] == [200, 200, 200, 200, 429]
        with Visitor(strict.url.removesuffix("/intake")) as other:
            assert other.sign_in(FORM).status_code == 429
            assert other.session is None
    provider.who = {"sub": "sanne", "name": "Sanne", "roles": ["coordinator"], "libraries": [strict.library("GM0153")]}
    with Visitor(strict.url.removesuffix("/intake")) as coordinator:
        assert {coordinator.sign_in("/intake").status_code for _ in range(6)} == {200}, "staff are not counted"
