"""Finding the service in a module."""

from __future__ import annotations

import importlib
import inspect
from typing import Any


class NoService(Exception):
    """A module of a service defines exactly one subclass of chassis.service.Service."""

    tells_no_data = True


def service_in(module: str) -> type[Any]:
    """The service class that a module defines, such as `services.intake.service`. Raises NoService."""
    from chassis.service import Service

    loaded = importlib.import_module(module)
    found = [
        member
        for _, member in inspect.getmembers(loaded, inspect.isclass)
        if issubclass(member, Service) and member.__module__ == loaded.__name__
    ]
    if len(found) != 1:
        raise NoService(f"{module} defines {len(found)} services, not one")
    return found[0]
