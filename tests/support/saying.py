"""Whatever an event's schema lets a service say, as hypothesis draws it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from contracts.envelope import dump_data
from contracts.event import EventData
from contracts.fields import Code, Id, Municipality, Postcode4

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def said(schema: type[Schema]) -> st.SearchStrategy[dict[str, Any]]:
    """Data as `tell` takes them: all that is required, and of the rest something or nothing."""
    declared = schema().fields
    required = {name: _value(field) for name, field in declared.items() if field.required}
    return st.fixed_dictionaries(
        required, optional={name: _value(field) for name, field in declared.items() if not field.required}
    )


def says_it_too(event: type[EventData], data: dict[str, Any]) -> None:
    """Of these data of a version, those before it make data of their own, about the same. Raises ValueError."""
    while (before := event.replaces) is not None:
        earlier = event.as_before(data)
        dump_data(before, earlier)
        for name, value in earlier.items():
            if name.endswith("_id") and name in data and data[name] != value:
                raise ValueError(f"{before.__name__}: another {name} than {event.__name__}")
        event, data = before, earlier


def _value(field: fields.Field[Any]) -> st.SearchStrategy[Any]:
    found = _of_kind(field)
    return st.one_of(st.none(), found) if field.allow_none else found


def _of_kind(field: fields.Field[Any]) -> st.SearchStrategy[Any]:
    """Raises TypeError for a kind of field that no event had until now."""
    if isinstance(field, fields.Nested):
        return said(type(field.schema))
    if isinstance(field, fields.List):
        least = next((rule.min or 0 for rule in field.validators if isinstance(rule, validate.Length)), 0)
        return st.lists(_value(field.inner), min_size=least, max_size=least + 3)
    if isinstance(field, Code):
        return st.sampled_from(field.codes)
    if isinstance(field, Id):
        return st.uuids().map(str)
    if isinstance(field, Municipality):
        return st.integers(0, 9999).map(lambda number: f"GM{number:04}")
    if isinstance(field, Postcode4):
        return st.integers(1000, 9999).map(str)
    if isinstance(field, fields.AwareDateTime):
        return st.integers(0, 10**6).map(lambda seconds: _BEGIN + timedelta(seconds=seconds))
    if isinstance(field, fields.Date):
        return st.integers(0, 5000).map(lambda days: (_BEGIN + timedelta(days=days)).date())
    if isinstance(field, fields.Boolean):
        return st.booleans()
    if isinstance(field, fields.Integer):
        return st.integers(1, 100)
    if isinstance(field, fields.Email):
        return st.just("taalhuis@bibliotheek.example")
    if isinstance(field, fields.String):
        return st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=20)
    raise TypeError(f"no data for {type(field).__name__} {field.name}")
