"""`@endpoint("POST", "/referrals", scope=…)`: a method of a service as an HTTP operation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from marshmallow import Schema
from nameko.extensions import register_entrypoint

from chassis.http.endpoint import Endpoint
from chassis.http.grouped import GroupedEndpoint
from chassis.http.operation import BadDeclaration, Operation

F = TypeVar("F", bound=Callable[..., Any])


def endpoint(
    method: str,
    path: str,
    *,
    scope: str | None,
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    returns: type[Schema] | None = None,
    status: int = 200,
    idempotent: bool = False,
    summary: str = "",
    description: str = "",
    tags: Collection[str] = (),
    errors: Collection[int] = (),
    consumes: Collection[str] = (),
    **more: Any,
) -> Callable[[F], F]:
    """Declare a method of a service as an HTTP operation; :class:`Operation` says what each part means.

    Raises BadDeclaration at import for what cannot work.
    """

    def register(handler: F) -> F:
        said = inspect.cleandoc(handler.__doc__ or "")
        operation = Operation(
            method, path, scope, body, query, returns, status, idempotent,
            summary or said.partition("\n")[0], description or said, tuple(tags), tuple(errors), frozenset(consumes),
            **more,
        )  # fmt: skip
        check_arguments(handler, operation)
        register_entrypoint(handler, GroupedEndpoint(operation) if operation.group else Endpoint(operation))
        return handler

    return register


def check_arguments(handler: Callable[..., Any], operation: Operation) -> None:
    """Raises BadDeclaration when a handler does not take what its path gives."""
    takes = list(inspect.signature(handler).parameters)[1:]
    gets = ["calls" if operation.group else "call", *(name for name, _ in operation.parameters)]
    if sorted(takes) != sorted(gets):
        raise BadDeclaration(f"{handler.__qualname__} takes {takes}, {operation.path} gives {gets}")
