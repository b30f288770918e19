"""The page of the command says what the command says."""

from __future__ import annotations

from ops.reference import PAGE, rendered


def test_the_page_is_as_the_command_is_today() -> None:
    assert PAGE.read_text() == rendered(), "run: python -m ops.reference"
