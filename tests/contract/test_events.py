"""Each event of the catalogue: its example, its published schema, its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts import describe, versions
from contracts.catalogue import CATALOGUE, Told
from contracts.envelope import parse, render
from contracts.event import EventData
from contracts.jsonschemas import all_schemas, file_name, of_data
from tests.support.saying import said, says_it_too

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"
ROWS = [pytest.param(row, id=file_name(row.event)) for row in CATALOGUE.values()]

PERSONAL = frozenset(
    {
        "given", "family", "first", "last", "surname", "initials", "birth", "born", "age", "gender", "sex",
        "phone", "mobile", "telephone", "mail", "mailbox", "email", "address", "street", "house", "postcode",
        "bsn", "nationality", "origin", "country", "ethnicity", "religion", "language", "health", "iban",
        "remark", "remarks", "note", "comment", "text",
    }
)  # fmt: skip
"""Words that name or describe a person; none may be a word of a field's name."""
NOT_OF_A_PERSON = frozenset(
    {
        ("library-registered", "mailbox"), ("library-registered", "language"), ("library-registered", "name"),
        ("library-changed", "mailbox"), ("library-changed", "language"), ("library-changed", "name"),
        ("partner-registered", "name"), ("partner-changed", "name"),
        ("referral-received", "ageBand"), ("referral-accepted", "ageBand"), ("referral-accepted", "postcode4"),
        ("referral-changed", "ageBand"), ("referral-changed", "postcode4"), ("need-added", "ageBand"),
        ("need-added", "postcode4"), ("referral-transferred", "ageBand"),
    }
)  # fmt: skip
"""Fields of organisations, and the two coarse ones that matching and counting need (design, section 3)."""


def example(row: Told) -> bytes:
    return (EXAMPLES / file_name(row.event)).read_bytes()


def own_data(row: Told) -> dict[str, Any]:
    """The example's data in this version: of one that is told with those before it, the part that is its own."""
    data: dict[str, Any] = json.loads(example(row))["data"]
    own: dict[str, Any] = data if row.event.carrier is row.event else data[f"v{row.event.version}"]
    return own


@pytest.mark.parametrize("row", ROWS)
def test_example_loads_and_is_told_again_the_same(row: Told) -> None:
    event = parse(example(row))
    assert event.event is row.event
    assert event.subject == f"{row.subject}/{event.data[row.subject_field]}"
    assert event.partition_key == event.data[row.partition_field]
    assert json.loads(render(event)) == json.loads(example(row))


@pytest.mark.parametrize("row", ROWS)
def test_example_is_valid_by_the_generated_schemas(row: Told) -> None:
    envelope = json.loads(example(row))
    for schema, document in ((all_schemas()["cloudevent.json"], envelope), (of_data(row.event), own_data(row))):
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("row", ROWS)
def test_both_schemas_refuse_the_same(row: Told) -> None:
    """Each required field left out, and each value replaced by one of another type."""
    data = own_data(row)
    validator = Draft202012Validator(of_data(row.event))
    for name in data:
        without = {key: value for key, value in data.items() if key != name}
        assert validator.is_valid(without) == (not row.event().validate(without)), name
        other = data | {name: "not this" if isinstance(data[name], dict) else {"not": "this"}}
        assert not validator.is_valid(other), name
        assert row.event().validate(other), name


def test_every_example_belongs_to_an_event() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {file_name(event) for event in CATALOGUE}


def test_versions_of_one_event_fit_together() -> None:
    assert versions.problems(CATALOGUE.values()) == []


@given(data=st.data())
def test_what_a_new_version_says_the_one_before_can_say(data: st.DataObject) -> None:
    """Of every event that has a second version; tests/unit/contracts has one that fails."""
    for row in CATALOGUE.values():
        if row.event.replaces is not None:
            says_it_too(row.event, data.draw(said(row.event)))


def test_published_versions_changed_only_compatibly() -> None:
    assert describe.incompatible() == []


def test_an_incompatible_change_is_found(tmp_path: Path) -> None:
    """The same check on a published version that had a field, a code and an event more."""
    name = "place-held.v1.json"
    published = json.loads((describe.PUBLISHED / name).read_text())
    published["properties"]["room"] = {"type": "string"}
    published["properties"]["kind"]["enum"].append("chess")
    (tmp_path / name).write_text(json.dumps(published))
    (tmp_path / "place-dreamt.v1.json").write_text("{}")
    assert describe.incompatible(tmp_path) == [
        "place-dreamt.v1.json: no longer told, or renamed; a published version stays until nobody hears it",
        "place-held.v1 data.room: field removed",
        "place-held.v1 data.kind: enum lost chess",
    ]


def test_generated_files_are_fresh() -> None:
    assert describe.stale() == []


@pytest.mark.parametrize("row", ROWS)
def test_no_field_could_hold_a_personal_datum(row: Told) -> None:
    suspects = {
        name for name in _field_names(of_data(row.event)) if PERSONAL & set(_words(name)) or _words(name) == ["name"]
    }
    assert suspects <= {field for slug, field in NOT_OF_A_PERSON if slug == row.event.slug}


def _field_names(schema: dict[str, Any]) -> set[str]:
    found = set(schema.get("properties", ()))
    for inner in [*schema.get("properties", {}).values(), schema.get("items", {})]:
        found |= _field_names(inner) if inner else set()
    return found


def _words(camel: str) -> list[str]:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in camel.rstrip("4")).split()


@pytest.mark.parametrize("row", ROWS)
def test_every_event_says_what_happened(row: Told) -> None:
    assert row.event.__doc__
    assert row.event.__doc__ != EventData.__doc__
