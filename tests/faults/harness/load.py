"""A steady load of referrals, as a partner's case system sends them: at its own pace, whatever becomes of the answers.

Open-loop: a referral is due at its moment and waits for no other. Its client is a good one: it repeats with the same
Idempotency-Key, after growing pauses, until it has an answer that is one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from string import ascii_lowercase
from typing import Final, Self
from uuid import UUID

import httpx

from infra.local.processes import until
from tests.faults.harness.world import referral

_PATIENCE_PER_TRY: Final = 10.0
_PAUSES: Final = (0.25, 4.0)
"""Seconds before the first repetition, and the most before any."""
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_RUNNING: Final = "idempotency-running"
_AT_ONCE: Final = 64
"""Requests under way. httpx is not left to queue more: that costs it so much that it hardly sends any."""


@dataclass
class Sent:
    """One referral and what its client knows of it. Moments are of the monotonic clock."""

    number: int
    reference: str
    key: str
    sent_at: float
    tries: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    referral_id: str | None = None
    needs: frozenset[str] = frozenset()
    answered_at: float | None = None
    replayed: bool = False
    refused: str | None = None

    @property
    def acknowledged(self) -> bool:
        return self.referral_id is not None


class Load:
    """Sends `rate` referrals a second to intake from entering until leaving, `most` of them in all."""

    def __init__(self, url: str, token: Callable[[], str], chance: Random, *, rate: float, most: int = 30_000) -> None:
        self.sent: list[Sent] = []
        self.name = "".join(chance.choices(ascii_lowercase, k=8))
        self._url = f"{url}/v1/referrals"
        self._token = token
        self._chance = chance
        self._every = 1 / rate
        self._most = most
        self._stopping = threading.Event()
        self._give_up_at = float("inf")
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish(0)

    @property
    def acknowledged(self) -> list[Sent]:
        return [one for one in list(self.sent) if one.acknowledged]

    def reaches(self, acknowledged: int, seconds: float = 60.0) -> None:
        """Wait until so many are acknowledged. Raises AssertionError when they are not in time."""
        assert until(lambda: len(self.acknowledged) >= acknowledged or self._failure is not None, seconds), (
            f"{len(self.acknowledged)} of {acknowledged} referrals are acknowledged after {seconds} s"
        )
        self._check()

    def goes_on(self, more: int, seconds: float = 60.0) -> None:
        """Wait until so many more are acknowledged."""
        self.reaches(len(self.acknowledged) + more, seconds)

    def finish(self, patience: float = 120.0) -> None:
        """Begin no more, and let the clients go on with theirs for these seconds at most."""
        self._give_up_at = time.monotonic() + patience
        self._stopping.set()
        self._thread.join()
        self._check()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._send_all())
        except BaseException as problem:  # noqa: BLE001 (raised in the thread that waits for the load)
            self._failure = problem

    async def _send_all(self) -> None:
        self._lines = asyncio.Semaphore(_AT_ONCE)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_AT_ONCE)
        async with (
            httpx.AsyncClient(timeout=_PATIENCE_PER_TRY, limits=limits, trust_env=False) as http,
            asyncio.TaskGroup() as clients,
        ):
            begun = time.monotonic()
            for number in range(self._most):
                await asyncio.sleep(max(0.0, begun + number * self._every - time.monotonic()))
                if self._stopping.is_set():
                    return
                self.sent.append(self._next(number))
                clients.create_task(self._refer(http, self.sent[-1]))

    def _next(self, number: int) -> Sent:
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        return Sent(number, f"{self.name}-{number}", key, time.monotonic())

    async def _refer(self, http: httpx.AsyncClient, one: Sent) -> None:
        pause, longest = _PAUSES
        while not await self._tried(http, one) and time.monotonic() < self._give_up_at:
            await asyncio.sleep(pause * self._chance.uniform(0.8, 1.2))
            pause = min(2 * pause, longest)

    async def _tried(self, http: httpx.AsyncClient, one: Sent) -> bool:
        """One request; whether its answer settles it."""
        one.tries += 1
        headers = {"Authorization": f"Bearer {self._token()}", "Idempotency-Key": one.key}
        try:
            async with self._lines:
                answer = await http.post(self._url, json=referral(one.number, one.reference), headers=headers)
        except httpx.TransportError as problem:
            one.answers[type(problem).__name__] += 1
            return False
        one.answers[str(answer.status_code)] += 1
        if answer.status_code == httpx.codes.CREATED:
            said = answer.json()
            one.needs = frozenset(need["needId"] for need in said["needs"])
            one.replayed = "Idempotency-Replayed" in answer.headers
            one.answered_at, one.referral_id = time.monotonic(), said["referralId"]
            return True
        if answer.status_code in _AGAIN or _RUNNING in answer.text:
            return False
        one.refused = f"{answer.status_code} {answer.text[:300]}"
        return True
