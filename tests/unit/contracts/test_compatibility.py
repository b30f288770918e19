"""The rule for what may change in a published version."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from contracts.compatibility import breaks

PUBLISHED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "needId": {"type": "string", "pattern": "^[0-9a-f-]{36}$", "format": "uuid"},
        "kind": {"type": "string", "enum": ["language-cafe", "digital-skills"]},
        "position": {"type": "integer", "minimum": 0},
        "reasons": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["times-differ"]}},
        "note": {"type": ["string", "null"], "maxLength": 200},
    },
    "required": ["needId", "kind", "reasons"],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The published schema with `value` at a path like `properties/kind/enum`; None takes the key out."""
    schema = deepcopy(PUBLISHED)
    *parents, last = path.split("/")
    place = schema
    for key in parents:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return schema


def test_the_same_is_compatible() -> None:
    assert breaks(PUBLISHED, deepcopy(PUBLISHED)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/extra", {"type": "string"}),
        ("properties/kind/description", "What sort of activity."),
        ("properties/kind/enum", ["language-cafe", "digital-skills", "thuis-taal"]),
        ("properties/note/maxLength", 400),
        ("properties/reasons/minItems", None),
    ],
)
def test_this_may_change(path: str, value: Any) -> None:
    assert breaks(PUBLISHED, changed(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("properties/note", None, "data.note: field removed"),
        ("properties/kind/type", "integer", "data.kind: type changed"),
        ("properties/note/type", "string", "data.note: type changed"),
        ("properties/kind/enum", ["language-cafe"], "data.kind: enum lost digital-skills"),
        ("properties/kind/enum", None, "data.kind: a list of codes became free text, or the other way round"),
        ("properties/note/enum", ["a"], "data.note: a list of codes became free text, or the other way round"),
        ("properties/needId/pattern", "^.+$", "data.needId: pattern changed"),
        ("properties/needId/format", None, "data.needId: format changed"),
        ("properties/position/minimum", 1, "data.position: minimum narrowed"),
        ("properties/position/maximum", 10, "data.position: maximum narrowed"),
        ("properties/note/maxLength", 100, "data.note: maxLength narrowed"),
        ("properties/reasons/items/enum", ["age-differs"], "data.reasons[]: enum lost times-differ"),
        ("required", ["needId", "kind", "reasons", "note"], "data.note: became required"),
        ("required", ["needId", "reasons"], "data.kind: is no longer required"),
    ],
)
def test_this_needs_a_new_version(path: str, value: Any, problem: str) -> None:
    assert breaks(PUBLISHED, changed(path, value)) == [problem]


def test_a_new_required_field_needs_a_new_version() -> None:
    current = changed("properties/extra", {"type": "string"})
    current["required"] = [*current["required"], "extra"]
    assert breaks(PUBLISHED, current) == ["data.extra: became required"]


def test_a_renamed_field_is_one_removed() -> None:
    current = changed("properties/remark", PUBLISHED["properties"]["note"])
    del current["properties"]["note"]
    assert breaks(PUBLISHED, current) == ["data.note: field removed"]


def test_nested_objects_are_looked_into() -> None:
    published = {"type": "object", "properties": {"needs": {"type": "array", "items": PUBLISHED}}}
    current = {"type": "object", "properties": {"needs": {"type": "array", "items": changed("properties/note", None)}}}
    assert breaks(published, current) == ["data.needs[].note: field removed"]
