"""The base of every service: what all of them answer and do beside their own work."""

from __future__ import annotations

from typing import Any, ClassVar

from chassis import metrics
from chassis.health import health
from chassis.http import Answer, Call, endpoint
from chassis.http.idempotency import IdempotencyStore
from chassis.http.openapi import render
from chassis.http.schemas import AnyQuery
from chassis.operations import Operations
from chassis.timers import every
from chassis.unit import Units

_MOST_FORGOTTEN = 1000
_descriptions: dict[str, bytes] = {}


class Service(Operations):
    """A service of the platform; a subclass gives its `name` and what it does.

    `api_version` is the full version of its HTTP API. `concerns` are dataclasses of settings of its own, checked at
    start with all others.
    """

    name: ClassVar[str]
    api_version: ClassVar[str] = "1.0.0"
    concerns: ClassVar[tuple[type[Any], ...]] = ()

    unit = Units()

    @endpoint("GET", "/health/live", scope=None, query=AnyQuery, below="service", prompt=True)
    def live(self, call: Call) -> dict[str, str]:
        """The process answers."""
        return {"status": "pass"}

    @endpoint("GET", "/health/ready", scope=None, query=AnyQuery, below="service", prompt=True)
    def ready(self, call: Call) -> Answer:
        """Whether the process can do its work, and what each part that it needs says."""
        status, parts = health.report()
        return Answer({"status": status, "checks": parts}, status=503 if status == "fail" else 200)

    @endpoint(
        "GET", "/metrics", scope=None, query=AnyQuery, below="service", produces=metrics.CONTENT_TYPE, prompt=True
    )
    def measured(self, call: Call) -> bytes:
        """All metrics in Prometheus' text format."""
        return metrics.render()

    @endpoint("GET", "/openapi.json", scope=None, query=AnyQuery, tags=["description"], open_to_origins=True)
    def describe_api(self, call: Call) -> bytes:
        """This description."""
        public_url = call.base_url.removesuffix("/v1")
        if public_url not in _descriptions:
            _descriptions[public_url] = render(type(self), public_url)
        return _descriptions[public_url]

    @every(seconds=60, name="forget-answers")
    def forget_answers(self) -> bool:
        """Answers to repeatable requests go after their time."""
        return IdempotencyStore(self.unit).forget_old(_MOST_FORGOTTEN) == _MOST_FORGOTTEN
