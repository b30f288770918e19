"""What services declare about their HTTP: scopes, names, bounds, and a description that is valid OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields

from chassis.http.openapi import describe, operations
from chassis.http.operation import Operation
from chassis.loading import service_in
from chassis.pages.operation import PageOperation
from contracts.access import ROLES, SCOPES
from contracts.catalogue import SERVICES

PUBLIC = {
    "/health/live", "/health/ready", "/metrics", "/openapi.json", "/oauth/token", "/jwks",
    # Pages: what somebody needs who is not signed in yet, or no more.
    "/static/<digest>/<name>", "/language", "/sign-in", "/sign-in/<provider_id>", "/sign-in/callback", "/signed-out",
}  # fmt: skip
"""Everything that may be asked without a token or a session. Whoever adds to it says why in a review."""

REPEATABLE_BY_THEMSELVES = {"register_library"}
"""What a second time finds what the first one made, by its name or id, without a key."""


def services() -> Iterator[type[Any]]:
    return (service_in(f"services.{name}.service") for name in SERVICES)


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> type[Any]:
    return service_in(f"services.{request.param}.service")


def test_every_endpoint_asks_a_scope_or_is_known_to_be_public(service: type[Any]) -> None:
    for name, operation in operations(service):
        asks_session = isinstance(operation, PageOperation) and operation.signed_in
        assert operation.scope is not None or asks_session or operation.path in PUBLIC, f"{service.name}.{name}"


def test_every_scope_is_asked_somewhere_and_given_by_some_role() -> None:
    asked = {operation.scope for service in services() for _, operation in operations(service)} - {None}
    assert asked == set(SCOPES)
    assert set().union(*ROLES.values()) == set(SCOPES)


def test_paths_are_plural_kebab_case_and_no_two_are_the_same(service: type[Any]) -> None:
    seen = set()
    for name, operation in operations(service):
        for segment in re.sub(r"\{[^}]+\}", "", operation.template).strip("/").split("/"):
            assert re.fullmatch(r"[a-z0-9.-]*", segment), f"{service.name}.{name}: {segment}"
        seen.add((operation.method, operation.route))
    assert len(seen) == len(operations(service))


def test_what_creates_may_be_repeated(service: type[Any]) -> None:
    for name, operation in operations(service):
        if operation.method == "POST" and operation.status == 201 and name not in REPEATABLE_BY_THEMSELVES:
            assert operation.idempotent, f"{service.name}.{name}"


def test_each_operation_says_what_it_does(service: type[Any]) -> None:
    for name, operation in operations(service):
        assert operation.summary, f"{service.name}.{name}"
        for schema in filter(None, [operation.body, operation.returns]):
            assert schema.__doc__, f"{service.name}.{name}: {schema.__name__}"


def test_no_field_of_a_request_is_unbounded(service: type[Any]) -> None:
    for name, operation in operations(service):
        for schema in filter(None, [operation.body, operation.query]):
            for path, field in _fields(schema(), ""):
                assert _is_bounded(field), f"{service.name}.{name}: {path}"


def _fields(schema: Schema, path: str) -> Iterator[tuple[str, fields.Field[Any]]]:
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        yield f"{path}{name}", field
        if isinstance(inner, fields.Nested):
            yield from _fields(inner.schema, f"{path}{name}.")


def _is_bounded(field: fields.Field[Any]) -> bool:
    if isinstance(field, fields.List | fields.Integer) or type(field) in {fields.String, fields.Email, fields.Url}:
        return bool(field.validators)
    return type(field) not in {fields.Raw, fields.Dict, fields.Field}


def test_the_description_is_valid_and_complete(service: type[Any]) -> None:
    said = describe(service, f"https://meedoen.example/{service.name}")
    assert said["openapi"] == "3.0.3"
    assert set(said["info"]["contact"]) == {"name", "email", "url"}
    assert said["servers"] == [{"url": f"https://meedoen.example/{service.name}/v1"}]
    declared = {(o.template, o.method.lower()) for _, o in operations(service) if o.below == "api"}
    assert {(path, method) for path, item in said["paths"].items() for method in item} == declared
    _references_resolve(said, said)


def test_what_any_request_may_be_answered_is_described(service: type[Any]) -> None:
    said = describe(service, f"https://meedoen.example/{service.name}")
    for path, item in said["paths"].items():
        for method, operation in item.items():
            assert {"400", "414", "431", "500", "503"} <= operation["responses"].keys(), (method, path)


def test_what_may_be_there_already_is_answered_200_or_201_and_both_are_described() -> None:
    said = describe(service_in("services.intake.service"), "https://meedoen.example/intake")
    for path in ("/libraries", "/partners"):
        answers = said["paths"][path]["post"]["responses"]
        assert answers["200"]["content"] == answers["201"]["content"]
        assert answers["200"]["description"].endswith("registered already; nothing is changed.")


def _references_resolve(part: Any, whole: dict[str, Any]) -> None:
    if isinstance(part, dict):
        if "$ref" in part:
            found: Any = whole
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        for inner in part.values():
            _references_resolve(inner, whole)
    elif isinstance(part, list):
        for inner in part:
            _references_resolve(inner, whole)


def test_operations_are_declared_with_facts_that_fit_together(service: type[Any]) -> None:
    for name, operation in operations(service):
        assert isinstance(operation, Operation)
        assert not (operation.method == "GET" and operation.media_types), f"{service.name}.{name}"
        assert operation.status < 400
