"""Plays coordinators: asks some participants for whom a place is held, and records their yes or no."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx

from infra.demo.data import Demo
from ops.api import Answered, Api, Lasting
from ops.demo.loading import AT_ONCE
from ops.place import Place
from ops.tokens import staff_token

_ASKED_PER_LIBRARY: Final = 8
_EVERY_NO: Final = 5
"""Each fifth participant says no."""
_TRIES: Final = 5
"""How often to look again when the referral changed between looking at it and recording: planning works on it too."""


def answer_some(at: Place, demo: Demo) -> Counter[str]:
    """Each library's coordinator asks the first participants; how many agreed and declined."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda library: _Coordinator(at, library.library_id).ask(), demo.libraries)
        return sum(answers, Counter[str]())


class _Coordinator:
    def __init__(self, at: Place, library_id: str) -> None:
        token = Lasting(lambda: staff_token(at, role="coordinator", library=library_id))
        self._library_id = library_id
        self._intake = Api(at.url("intake"), token)
        self._activities = Api(at.url("activities"), token)

    def ask(self) -> Counter[str]:
        said: Counter[str] = Counter()
        held = self._activities.get("/enrolments", status="held", libraryId=self._library_id, limit=_ASKED_PER_LIBRARY)
        for number, enrolment in enumerate(held["items"], start=1):
            answer = "declined" if number % _EVERY_NO == 0 else "agreed"
            said[answer] += self._record(enrolment, answer)
        return said

    def _record(self, enrolment: dict[str, Any], answer: str) -> int:
        """Record one answer. One that is no longer asked for (the place went meanwhile) counts for nothing."""
        path = f"/referrals/{enrolment['referralId']}/needs/{enrolment['needId']}/placement-answers"
        body = {
            "answer": answer,
            "enrolmentId": enrolment["enrolmentId"],
            "answeredBy": "participant",
            "channel": "call",
        }
        for left in reversed(range(_TRIES)):
            seen = self._intake.ask("GET", f"/referrals/{enrolment['referralId']}").headers["ETag"]
            headers = {"If-Match": seen, "Idempotency-Key": f"{enrolment['enrolmentId']}-{answer}"}
            try:
                self._intake.post(path, body, headers=headers)
            except Answered as refused:
                if refused.status == httpx.codes.CONFLICT:
                    return 0
                if refused.status != httpx.codes.PRECONDITION_FAILED or not left:
                    raise
            else:
                return 1
        raise AssertionError("the last try answers or raises")
