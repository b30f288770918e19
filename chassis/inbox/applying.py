"""Hand events to their handlers, in waves, within one unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from chassis import metrics, tracing
from chassis.assembly import Assembly, Handler
from chassis.failpoints import failpoint
from chassis.inbox.waves import Group, waves
from chassis.unit import Unit
from contracts.envelope import Event


def apply(assembly: Assembly, unit: Unit, events: Sequence[Event]) -> None:
    """Call the handlers of all these events; raises what a handler raises. The caller commits."""
    if not events:
        return
    service = assembly.instance(unit)
    for wave in waves(events):
        for group in wave:
            _hand_over(service, assembly.handlers[group[0].event], unit, group)
            failpoint("inbox-mid-batch")


def _hand_over(service: Any, handler: Handler, unit: Unit, group: Group) -> None:
    method = getattr(service, handler.method)
    name = f"hear {group[0].event.slug}"
    metrics.inbox_group.labels(group[0].type).observe(len(group) if handler.group else 1)
    if handler.group:
        # Each told event goes on in the trace of its own cause, which the handler names.
        unit.cause = unit.traceparent = None
        with tracing.step(name, kind="consumer", events=len(group)):
            method(group)
        return
    for event in group:
        with (
            tracing.step(name, event.traceparent, kind="consumer", event_id=event.id) as trace,
            structlog.contextvars.bound_contextvars(event_id=event.id),
        ):
            unit.cause, unit.traceparent = event, trace.traceparent
            method(event)
    unit.cause = unit.traceparent = None
