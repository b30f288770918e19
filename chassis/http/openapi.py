"""The OpenAPI description of a service, made from what its endpoints declare.

`python -m chassis.http.openapi services.intake.service` prints it without starting the service.
"""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import Any, Final

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields

from chassis.http.components import VERSION_HEADER, add_components
from chassis.http.endpoint import Endpoint
from chassis.http.operation import Operation
from chassis.http.paging import PageQuery
from contracts.event import camel

CONTACT: Final = {
    "name": "Meedoen, the maintainers",
    "email": "meedoen@meedoen.example",
    "url": "https://meedoen.example/",
}
_LICENCE: Final = {"name": "EUPL-1.2", "url": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12"}
_KINDS: Final[dict[str, dict[str, Any]]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
}
_BYTES: Final = {"type": "string", "format": "binary"}


def operations(service: type[Any]) -> list[tuple[str, Operation]]:
    """Each operation of a service class, with the name of its method."""
    found = []
    for name, method in inspect.getmembers(service, inspect.isfunction):
        for entrypoint in getattr(method, "nameko_entrypoints", ()):
            if isinstance(entrypoint, Endpoint):
                found.append((name, entrypoint.operation))
    return sorted(found, key=lambda pair: (pair[1].path, pair[1].method))


def describe(service: type[Any], public_url: str) -> dict[str, Any]:
    """The description of a service as it is reached at `public_url`."""
    described = [(name, operation) for name, operation in operations(service) if operation.below == "api"]
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    spec = APISpec(
        title=f"Meedoen: {service.name}",
        version=service.api_version,
        openapi_version="3.0.3",
        plugins=[plugin],
        info={"description": inspect.cleandoc(service.__doc__ or ""), "contact": CONTACT, "license": _LICENCE},
        servers=[{"url": f"{public_url}/v1"}],
        tags=[{"name": tag} for tag in sorted({tag for _, operation in described for tag in operation.tags})],
    )
    # RFC 3339 knows no time of day without a date; a pattern says what is meant.
    plugin.map_to_openapi_type(fields.Time, "string", None)
    add_components(spec, public_url)
    for name, operation in described:
        spec.path(operation.template, operations={operation.method.lower(): _operation(service.name, name, operation)})
    done: dict[str, Any] = spec.to_dict()
    return done


def _schema_name(schema: Any) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__.removeprefix("_")


def _operation(service: str, name: str, operation: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": camel(name),
        "summary": operation.summary,
        "description": operation.description,
        "tags": list(operation.tags) or [service],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [] if operation.scope is None else [{"clients": [operation.scope]}, {"staff": []}],
    }
    if operation.media_types:
        content = {"schema": operation.body} if operation.body else {"schema": _BYTES}
        said["requestBody"] = {"required": True, "content": dict.fromkeys(sorted(operation.media_types), content)}
    return _merged(said, operation.openapi)


def _parameters(operation: Operation) -> list[Any]:
    said: list[Any] = [
        {"in": "path", "name": camel(name), "required": True, "schema": _KINDS.get(kind, {"type": "string"})}
        for name, kind in operation.parameters
    ]
    if operation.query is not None:
        said.append({"in": "query", "schema": operation.query})  # apispec makes one parameter of each field
    if operation.idempotent:
        said.append("IdempotencyKey")
    if operation.guarded:
        said.append("IfMatch")
    return said


def _responses(operation: Operation) -> dict[str, Any]:
    done: dict[str, Any] = {
        "description": HTTPStatus(operation.status).phrase,
        "headers": {"API-Version": VERSION_HEADER},
    }
    schema = _returned(operation)
    if schema is not None:
        done["content"] = {operation.produces: {"schema": schema}}
    problems = {400, 414, 431, 500, 503, *operation.errors}
    problems |= {401, 403, 429} if operation.scope is not None else set()
    problems |= {404} if operation.parameters else set()
    problems |= {408, 413, 415} if operation.media_types else set()
    problems |= {412, 428} if operation.guarded else set()
    problems |= {409, 422} if operation.idempotent else set()
    answers = {str(operation.status): done}
    if operation.known:
        answers["200"] = done | {"description": operation.known}
    return answers | {str(code): {"$ref": f"#/components/responses/Problem{code}"} for code in sorted(problems)}


def _returned(operation: Operation) -> Any:
    if operation.returns is None:
        return None if operation.status == 204 else {"type": "object"}
    if operation.query is None or not issubclass(operation.query, PageQuery):
        return operation.returns
    following = {"type": "string", "format": "uri", "nullable": True, "description": "The next page; null at the end."}
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": operation.returns}, "next": following},
    }


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    joined = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(joined.get(key), dict) and "$ref" not in joined[key]
        joined[key] = _merged(joined[key], value) if both else value
    return joined


def render(service: type[Any], public_url: str) -> bytes:
    """The description as JSON."""
    return orjson.dumps(describe(service, public_url), option=orjson.OPT_INDENT_2)


def main(arguments: list[str]) -> None:
    """Print the description of the service in a module, as if it were reached at https://meedoen.example."""
    from chassis.loading import service_in

    service = service_in(arguments[0])
    print(render(service, f"https://meedoen.example/{service.name}").decode())  # noqa: T201 (its whole purpose)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

__all__ = ["describe", "operations", "render"]
