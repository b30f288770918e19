"""JSON Schemas (2020-12) of what travels, made from the marshmallow schemas: of each event's data and of the envelope.

They are descriptions for others; the services themselves load with marshmallow. The two say the same: a contract test
runs every example through both.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

from marshmallow import Schema, fields, validate

from contracts.catalogue import CATALOGUE
from contracts.envelope import SCHEMA_HOME, dataschema
from contracts.event import EventData

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE_ID: Final = f"{SCHEMA_HOME}cloudevent.json"
JsonSchema = dict[str, Any]

_TYPES: Final[dict[type[fields.Field[Any]], JsonSchema]] = {
    fields.AwareDateTime: {"type": "string", "format": "date-time"},
    fields.Boolean: {"type": "boolean"},
    fields.Date: {"type": "string", "format": "date"},
    fields.Email: {"type": "string", "format": "email"},
    fields.Integer: {"type": "integer"},
    fields.String: {"type": "string"},
}
"""The most specific first."""


def file_name(event: type[EventData]) -> str:
    """`referral-accepted.v1.json`."""
    return f"{event.slug}.v{event.version}.json"


def all_schemas() -> dict[str, JsonSchema]:
    """File name → schema, of every event in the catalogue and of the envelope."""
    described = {file_name(event): of_data(event) for event in CATALOGUE}
    return dict(sorted(described.items())) | {"cloudevent.json": of_envelope()}


def of_data(event: type[EventData]) -> JsonSchema:
    """The schema of one event's data. Readers ignore fields that it does not name."""
    return {"$schema": DIALECT, "$id": dataschema(event), "title": event.__name__, **of_object(event)}


def of_object(schema: type[Schema]) -> JsonSchema:
    declared = schema().fields
    described: JsonSchema = {"type": "object", "description": _words(schema)}
    described["properties"] = {field.data_key: of_field(field) for field in declared.values()}
    described["required"] = [field.data_key for field in declared.values() if field.required]
    return described


def of_field(field: fields.Field[Any]) -> JsonSchema:
    """One field. Raises TypeError for a kind of field or rule that this description cannot express."""
    if isinstance(field, fields.Nested):
        described = of_object(type(field.schema))
    elif isinstance(field, fields.List):
        described = {"type": "array", "items": of_field(field.inner)}
    else:
        described = dict(next((shape for kind, shape in _TYPES.items() if isinstance(field, kind)), {}))
    if not described:
        raise TypeError(f"no JSON Schema for {type(field).__name__} {field.name}")
    for rule in field.validators:
        described |= _of_rule(rule, described["type"])
    if field.allow_none:
        described["type"] = [described["type"], "null"]
        if "enum" in described:
            described["enum"] = [*described["enum"], None]
    return described | {key: text for key, text in field.metadata.items() if key in ("description", "format")}


def _of_rule(rule: Any, of_type: str) -> JsonSchema:
    if isinstance(rule, validate.OneOf):
        return {"enum": list(rule.choices)}
    if isinstance(rule, validate.Regexp):
        return {"pattern": rule.regex.pattern}
    if isinstance(rule, validate.Range):
        return _without_none(minimum=rule.min, maximum=rule.max)
    if isinstance(rule, validate.Length):
        unit = "Items" if of_type == "array" else "Length"
        return _without_none(**{f"min{unit}": rule.min, f"max{unit}": rule.max})
    if isinstance(rule, validate.Email):
        return {}
    raise TypeError(f"no JSON Schema for the rule {rule!r}")


def _without_none(**limits: Any) -> JsonSchema:
    return {name: limit for name, limit in limits.items() if limit is not None}


def _words(schema: type[Schema]) -> str:
    return inspect.cleandoc(schema.__doc__ or "")


def of_envelope() -> JsonSchema:
    """The CloudEvents attributes as this platform sends them (design, section 3)."""
    text = {"type": "string", "minLength": 1}
    return {
        "$schema": DIALECT,
        "$id": ENVELOPE_ID,
        "title": "CloudEvent",
        "type": "object",
        "description": "CloudEvents 1.0, structured JSON, after the NL GOV profile. At most 64 KB; no personal data.",
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0"]},
            "id": {**text, "format": "uuid", "description": "UUIDv7; a repeat of the same event has the same."},
            "source": {**text, "format": "uri", "description": "urn:nld:oin:<OIN>:systeem:<service>; kvknr for KvK"},
            "type": {"type": "string", "pattern": r"^nl\.newcomers\.[a-z0-9-]+\.v[0-9]+$"},
            "subject": {"type": "string", "pattern": r"^[a-z-]+/[0-9a-f-]{36}$", "description": "What it is about."},
            "time": {"type": "string", "format": "date-time", "description": "When it happened, UTC."},
            "dataschema": {**text, "format": "uri"},
            "datacontenttype": {"type": "string", "enum": ["application/json"]},
            "sequence": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "1, 2, 3 … per source+subject."},
            "sequencetype": {"type": "string", "enum": ["Integer"]},
            "partitionkey": {**text, "description": "Events with the same key keep their order."},
            "traceparent": {**text, "description": "W3C Trace Context."},
            "causationid": {**text, "description": "The id of the event that this one follows from."},
            "versions": {
                "type": "string", "pattern": "^[1-9][0-9]*( [1-9][0-9]*)+$",
                "description": "The versions that this fact is told in, when more than one: `1 2`.",
            },
            "data": {"type": "object", "description": "As the type's own schema says."},
        },
        "required": [
            "specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype", "sequence",
            "sequencetype", "partitionkey", "data",
        ],
    }  # fmt: skip
