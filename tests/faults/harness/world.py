"""The libraries, partner and offer that referrals are pushed into, and the referrals: all invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from string import ascii_lowercase
from typing import Any, Final

from infra.demo.data import Demo
from ops.tokens import demo

_LIBRARIES: Final = ("Bibliotheek Enschede", "Bibliotheek Deventer")
_PARTNER: Final = "Begeleiding Nieuwkomers Overijssel"
_ROOMY: Final = ("language-cafe", "language-group")
"""Kinds with places for everybody: at the first one places are final at once, at the second they are held."""
FULL: Final = "digital-skills"
"""A kind with a few places, so that there is a waiting list. Nobody offers ThuisTaal: such needs stay unplaced."""
_PLACES: Final = 1000


def world() -> Demo:
    """A small part of the demo's data, with more places, so that it is loaded within seconds."""
    whole = demo()
    libraries = tuple(one for one in whole.libraries if one.name in _LIBRARIES)
    ids = {one.library_id for one in libraries}
    programmes = {
        one.programme_id: one for one in whole.programmes if one.library_id in ids and one.kind in (*_ROOMY, FULL)
    }
    activities = (
        one if programmes[one.programme_id].kind == FULL else replace(one, capacity=_PLACES, features=())
        for one in whole.activities
        if one.programme_id in programmes
    )
    partners = tuple(one for one in whole.partners if one.name == _PARTNER)
    return Demo(libraries, partners, tuple(programmes.values()), tuple(activities), whole.staff)


def partner_id() -> str:
    """The partner that refers."""
    return world().partners[0].partner_id


def referral(number: int, reference: str) -> dict[str, Any]:
    """The n-th referral: complete, of somebody new, with needs that come to have a place, a turn or neither."""
    needs = [{"goal": "speaking"}]
    if number % 2:
        needs.append({"goal": "reading-writing"})
    if number % 7 == 0:
        needs.append({"goal": "computer-digid"})
    if number % 7 == 1:
        needs.append({"goal": "language-at-home"})
    library = world().libraries[number % len(_LIBRARIES)]
    return {
        "participant": {
            "givenName": "Verzonnen",
            "familyName": f"Van {_word(reference)}",
            "birthDate": (date(1970, 1, 1) + timedelta(days=number % 9000)).isoformat(),
            "phone": "06-00000123",
        },
        "municipality": library.municipalities[0],
        "needs": needs,
        "legalBasis": "consent",
        "informed": {"on": "2026-01-05", "how": "in-person"},
        "spokenLevel": "A2",
        "reference": reference,
        "caseWorker": {"name": "Joris Velhuizen", "email": "j.velhuizen@example.org"},
    }


def _word(text: str) -> str:
    """Letters alone, another word for each text: a name."""
    return "".join(one if one in ascii_lowercase else ascii_lowercase[ord(one) % 26] for one in text).capitalize()
