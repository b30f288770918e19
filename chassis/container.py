"""nameko's container, with the one thing that ours does besides."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

from nameko.containers import ServiceContainer


class Container(ServiceContainer):
    """A worker begins with the context of whoever spawned it, so that what it logs and tells belongs to its trace.

    Green threads otherwise begin with an empty context.
    """

    def spawn_worker(self, *args: Any, **kwargs: Any) -> Any:
        worker_ctx = super().spawn_worker(*args, **kwargs)
        self._worker_threads[worker_ctx].gr_context = copy_context()
        return worker_ctx
