"""The AsyncAPI 3.0 description of all that goes over the broker, made from the catalogue."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Final

from contracts.catalogue import CATALOGUE, SERVICES, Told
from contracts.envelope import CONTENT_TYPE, told_together
from contracts.event import EventData
from contracts.jsonschemas import of_data, of_envelope

EXCHANGE: Final = "newcomers"
SLOTS: Final = 16
_NOT_IN_ASYNCAPI: Final = ("$schema", "$id")


def description() -> dict[str, Any]:
    """The whole document, ready to be written as YAML."""
    rows = sorted(CATALOGUE.values(), key=lambda row: row.event.type)
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "broker": {
                "host": "localhost:5672",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "description": "RabbitMQ 3.10 or newer; each installation sets its own address (AMQP_URI).",
            }
        },
        "channels": {_name(row.event): _channel(row, rows) for row in rows if row.event.carrier is row.event},
        "operations": {name: operation for row in rows for name, operation in _operations(row)},
        "components": {
            "messages": {_key(row): _message(row) for row in rows},
            "schemas": {
                "CloudEvent": _bare(of_envelope()),
                **{row.event.__name__: _bare(of_data(row.event)) for row in rows},
            },
        },
    }


def _info() -> dict[str, Any]:
    return {
        "title": "Meedoen events",
        "version": "1.0.0",
        "description": (
            "What the services of Meedoen tell each other. Every event is delivered at least once and in the order of "
            "its partition key. Made by `python -m contracts.describe`; do not edit."
        ),
        "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
        "tags": [{"name": service, "description": f"Told by {service}."} for service in SERVICES],
    }


def _name(event: type[EventData]) -> str:
    """`referral-accepted.v1`."""
    return f"{event.slug}.v{event.version}"


def _key(row: Told) -> str:
    return row.event.__name__


def _channel(row: Told, rows: Sequence[Told]) -> dict[str, Any]:
    """One type on the wire, with the versions that travel under it."""
    keys = [_key(one) for one in rows if one.event.carrier is row.event]
    return {
        "address": f"{row.event.type}.{{slot}}",
        "title": _first_line(row.event),
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys},
        "parameters": {
            "slot": {
                "description": f"CRC-32 of the partition key, modulo {SLOTS}: what keeps the order of one referral.",
                "enum": [str(slot) for slot in range(SLOTS)],
            }
        },
        "tags": [{"name": row.by}],
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _operations(row: Told) -> list[tuple[str, dict[str, Any]]]:
    told = {"deliveryMode": 2, "mandatory": True, "timestamp": False, "bindingVersion": "0.3.0"}
    heard = {"ack": True, "bindingVersion": "0.3.0"}
    return [
        (f"{row.by}.tells.{_name(row.event)}", _operation(row, "send", f"{row.by} tells it", told)),
        *(
            (f"{service}.hears.{_name(row.event)}", _operation(row, "receive", f"{service} hears it", heard))
            for service in sorted(row.heard_by)
        ),
    ]


def _operation(row: Told, action: str, title: str, binding: dict[str, Any]) -> dict[str, Any]:
    channel = f"#/channels/{_name(row.event.carrier)}"
    return {
        "action": action,
        "title": title,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_key(row)}"}],
        "bindings": {"amqp": binding},
    }


def _message(row: Told) -> dict[str, Any]:
    envelope = {"$ref": "#/components/schemas/CloudEvent"}
    own = {
        "type": "object",
        "properties": {
            "type": {"type": "string", "const": row.event.carrier.type},
            "data": _data(row.event),
        },
    }
    return {
        "name": row.event.type,
        "title": row.event.__name__,
        "summary": _first_line(row.event),
        "contentType": CONTENT_TYPE,
        "payload": {"allOf": [envelope, own]},
    }


def _data(event: type[EventData]) -> dict[str, Any]:
    """A version's data, or those of all that are told together: the oldest's, with each newer one's within."""
    *newer, oldest = told_together(event)
    own = {"$ref": f"#/components/schemas/{oldest.__name__}"}
    if not newer:
        return own
    within = {f"v{one.version}": {"$ref": f"#/components/schemas/{one.__name__}"} for one in reversed(newer)}
    return {"allOf": [own, {"type": "object", "properties": within, "required": list(within)}]}


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in _NOT_IN_ASYNCAPI}


def _first_line(event: type[EventData]) -> str:
    return inspect.cleandoc(event.__doc__ or "").partition("\n")[0]
