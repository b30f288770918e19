"""What a payload's sender is told of a value that cannot be read: what to write instead."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError, fields

from chassis.http.schemas import CommaList, Schema
from contracts.fields import Municipality, Postcode4, Time


class Payload(Schema):
    on = fields.Date()
    at = Time()
    municipality = Municipality()
    municipalities = CommaList(Municipality())
    postcode4 = Postcode4()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("on", "31-01-2026", "write it as 2026-01-31"),
        ("on", 5, "write it as 2026-01-31"),
        ("at", "2026-01-31", "write it as 2026-01-31T14:00:00+01:00"),
        ("at", "2026-01-31T14:00:00", "write it as 2026-01-31T14:00:00+01:00"),
        ("municipality", "Enschede", "such as GM0153"),
        ("municipalities", "GM0153,Almelo", "such as GM0153"),
        ("postcode4", "7551 AB", "such as 7551"),
    ],
)
def test_what_cannot_be_read_comes_back_with_how_to_write_it(field: str, value: object, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Payload().load({field: value})
    assert said in str(refused.value.messages_dict[field])


def test_the_examples_that_it_gives_are_taken() -> None:
    Payload().load(
        {"on": "2026-01-31", "at": "2026-01-31T14:00:00+01:00", "municipality": "GM0153", "postcode4": "7551"}
    )
