"""Who plays first in a round may gain or lose by it, so each side does in turn."""

from __future__ import annotations

from bench.__main__ import in_order


def test_who_begins_alternates() -> None:
    assert [in_order(("plain", "Meedoen"), number)[0] for number in range(4)] == ["plain", "Meedoen"] * 2
    assert {frozenset(in_order(("plain", "Meedoen"), number)) for number in range(4)} == {
        frozenset({"plain", "Meedoen"})
    }
