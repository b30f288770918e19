"""The catalogue and the code agree: what it says is told and heard, is, and nothing else."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import topology
from contracts import asyncapi
from contracts.catalogue import CATALOGUE, SERVICES, heard_by, told_by
from contracts.versions import newest

ROOT = Path(__file__).parents[2]
EVENTS = frozenset(event.__name__ for event in CATALOGUE)


def trees(service: str) -> Iterator[ast.AST]:
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        yield ast.parse(path.read_text(), str(path))


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Calls of `name(…)`, `self.name(…)` and `self._name(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if last.strip("_") == name:
                yield node


def events_in(*nodes: ast.AST) -> set[str]:
    """Events that are named here, as `PlaceHeld` or `activities.PlaceHeld`."""
    inner = [each for node in nodes for each in ast.walk(node)]
    named = {each.id for each in inner if isinstance(each, ast.Name)}
    return (named | {each.attr for each in inner if isinstance(each, ast.Attribute)}) & EVENTS


def told_in(tree: ast.AST) -> set[str]:
    """What is passed to `tell`: an event by its name, or a variable that the same function sets to events."""
    found: set[str] = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in calls(function, "tell"):
            what = call.args[0] if call.args else call
            found |= events_in(what) or events_in(*values_of(getattr(what, "id", ""), function))
    return found


def values_of(variable: str, function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == variable for target in node.targets):
            yield node.value


@pytest.mark.parametrize("service", SERVICES)
def test_each_event_is_heard_by_one_handler_and_no_other(service: str) -> None:
    handlers: Counter[str] = Counter()
    for tree in trees(service):
        for call in calls(tree, "hears"):
            handlers.update(events_in(call))
    assert handlers == Counter(row.event.__name__ for row in heard_by(service))


@pytest.mark.parametrize("service", SERVICES)
def test_each_event_is_told_by_its_service_and_no_other(service: str) -> None:
    told = set().union(*map(told_in, trees(service)))
    assert told == {row.event.__name__ for row in newest(told_by(service))}


def test_description_and_topology_name_the_same_exchange_and_slots() -> None:
    assert (asyncapi.EXCHANGE, asyncapi.SLOTS) == (topology.EXCHANGE, topology.SLOTS)


def test_description_has_every_row_of_the_catalogue() -> None:
    operations = asyncapi.description()["operations"]
    told = {f"{row.by}.tells.{row.event.slug}.v{row.event.version}" for row in CATALOGUE.values()}
    heard = {
        f"{service}.hears.{row.event.slug}.v{row.event.version}" for service in SERVICES for row in heard_by(service)
    }
    assert set(operations) == told | heard
