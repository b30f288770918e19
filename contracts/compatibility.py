"""What may change in a published version of an event, and what needs a new version beside it.

Events live long (35 days in `published`, longer in journals) and a new release runs beside the old one for a while. So
a version must stay readable both ways: today's reader reads yesterday's event, and yesterday's reader today's.

Allowed: a new optional field, another description, a wider limit, one code more in a list. A code more is for the
readers first: until every reader has it, nobody may send it (an older reader parks the event, and it can be replayed).
What is compared here does not know which release runs where, so that is for the developer to say: by a `CodeToCome`.
Anything else is a second version, which must satisfy :mod:`contracts.versions`.
"""

from __future__ import annotations

from typing import Any, Final

_FLOORS: Final = ("minimum", "minLength", "minItems")
_CEILINGS: Final = ("maximum", "maxLength", "maxItems")
_FIXED: Final = ("type", "format", "pattern")


def breaks(published: dict[str, Any], current: dict[str, Any], path: str = "data") -> list[str]:
    """What in `current` is incompatible with `published`, one line each; empty: it may be released.

    Both are JSON Schemas as :mod:`contracts.jsonschemas` makes them.
    """
    return [
        *(f"{path}: {key} changed" for key in _FIXED if published.get(key) != current.get(key)),
        *_narrowed_codes(published, current, path),
        *_narrowed_limits(published, current, path),
        *_changed_fields(published, current, path),
        *_changed_items(published, current, path),
    ]


def _narrowed_codes(published: dict[str, Any], current: dict[str, Any], path: str) -> list[str]:
    if ("enum" in published) != ("enum" in current):
        return [f"{path}: a list of codes became free text, or the other way round"]
    gone = [code for code in published.get("enum", ()) if code not in current["enum"]]
    return [f"{path}: enum lost {code}" for code in gone]


def _narrowed_limits(published: dict[str, Any], current: dict[str, Any], path: str) -> list[str]:
    raised = [key for key in _FLOORS if key in current and current[key] > published.get(key, float("-inf"))]
    lowered = [key for key in _CEILINGS if key in current and current[key] < published.get(key, float("inf"))]
    return [f"{path}: {key} narrowed" for key in raised + lowered]


def _changed_fields(published: dict[str, Any], current: dict[str, Any], path: str) -> list[str]:
    before, now = published.get("properties", {}), current.get("properties", {})
    was_required, is_required = set(published.get("required", ())), set(current.get("required", ()))
    found = [f"{path}.{name}: field removed" for name in before if name not in now]
    found += [f"{path}.{name}: became required" for name in now if name in is_required - was_required]
    found += [
        f"{path}.{name}: is no longer required" for name in before if name in now and name in was_required - is_required
    ]
    for name in before:
        if name in now:
            found += breaks(before[name], now[name], f"{path}.{name}")
    return found


def _changed_items(published: dict[str, Any], current: dict[str, Any], path: str) -> list[str]:
    if "items" in published and "items" in current:
        return breaks(published["items"], current["items"], f"{path}[]")
    return []
