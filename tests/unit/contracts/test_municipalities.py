"""Municipalities are found as people write them, and never guessed."""

from __future__ import annotations

import pytest

from contracts.municipalities import code_of, name_of, names, nearest


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Enschede", "GM0153"),
        (" ENSCHEDE ", "GM0153"),
        ("gemeente Enschede", "GM0153"),
        ("Gem. Raalte", "GM0177"),
        ("Hengelo (O)", "GM0164"),
        ("Hengelo Ov.", "GM0164"),
        ("rijssen holten", "GM1742"),
        ("Rijssen–Holten", "GM1742"),
        ("olst-wijhé", "GM1773"),
        ("gm0153", "GM0153"),
        ("GM 0153", "GM0153"),
        ("Hof van Twente", "GM1735"),
    ],
)
def test_found_as_people_write_it(written: str, code: str) -> None:
    assert code_of(written) == code


@pytest.mark.parametrize("written", ["", " ", "Hengello", "Zwole", "Apeldoorn", "Nijverdal", "GM9999", "O", "gemeente"])
def test_never_guessed(written: str) -> None:
    assert code_of(written) is None


@pytest.mark.parametrize(("written", "name"), [("Hengello", "Hengelo"), ("Zwole", "Zwolle"), ("Apeldoorn", None)])
def test_the_nearest_name_is_offered(written: str, name: str | None) -> None:
    assert nearest(written) == name


def test_every_code_leads_back_to_its_name() -> None:
    assert len(names()) == 25
    for code, name in names().items():
        assert code_of(name) == code == code_of(code)
        assert name_of(code) == name
