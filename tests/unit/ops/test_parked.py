"""Which parked event is meant."""

from __future__ import annotations

from typing import Any

import pytest

from ops.commands import parked
from ops.trouble import Wrong

PARKED = [
    {"eventId": "one", "at": "activities"},
    {"eventId": "both", "at": "activities"},
    {"eventId": "both", "at": "reporting"},
]


@pytest.fixture(autouse=True)
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(target: Any, only: str | None) -> list[dict[str, str]]:
        return [one for one in PARKED if only in (None, one["at"])]

    monkeypatch.setattr(parked, "_all", listed)


def test_one_that_is_parked_at_one_place_is_meant() -> None:
    assert parked._find(object(), "one", None)[0] == "activities"  # type: ignore[arg-type]


def test_where_it_is_parked_twice_the_service_must_be_said() -> None:
    with pytest.raises(Wrong, match="activities and reporting: say which with --service"):
        parked._find(object(), "both", None)  # type: ignore[arg-type]
    assert parked._find(object(), "both", "reporting")[0] == "reporting"  # type: ignore[arg-type]


def test_what_is_not_parked_is_said_so() -> None:
    with pytest.raises(Wrong, match="No event none is parked at intake"):
        parked._find(object(), "none", "intake")  # type: ignore[arg-type]
