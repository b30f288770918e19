"""Every metric of a process, named `meedoen_…`, in one registry. Labels are codes of ours, never data of a person."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY: Final = CollectorRegistry(auto_describe=True)
CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

_FAST: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SLOW: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)
_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

# HTTP
http_requests: Final = Histogram(
    "meedoen_http_request_duration_seconds",
    "From a request's last header byte to its answer being ready, by route template.",
    ["method", "route", "status"],
    buckets=_FAST,
    registry=REGISTRY,
)
http_running: Final = Gauge("meedoen_http_requests_running", "Requests being handled now.", registry=REGISTRY)
http_connections: Final = Gauge("meedoen_http_connections", "Open connections of clients.", registry=REGISTRY)
http_group: Final = Histogram(
    "meedoen_http_group_requests", "Requests that were carried out in one transaction.", ["route"], buckets=_SIZES,
    registry=REGISTRY,
)  # fmt: skip
http_replayed: Final = Counter(
    "meedoen_http_idempotent_replays_total", "Requests answered again from the kept answer.", registry=REGISTRY
)
http_limited: Final = Counter(
    "meedoen_http_limited_total", "Requests refused because their organisation asked too often.", registry=REGISTRY
)
http_refused: Final = Counter(
    "meedoen_http_refused_total", "Requests refused before a route was found.", ["reason"], registry=REGISTRY
)
identity_key_fetches: Final = Counter(
    "meedoen_identity_key_fetches_total", "Fetches of issuers' keys.", ["outcome"], registry=REGISTRY
)

# Outbox and relay
outbox_depth: Final = Gauge("meedoen_outbox_depth", "Events waiting to be published.", ["lane"], registry=REGISTRY)
outbox_age: Final = Gauge(
    "meedoen_outbox_oldest_seconds", "Age of the oldest event that waits to be published.", ["lane"], registry=REGISTRY
)
relay_active: Final = Gauge("meedoen_relay_active", "1 where a relay holds this database's lock.", registry=REGISTRY)
events_told: Final = Counter(
    "meedoen_events_told_total", "Events committed to the outbox.", ["type"], registry=REGISTRY
)
events_published: Final = Counter(
    "meedoen_events_published_total", "Events that the broker confirmed.", registry=REGISTRY
)
relay_restarts: Final = Counter(
    "meedoen_relay_restarts_total", "Channels closed and begun again.", ["reason"], registry=REGISTRY
)
queues_repaired: Final = Counter(
    "meedoen_queues_repaired_total", "Queues that were missing and were declared again.", registry=REGISTRY
)
topology_differs: Final = Gauge(
    "meedoen_topology_differs", "1 where the broker holds something with other arguments.", registry=REGISTRY
)

# Inbox
inbox_batch: Final = Histogram(
    "meedoen_inbox_batch_events", "Events taken in one batch.", ["queue"], buckets=_SIZES, registry=REGISTRY
)
inbox_group: Final = Histogram(
    "meedoen_inbox_group_events", "Events that one call of a handler took.", ["type"], buckets=_SIZES, registry=REGISTRY
)
inbox_seconds: Final = Histogram(
    "meedoen_inbox_batch_duration_seconds", "From first byte to acknowledged.", ["queue"], buckets=_FAST,
    registry=REGISTRY,
)  # fmt: skip
events_heard: Final = Counter(
    "meedoen_events_heard_total",
    "Events taken, by outcome: applied, repeated, deferred, parked.",
    ["type", "outcome"],
    registry=REGISTRY,
)
events_again: Final = Counter(
    "meedoen_events_again_total",
    "Events that came once more: given back to the broker by whoever took them, or told again by a relay.",
    ["queue"],
    registry=REGISTRY,
)
event_lag: Final = Histogram(
    "meedoen_event_lag_seconds", "From an event's own time to its being applied here.", ["type"], buckets=_SLOW,
    registry=REGISTRY,
)  # fmt: skip
consumer_active: Final = Gauge(
    "meedoen_consumer_active", "1 where this process consumes the queue.", ["queue"], registry=REGISTRY
)
deferred: Final = Gauge(
    "meedoen_deferred_events", "Events that wait for another attempt, 10,000 where there are more.", registry=REGISTRY
)
parked: Final = Gauge(
    "meedoen_parked_events", "Events that wait for an operator, 10,000 where there are more.", registry=REGISTRY
)
behind_parked: Final = Gauge(
    "meedoen_behind_parked_events",
    "Events that wait behind a parked one, 10,000 where there are more.",
    registry=REGISTRY,
)

# Timers
timer_seconds: Final = Histogram(
    "meedoen_timer_duration_seconds", "One run of a timer.", ["timer", "outcome"], buckets=_FAST, registry=REGISTRY
)
timer_put_off: Final = Counter(
    "meedoen_timer_put_off_total",
    "Times that a timer could not deal with one subject and left it for later.",
    ["timer"],
    registry=REGISTRY,
)


def render() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
