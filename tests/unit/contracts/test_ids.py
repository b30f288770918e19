"""What is an id, and what only stands in the place of one."""

from __future__ import annotations

import pytest

from contracts.ids import is_id

ID = "0b0e3a4e-7d0c-4f6e-9d2c-6f6f7c0e4c11"


def test_a_uuid_in_lower_case_is_one() -> None:
    assert is_id(ID)


@pytest.mark.parametrize(
    "text", ["", "*", "bibliotheek-deventer", ID.upper(), f"{ID}\n", f" {ID}", ID[:-1], f"{{{ID}}}"]
)
def test_nothing_else_is(text: str) -> None:
    assert not is_id(text)
