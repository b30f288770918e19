"""Forms: what was typed, what is wrong with it, and how a browser's fields become a payload that a schema can load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from marshmallow import Schema, fields

from chassis.http.problem import BadInput, FieldError, Problem

CSRF: Final = "_csrf"
ONCE: Final = "_once"
VERSION: Final = "_version"
KEPT: Final = "kept"
"""The query parameter with the id of a form that was kept."""
_MOST_FIELDS: Final = 500

Typed = dict[str, list[str]]
"""Each field as it came: names with dots (`informed.on`), several values for what may be ticked more than once."""


def typed_in(raw: bytes) -> Typed:
    """The fields of a URL-encoded body. Raises a Problem, 400."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as problem:
        raise Problem(400, "Not a form", "The body is not a URL-encoded form.", type="invalid-input") from problem
    found: Typed = {}
    for name, value in pairs:
        if "\0" in value:
            raise Problem(400, "Not a form", "The body holds the character NUL.", type="invalid-input")
        if name.startswith("_") and not value.isprintable():
            # What our own pages put there is one line; the version goes on as a header.
            raise Problem(400, "Not a form", "A hidden field holds a line end.", type="invalid-input")
        # Browsers send a new line as two characters, which nobody typed.
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def payload(typed: Typed, schema: Schema) -> dict[str, Any]:
    """What a schema loads: fields left empty are left out, dots become nesting, and lists stay lists."""
    return _level({name.split(".")[0]: None for name in typed if not name.startswith("_")}, typed, "", schema)


def _level(names: Iterable[str], typed: Typed, path: str, schema: Schema) -> dict[str, Any]:
    known = {one.data_key or name: one for name, one in schema.fields.items()}
    found: dict[str, Any] = {}
    for name in names:
        declared, here = known.get(name), f"{path}{name}"
        values = [value.strip() for value in typed.get(here, []) if value.strip()]
        if isinstance(declared, fields.Nested):
            below = {one[len(here) + 1 :].split(".")[0]: None for one in typed if one.startswith(f"{here}.")}
            inner = _level(below, typed, f"{here}.", declared.schema)
            if inner:
                found[name] = inner
        elif isinstance(declared, fields.List) or len(values) > 1:
            found[name] = values
        elif values:
            found[name] = values[0]
    return found


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a template shows it."""

    name: str
    id: str
    values: list[str]
    errors: list[str]

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


@dataclass(slots=True)
class Form:
    """A form on a page: where it is sent, what stands in it, and what was wrong with what stood in it.

    `errors` are told in order, each with the field that it is about; one without field is about the whole.
    """

    name: str
    action: str
    typed: Typed = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    version: str | None = None
    once: str | None = None
    """The key under which it counts once, however often it is sent."""

    def field(self, name: str) -> Field:
        """A field by its name on the wire, with dots."""
        said = [error["message"] for error in self.errors if name in (error["field"], *error.get("also", ()))]
        return Field(name, f"{self.name}-{name}".replace(".", "-"), self.typed.get(name, []), said)

    def touches(self, *names: str) -> bool:
        """Whether something stands in one of these fields or in a part of one, or is wrong there."""
        there = [name for name, values in self.typed.items() if any(value.strip() for value in values)]
        found = there + [error["field"] for error in self.errors]
        return any(f"{one}.".startswith(f"{name}.") for one in found for name in names)

    def wrong(self, *codes: str, field: str | None = None) -> bool:
        """Whether something is wrong in one of these ways, in this field where one is named."""
        return any(error["code"] in codes and field in (None, error["field"]) for error in self.errors)

    def without_field(self, shown: Iterable[str]) -> list[FieldError]:
        """Errors about what is no field of this form."""
        known = set(shown)
        return [error for error in self.errors if error["field"] not in known]


def shown_at(wrong: BadInput, places: Mapping[str, str]) -> BadInput:
    """The same errors, told beside other fields: where a form has only a part of what the rule looks at."""
    return BadInput([{**error, "field": places.get(error["field"], error["field"])} for error in wrong.errors])


def initial(values: Mapping[str, Any]) -> Typed:
    """A form that begins with these values."""
    return {
        name: [str(one) for one in value] if isinstance(value, list | tuple | set | frozenset) else [str(value)]
        for name, value in values.items()
        if value is not None
    }
