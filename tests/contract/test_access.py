"""The table of who may call what names every endpoint, and the scopes of the roles come to just that."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.http.openapi import operations
from chassis.http.operation import Operation
from chassis.loading import service_in
from contracts.access import ROLES
from contracts.catalogue import SERVICES
from tests.support.access_table import ANYONE, EXPECTED, PAGES


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> type[Any]:
    return service_in(f"services.{request.param}.service")


def expected(name: str, operation: Operation) -> dict[str, frozenset[str]]:
    return (PAGES if operation.below == "pages" else EXPECTED)[name]


def test_every_endpoint_stands_in_the_table_and_nothing_else(service: type[Any]) -> None:
    declared: dict[bool, set[str]] = {True: set(), False: set()}
    for _, operation in operations(service):
        declared[operation.below == "pages"].add(f"{operation.method} {operation.template}")
    assert declared[False] == EXPECTED[service.name].keys()
    assert declared[True] == PAGES[service.name].keys()


def test_scopes_give_each_role_what_the_table_says(service: type[Any]) -> None:
    for _, operation in operations(service):
        given = {role for role, scopes in ROLES.items() if operation.scope in scopes}
        place = f"{operation.method} {operation.template}"
        assert (given or ANYONE) == expected(service.name, operation)[place], f"{service.name}: {place}"


def test_the_host_and_readers_of_reports_reach_no_person() -> None:
    for role in ("report-reader", "operations"):
        places = [*EXPECTED["intake"].items(), *PAGES["intake"].items()]
        reached = {path for path, roles in places if role in roles}
        assert not [path for path in reached if "referral" in path or "participant" in path], role
