"""A partner that refers one person after the other while containers come and go, and keeps account of it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, cycle
from string import ascii_lowercase
from typing import Any, Final

from ops.api import Api
from ops.containers.persisting import persistently
from ops.place import Place
from ops.tokens import demo, partner_token
from ops.trouble import Trouble

_EVERY: Final = 0.5
"""Seconds between two referrals."""


@dataclass(frozen=True, slots=True)
class Account:
    """Referrals that were answered with an id, those of them that are not there, and those that are there twice."""

    acknowledged: int
    tried: int
    lost: int
    twice: int


class Trickle(threading.Thread):
    """Refers until it is told to stop. Each referral is sent, with one Idempotency-Key, until it is answered.

    `mark` begins the references of its referrals, and `first` is the number of the first person: nobody of another one.
    """

    def __init__(self, place: Place, mark: str = "trickle", first: int = 0) -> None:
        super().__init__(name=mark, daemon=True)
        self._mark = f"{mark}-"
        self._first = first
        self._partner = next(one for one in demo().partners if not one.municipalities)
        self._intake = Api(place.url("intake"), lambda: partner_token(place, self._partner.partner_id))
        self._enough = threading.Event()
        self._acknowledged: dict[str, str] = {}
        self._tried = 0
        self._problem: Trouble | None = None

    def run(self) -> None:
        places = cycle(sorted({code for library in demo().libraries for code in library.municipalities}))
        try:
            for number in count(self._first):
                if self._enough.wait(_EVERY):
                    return
                self._refer(f"{self._mark}{number}", _referral(number, next(places)))
        except Trouble as problem:
            self._problem = problem

    def end(self) -> None:
        """Refer nobody any more; the one at hand is finished. Raises what no repetition helped against."""
        self._enough.set()
        self.join()
        if self._problem:
            raise self._problem

    @property
    def acknowledged(self) -> int:
        return len(self._acknowledged)

    def account(self) -> Account:
        """What became of them, by what intake tells the partner."""
        mine = self._mine()
        there = {one["referralId"] for one in mine}
        times = Counter(one["reference"] for one in mine)
        return Account(
            acknowledged=len(self._acknowledged),
            tried=self._tried,
            lost=len(set(self._acknowledged.values()) - there),
            twice=sum(found - 1 for found in times.values()),
        )

    def known(self) -> frozenset[str]:
        """The ids that it was answered with so far."""
        return frozenset(dict(self._acknowledged).values())

    def there(self) -> frozenset[str]:
        """The ids of those that intake has."""
        return frozenset(one["referralId"] for one in self._mine())

    def _mine(self) -> list[dict[str, Any]]:
        everyone = self._intake.pages("/referrals")
        return [one for one in everyone if (one.get("reference") or "").startswith(self._mark)]

    def _refer(self, reference: str, referral: dict[str, Any]) -> None:
        def send() -> str:
            self._tried += 1
            answer = self._intake.post(
                "/referrals", referral | {"reference": reference}, headers={"Idempotency-Key": reference}
            )
            return str(answer["referralId"])

        self._acknowledged[reference] = persistently(send)


def _referral(number: int, municipality: str) -> dict[str, Any]:
    """Somebody who does not exist, each a different one."""
    letters = "".join(ascii_lowercase[number // 26**power % 26] for power in (2, 1, 0))
    return {
        "participant": {"givenName": "Proef", "familyName": f"Voorbeeld{letters}", "phone": f"06-0{number:07d}"},
        "municipality": municipality,
        "needs": [{"goal": "speaking"}, {"goal": "computer-digid"}],
        "spokenLevel": "A1",
        "legalBasis": "consent",
        "informed": {"on": datetime.now(UTC).date().isoformat(), "how": "in-person"},
        "caseWorker": {"name": "Joris Velhuizen", "email": "j.velhuizen@example.org"},
    }
