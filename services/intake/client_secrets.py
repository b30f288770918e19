"""Client secrets: made here, never by a person; kept as argon2 hashes (ADR 0016).

A secret is `mds_<id>_<random>`. Its id finds the one hash to check against, so a guess that names no valid id costs
nothing; the 32 random bytes cannot be guessed at any cost, so argon2 is set light. A secret that was right is
remembered for a few minutes under a key that only this process has, so that fetching a token every ten minutes costs no
hash each time. What is remembered holds only as long as the row with that very hash is there: revoking is immediate.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

REMEMBERED_SECONDS: Final = 300.0
REMEMBERED_MOST: Final = 10_000
_HASHER: Final = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
_FORM: Final = re.compile(r"mds_(?P<id>[a-z0-9]{12})_(?P<random>[A-Za-z0-9_-]{43})")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A fresh secret: `text` is shown once, the hash is kept."""

    secret_id: str
    text: str
    argon2_hash: str

    def __repr__(self) -> str:
        return f"NewSecret({self.secret_id})"


def new_secret() -> NewSecret:
    """A secret of 256 random bits."""
    secret_id = "".join(secrets.choice(_LETTERS) for _ in range(12))
    text = f"mds_{secret_id}_{secrets.token_urlsafe(32)}"
    return NewSecret(secret_id, text, _HASHER.hash(text))


def id_of(text: str) -> str | None:
    """The id that a secret names; None for a text that cannot be one."""
    found = _FORM.fullmatch(text)
    return found["id"] if found else None


class Checker:
    """Checks secrets against their hashes; one per process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = os.urandom(32)
        self._clock = clock
        self._right: OrderedDict[bytes, float] = OrderedDict()

    def matches(self, text: str, argon2_hash: str) -> bool:
        """Whether this is the secret behind the hash."""
        mark = hmac.digest(self._key, f"{argon2_hash}|{text}".encode(), "sha256")
        if self._right.get(mark, 0.0) > self._clock():
            return True
        try:
            _HASHER.verify(argon2_hash, text)
        except (VerificationError, InvalidHashError):
            return False
        self._remember(mark)
        return True

    def _remember(self, mark: bytes) -> None:
        self._right[mark] = self._clock() + REMEMBERED_SECONDS
        self._right.move_to_end(mark)
        while len(self._right) > REMEMBERED_MOST:
            self._right.popitem(last=False)
