"""The table of who may call what names every endpoint, and the scopes of the roles come to just that."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.http.openapi import operations
from chassis.loading import service_in
from contracts.access import ROLES
from contracts.catalogue import SERVICES
from tests.support.access_table import ANYONE, EXPECTED


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> type[Any]:
    return service_in(f"services.{request.param}.service")


def test_every_endpoint_stands_in_the_table_and_nothing_else(service: type[Any]) -> None:
    declared = {f"{operation.method} {operation.template}" for _, operation in operations(service)}
    assert declared == EXPECTED[service.name].keys()


def test_scopes_give_each_role_what_the_table_says(service: type[Any]) -> None:
    for _, operation in operations(service):
        given = {role for role, scopes in ROLES.items() if operation.scope in scopes}
        expected = EXPECTED[service.name][f"{operation.method} {operation.template}"]
        assert (given or ANYONE) == expected, f"{service.name}: {operation.method} {operation.template}"


def test_the_host_and_readers_of_reports_reach_no_person() -> None:
    for role in ("report-reader", "operations"):
        reached = {path for path, roles in EXPECTED["intake"].items() if role in roles}
        assert not [path for path in reached if "referral" in path or "participant" in path], role
