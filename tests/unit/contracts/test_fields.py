"""Moments, ids and codes as they come off the wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from contracts.fields import Id, Municipality, Postcode4, Time


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-01-31T14:00:00+01:00", datetime(2026, 1, 31, 13, tzinfo=UTC)),
        ("2026-01-31T14:00:00Z", datetime(2026, 1, 31, 14, tzinfo=UTC)),
        ("3389-09-07T19:13:05.910399-19:27", datetime(3389, 9, 8, 14, 40, 5, 910399, tzinfo=UTC)),
    ],
)
def test_a_moment_is_in_utc_whatever_its_zone(said: str, meant: datetime) -> None:
    """PostgreSQL refuses zones beyond 16 hours, which RFC 3339 allows."""
    moment = Time().deserialize(said)
    assert moment == meant
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-01-31T14:00:00"])
def test_a_moment_that_utc_does_not_know_is_refused(said: str) -> None:
    with pytest.raises(ValidationError):
        Time().deserialize(said)


ID = "0b0e3a4e-7d0c-4f6e-9d2c-6f6f7c0e4c11"


@pytest.mark.parametrize(("field", "said"), [(Id(), ID), (Municipality(), "GM0153"), (Postcode4(), "7551")])
def test_what_has_a_pattern_is_nothing_but_that(field: Id | Municipality | Postcode4, said: str) -> None:
    """With a line end behind it PostgreSQL takes no id, and nobody serves the municipality."""
    assert field.deserialize(said) == said
    for other in (f"{said}\n", f"\n{said}", f"{said} ", said.replace("5", "\u0665").replace("0", "\u0660")):
        with pytest.raises(ValidationError):
            field.deserialize(other)
