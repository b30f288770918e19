"""Referrals to push: invented people, each another one, as a partner's case system would send them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

import orjson

from bench.world import MUNICIPALITIES

_GOALS: Final = ({"goal": "speaking"}, {"goal": "reading-writing"}, {"goal": "computer-digid"})
_SYLLABLES: Final = ("ba", "del", "fa", "go", "ha", "jan", "ka", "li", "mo", "na", "ra", "sem", "ta", "vel", "yo", "za")


def referrals(seed: int) -> Iterator[bytes]:
    """Bodies of `POST /referrals`, without end; another seed gives other people."""
    draw = random.Random(seed)
    while True:
        yield orjson.dumps(_referral(draw))


def _referral(draw: random.Random) -> dict[str, Any]:
    born = date(1960, 1, 1) + timedelta(days=draw.randrange(16_000))
    given, family = _name(draw, 2), _name(draw, 4)
    return {
        "participant": {
            "givenName": given,
            "familyName": family,
            "birthDate": born.isoformat(),
            "phone": f"06{draw.randrange(10**8):08d}",
            "email": f"{given}.{family}@example.org".lower(),
            "contactLanguage": "Tigrinya",
            "contactPreference": "call",
        },
        "municipality": draw.choice(MUNICIPALITIES),
        "postcode4": "7511",
        "needs": [draw.choice(_GOALS)],
        "legalBasis": "consent",
        "informed": {"on": "2026-01-15", "language": "Nederlands", "how": "in-person"},
        "spokenLevel": draw.choice(["A1", "A2", "B1"]),
        "spokenLevelHow": "talk",
        "literacy": draw.choice(["latin", "other-script", "alfa-b"]),
        "civicIntegrationDuty": "yes",
        "targetGroup": "status-holder",
        "reference": f"case {draw.randrange(10**6)}",
        "caseWorker": {"name": "Case Worker", "email": "case.worker@example.org"},
    }


def _name(draw: random.Random, syllables: int) -> str:
    return "".join(draw.choice(_SYLLABLES) for _ in range(syllables)).capitalize()
