"""What a browser keeps for us: sealed under the key that all services share. Nobody else can read or change it."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any, Final

import orjson

from chassis.sealing import Sealer, Unopenable

_LONGEST: Final = 8192


class Seals:
    """Seals small facts as text. The first key seals, every key opens: so a key can be replaced."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._sealers = [Sealer(key) for key in keys]

    def seal(self, purpose: str, facts: dict[str, Any]) -> str:
        """Text that is safe in a cookie, a hidden field or an address."""
        sealed = self._sealers[0].seal(f"page-{purpose}", zlib.compress(orjson.dumps(facts, default=list)))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, purpose: str, text: str | None) -> dict[str, Any] | None:
        """The facts again; None for what was not sealed here for this purpose. For what comes from outside."""
        return self.open_long(purpose, text) if text and len(text) <= _LONGEST else None

    def open_long(self, purpose: str, text: str | None) -> dict[str, Any] | None:
        """The same for what we kept ourselves, which may be as long as a form."""
        if not text:
            return None
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        for sealer in self._sealers:
            try:
                found: dict[str, Any] = orjson.loads(zlib.decompress(sealer.unseal(f"page-{purpose}", sealed)))
            except Unopenable:
                continue
            return found
        return None
