"""What is kept of the error of an event that failed: enough to mend it, and no data."""

from __future__ import annotations

from typing import Any

from chassis.logs import describe


def failure(error: BaseException) -> dict[str, Any]:
    """The error's description as PostgreSQL can keep it."""
    kept: dict[str, Any] = _clean(describe(error))
    return kept


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    # PostgreSQL keeps no NUL, JSON no half of a surrogate pair.
    return str(value).replace("\x00", "").encode(errors="replace").decode()[:2000]
