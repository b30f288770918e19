"""The page `docs/reference/events.md`: the catalogue as a table, and each event's fields."""

from __future__ import annotations

import inspect
from typing import Any

from marshmallow import Schema, fields

from contracts.catalogue import CATALOGUE, SERVICES, Told
from contracts.event import EventData
from contracts.jsonschemas import of_field

_HEAD = """# Events

Made from `contracts/` by `python -m contracts.describe`; do not edit.

What the services tell each other over the topic exchange `newcomers`. The envelope is a CloudEvent
([schemas/cloudevent.json](schemas/cloudevent.json)); what follows is its `data`. *Order by*: events with the same value
of this field are delivered in the order in which they happened. The same as AsyncAPI: [asyncapi.yaml](asyncapi.yaml).
How to change an event: [CONTRIBUTING.md](../../CONTRIBUTING.md).

| event | told by | subject | order by | heard by |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    rows = [row for service in SERVICES for row in CATALOGUE.values() if row.by == service]
    table = "".join(_line(row) for row in rows)
    return _HEAD + table + "".join(_section(row) for row in rows)


def _title(row: Told) -> str:
    return _name(row.event)


def _name(event: type[EventData]) -> str:
    return f"{event.slug}.v{event.version}"


def _line(row: Told) -> str:
    anchor = _title(row).replace(".", "")
    order = row.event().fields[row.partition_field].data_key
    heard = ", ".join(service for service in SERVICES if service in row.heard_by)
    return f"| [{_title(row)}](#{anchor}) | {row.by} | {row.subject} | `{order}` | {heard} |\n"


def _section(row: Told) -> str:
    words = " ".join(inspect.cleandoc(row.event.__doc__ or "").split())
    if row.event.carrier is not row.event:
        words += f" {_together(row)}"
    lines = [f"\n## {_title(row)}\n", f"{words}\n", "| field | type | required | |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *_fields(row.event(), "")]) + "\n"


def _together(row: Told) -> str:
    carrier, newer = _name(row.event.carrier), f"v{row.event.version}"
    return f"Told together with {carrier}, in one message of that type; these fields are in its `data.{newer}`."


def _fields(schema: Schema, prefix: str) -> list[str]:
    found = []
    for field in schema.fields.values():
        name = f"{prefix}{field.data_key}"
        described = of_field(field)
        required = "yes" if field.required else ""
        found.append(f"| `{name}` | {_type(described)} | {required} | {described.get('description', '')} |")
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            found += _fields(inner.schema, f"{name}[]." if inner is not field else f"{name}.")
    return found


def _type(described: dict[str, Any]) -> str:
    if "enum" in described:
        codes = [f"`{code}`" for code in described["enum"] if code is not None]
        words = f"one of {len(codes)} codes" if len(codes) > 10 else " · ".join(codes)
    elif described["type"] == "array" or "items" in described:
        inner = described["items"]
        words = "list" if inner.get("type") == "object" else f"list of: {_type(inner)}"
    else:
        kinds = described["type"] if isinstance(described["type"], list) else [described["type"]]
        words = described.get("format") or next(kind for kind in kinds if kind != "null")
        words = {"string": "text", "integer": "whole number"}.get(words, words)
    nullable = isinstance(described["type"], list)
    return f"{words} or null" if nullable else words
