"""A partner that refers somebody new again and again, to a platform that runs."""

from __future__ import annotations

import threading
import uuid
from types import TracebackType
from typing import Any, Self

from ops.api import Api, Lasting
from ops.tokens import demo, partner_token
from tests.support.platform import Platform, persist

_PARTNER = "Begeleiding Nieuwkomers Overijssel"


class Referring:
    """Refers people from entering until leaving, each with two needs. `accepted`: ids of the referrals taken in."""

    def __init__(self, platform: Platform, pause: float = 0.05) -> None:
        self.accepted: list[str] = []
        partner = next(one for one in demo().partners if one.name == _PARTNER)
        token = Lasting(lambda: partner_token(platform.at, partner.partner_id))
        self._intake = Api(platform.at.url("intake"), token)
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._refer, daemon=True)

    def _refer(self) -> None:
        while not self._stop.wait(self._pause):
            key = {"Idempotency-Key": str(uuid.uuid4())}
            body = _referral(len(self.accepted))
            found = persist(lambda body=body, key=key: self._intake.post("/referrals", body, headers=key))  # type: ignore[misc]
            self.accepted.append(found["referralId"])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(90)


def _referral(number: int) -> dict[str, Any]:
    library = demo().libraries[number % len(demo().libraries)]
    return {
        "participant": {
            "givenName": "Verzonnen", "familyName": f"Persoon {uuid.uuid4().hex[:8]}",
            "birthDate": f"{1960 + number % 40}-03-{1 + number % 28:02}", "phone": "06-00000123",
        },
        "municipality": library.municipalities[0],
        "needs": [{"goal": "speaking"}, {"goal": "computer-digid"}],
        "legalBasis": "consent",
        "informed": {"on": "2026-01-05", "how": "in-person"},
        "spokenLevel": "A2",
        "reference": f"verzonnen-{uuid.uuid4().hex[:12]}",
        "caseWorker": {"name": "Joris Velhuizen", "email": "j.velhuizen@example.org"},
    }  # fmt: skip
