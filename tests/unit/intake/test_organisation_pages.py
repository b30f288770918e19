"""Forms for what is agreed with a partner: an attempt that the database makes us repeat finds them as they came."""

from __future__ import annotations

from copy import deepcopy

from services.intake.domain.asked import PURPOSES
from services.intake.pages.partners import PartnerForm, agreed


def test_what_is_agreed_is_read_from_a_form_twice_with_the_same_result() -> None:
    form = PartnerForm().load(
        {"name": "Team", "where": "everywhere", "municipalities": ["GM0150"], "purposes": list(PURPOSES[:2]),
         "usualPurpose": PURPOSES[1], "legalBases": ["consent"]}
    )  # fmt: skip
    before = deepcopy(form)
    first = agreed(form)
    assert (first["purposes"], first["municipalities"]) == ([PURPOSES[1], PURPOSES[0]], [])
    assert form == before
    assert agreed(form) == first
