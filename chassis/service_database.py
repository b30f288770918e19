"""The database of a service process, shared by all its entrypoints and providers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

from nameko.extensions import SharedExtension

from chassis import settings
from chassis.database import Database

S = TypeVar("S")


def configured(container: Any, concern: type[S]) -> S:
    """The settings of a concern: from the container's own configuration where it says them, else the environment.

    Raises SettingsError.
    """
    said: Mapping[str, Any] = container.config
    return settings.read(concern, {**os.environ, **{name: str(text) for name, text in said.items()}})


class ServiceDatabase(SharedExtension):
    """`database = ServiceDatabase()` in an extension: one pool per process. Connects when first used."""

    @cached_property
    def database(self) -> Database:
        """The pool of this service. Raises SettingsError when DATABASE_URL is missing or wrong."""
        found = configured(self.container, settings.DatabaseSettings)
        return Database(found.url, application_name=self.container.service_name, pool_size=found.pool_size)

    def kill(self) -> None:
        self.stop()

    def stop(self) -> None:
        if "database" in self.__dict__:
            self.database.close_idle()
