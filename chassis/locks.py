"""Names of PostgreSQL advisory locks: one readable name gives one stable 64-bit key."""

from __future__ import annotations

import hashlib
from typing import Final

RELAY: Final = "relay"
MIGRATIONS: Final = "migrations"


def advisory_key(name: str) -> int:
    """The key of a lock, as `pg_advisory_lock(bigint)` takes it: `relay`, `migrations`, `timer:send-mail`, …"""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
