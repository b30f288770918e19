"""W3C trace context through HTTP and events; spans go to an OTLP collector only where one is configured.

Without a collector a span is two random ids in a context variable. With one, the same calls make OpenTelemetry spans.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import structlog

_HEADER: Final = re.compile(
    r"^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where we are in a trace: which one, and which step of it."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def traceparent(self) -> str:
        """As W3C's header says it."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)
_tracer: Any = None


def parse(traceparent: str | None) -> Trace | None:
    """The trace that a header names; None where it is missing or malformed, as W3C asks."""
    found = _HEADER.match(traceparent or "")
    if found is None or (found[1] == "00" and found[5]):
        return None
    return Trace(found[2], found[3], bool(int(found[4], 16) & 1))


def current() -> Trace | None:
    """The step at hand, if any."""
    return _current.get()


def current_traceparent() -> str | None:
    """What goes with an event or request that this step causes."""
    trace = _current.get()
    return trace.traceparent if trace else None


@contextmanager
def step(name: str, traceparent: str | None = None, *, kind: str = "internal", **facts: Any) -> Iterator[Trace]:
    """One step of a trace, below `traceparent`, or else below the step at hand, or else the first of a new trace.

    `kind` is OpenTelemetry's: server, consumer, producer, client or internal. Facts become the span's attributes.
    """
    above = parse(traceparent) or _current.get()
    if _tracer is None:
        with _entered(_below(above)) as trace:
            yield trace
        return
    with _recorded(name, above, kind, facts) as trace, _entered(trace):
        yield trace


def _below(above: Trace | None) -> Trace:
    span_id = os.urandom(8).hex()
    return Trace(above.trace_id, span_id, above.sampled) if above else Trace(os.urandom(16).hex(), span_id)


@contextmanager
def _entered(trace: Trace) -> Iterator[Trace]:
    token = _current.set(trace)
    try:
        with structlog.contextvars.bound_contextvars(trace_id=trace.trace_id):
            yield trace
    finally:
        _current.reset(token)


@contextmanager
def _recorded(name: str, above: Trace | None, kind: str, facts: Mapping[str, Any]) -> Iterator[Trace]:
    from opentelemetry import trace as otel

    context = None
    if above is not None:
        flags = otel.TraceFlags(otel.TraceFlags.SAMPLED if above.sampled else otel.TraceFlags.DEFAULT)
        parent = otel.SpanContext(int(above.trace_id, 16), int(above.span_id, 16), is_remote=True, trace_flags=flags)
        context = otel.set_span_in_context(otel.NonRecordingSpan(parent))
    with _tracer.start_as_current_span(
        name, context=context, kind=otel.SpanKind[kind.upper()], attributes=dict(facts),
        record_exception=False, set_status_on_exception=True,
    ) as span:  # fmt: skip
        said = span.get_span_context()
        yield Trace(f"{said.trace_id:032x}", f"{said.span_id:016x}", said.trace_flags.sampled)


def export_to(endpoint: str | None, service: str) -> None:
    """Send spans to an OTLP/HTTP collector at this address; None sends none."""
    global _tracer
    if endpoint is None:
        _tracer = None
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"meedoen-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=5)))
    _tracer = provider.get_tracer("meedoen")
