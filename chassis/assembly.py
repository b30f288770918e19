"""The service class with all that it declares, put together anew for each unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nameko.containers import WorkerContext
from nameko.exceptions import ConfigurationError

from chassis.unit import Unit
from contracts.event import EventData


@dataclass(frozen=True, slots=True)
class Handler:
    """A method that hears one event class; `group` when it takes a list."""

    method: str
    group: bool


class Assembly:
    """What a nameko container holds, without its workers: handlers by event, and instances.

    Used by whatever runs service code outside a nameko worker: the inbox, retries, timers and tests.
    """

    def __init__(self, container: Any) -> None:
        self.container = container
        self.service: str = container.service_name
        self.handlers = _handlers(container)

    def instance(self, unit: Unit, entrypoint: Any = None) -> Any:
        """A service whose dependencies all work in this unit."""
        service = self.container.service_cls()
        context = WorkerContext(self.container, service, entrypoint)
        context.unit = unit
        for provider in self.container.dependencies:
            setattr(service, provider.attr_name, provider.get_dependency(context))
        return service


def _handlers(container: Any) -> dict[type[EventData], Handler]:
    found: dict[type[EventData], Handler] = {}
    for entrypoint in container.entrypoints:
        event = getattr(entrypoint, "hears", None)
        if event is None:
            continue
        if event in found:
            raise ConfigurationError(f"{container.service_name} has two handlers for {event.__name__}")
        found[event] = Handler(entrypoint.method_name, entrypoint.group)
    return found
