"""How events name who runs the installation."""

from __future__ import annotations

import pytest

from chassis.settings import OrganisationSettings


@pytest.mark.parametrize(
    ("number", "urn"),
    [
        ("00000001234567890000", "urn:nld:oin:00000001234567890000"),
        ("12345678", "urn:nld:kvknr:12345678"),
    ],
)
def test_an_organisation_is_named_by_the_kind_of_its_number(number: str, urn: str) -> None:
    assert OrganisationSettings(number).urn == urn
