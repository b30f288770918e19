"""The counting service as a real process on a real broker, and messages for it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from typing import Any

import pika

from chassis.topology import EXCHANGE, declare, queue_name, routing_key
from contracts.envelope import Event
from tests.support.issuer import Issuer
from tests.support.outgoing import channel, queue_depth
from tests.support.service_process import ServiceProcess

QUEUE = queue_name("activities", 0, 1)
MASTER_KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()


def settings(database: str, amqp_uri: str, issuer: Issuer | None = None, **more: str) -> dict[str, str]:
    """What a process of the counting service needs; without an issuer it trusts one that nobody is."""
    nobody = {"issuer": "http://127.0.0.1:1", "jwksUri": "http://127.0.0.1:1/jwks", "audience": "meedoen",
              "algorithms": ["ES256"], "kind": "clients"}  # fmt: skip
    return {
        "DATABASE_URL": database,
        "AMQP_URI": amqp_uri,
        "HTTP_ADDRESS": "127.0.0.1:0",
        "PUBLIC_URL": "http://127.0.0.1:8002/activities",
        "TRUSTED_ISSUERS": json.dumps([issuer.trust if issuer else nobody]),
        "ORGANISATION_NUMBER": "00000001234567890000",
        "MASTER_KEY": MASTER_KEY,
        "INBOX_RETRY_BASE": "0.05",
        **more,
    }


def service(database: str, amqp_uri: str, issuer: Issuer | None = None, **more: str) -> ServiceProcess:
    """A process of the counting service, not started yet."""
    return ServiceProcess("tests.support.counting.running", settings(database, amqp_uri, issuer, **more))


def publish(amqp_uri: str, events: Sequence[Event | bytes], *, into: str | None = None) -> None:
    """Put these into the exchange as the relay would, or straight `into` a queue; returns when they are confirmed."""
    declare(amqp_uri)
    with channel(amqp_uri) as found:
        found.confirm_delivery()
        for event in events:
            raw = event if isinstance(event, bytes) else event.raw
            key = into or (routing_key(event.type, event.partition_key) if isinstance(event, Event) else QUEUE)
            exchange = "" if into or isinstance(event, bytes) else EXCHANGE
            found.basic_publish(exchange, key, raw, pika.BasicProperties(delivery_mode=2), mandatory=True)


def depth(amqp_uri: str) -> int:
    """Messages that are ready in the counting service's queue; those handed out and not acknowledged not counted."""
    return queue_depth(amqp_uri, QUEUE)


def redelivered(amqp_uri: str) -> list[bool]:
    """Takes all that is left, and whether the broker had handed each out before."""
    with channel(amqp_uri) as found:
        left = int(found.queue_declare(QUEUE, passive=True).method.message_count)
        seen: list[bool] = []
        for method, _, _ in found.consume(QUEUE, auto_ack=True, inactivity_timeout=20) if left else ():
            assert method is not None, f"{left - len(seen)} messages did not come"
            seen.append(bool(method.redelivered))
            if len(seen) == left:
                break
        return seen


def health(process: ServiceProcess) -> dict[str, Any]:
    """What its health page says of its parts."""
    with process.client() as client:
        checks: dict[str, Any] = client.get("/activities/health/ready").json()["checks"]
        return checks
