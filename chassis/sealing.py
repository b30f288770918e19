"""Encryption of what may not be read at rest: AES-256-GCM under keys derived from, or wrapped by, one master key.

Each purpose has a key of its own (HKDF-SHA256), so that nothing sealed for one can be opened for another. `context`
binds a sealed value to its place (a row, a person): moved elsewhere it no longer opens.

A sealed value is: one byte format (1), 12 bytes nonce, ciphertext with its 16 bytes tag.
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT: Final = b"\x01"
_NONCE: Final = 12
_OVERHEAD: Final = len(_FORMAT) + _NONCE + 16


class Unopenable(Exception):
    """These bytes were not sealed with this key for this purpose and context, or were changed."""


class Sealer:
    """Seals, unseals and indexes under one master key of 32 bytes. Safe to share between threads."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != 32:
            raise ValueError("a master key has 32 bytes")
        self._derive = lru_cache(maxsize=256)(lambda label: _hkdf(master_key, label))
        self._cipher = lru_cache(maxsize=256)(lambda purpose: AESGCM(self._derive(f"seal:{purpose}")))

    def seal(self, purpose: str, plain: bytes, context: bytes = b"") -> bytes:
        """Encrypt for a purpose, bound to a context."""
        return _encrypt(self._cipher(purpose), plain, context)

    def unseal(self, purpose: str, sealed: bytes, context: bytes = b"") -> bytes:
        """The plain bytes again. Raises Unopenable."""
        return _decrypt(self._cipher(purpose), sealed, context)

    def new_key(self, context: bytes) -> bytes:
        """A fresh data key (one per participant, say), wrapped. Destroying it makes all under it unreadable."""
        return self.seal("data-key", os.urandom(32), context)

    def under(self, wrapped: bytes, context: bytes) -> DataKey:
        """The data key behind its wrapping. Raises Unopenable."""
        return DataKey(self.unseal("data-key", wrapped, context))

    def blind_index(self, purpose: str, text: str) -> bytes:
        """32 bytes, equal for equal text but for case and outer spaces, that tell nothing without the key."""
        normal = unicodedata.normalize("NFKC", text).casefold().strip()
        return self.digest(f"index:{purpose}", normal.encode())

    def digest(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of bytes under the key of a purpose."""
        return hmac.digest(self._derive(f"digest:{purpose}"), data, "sha256")


class DataKey:
    """A data key in use: seals and unseals what belongs to one person."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, context: bytes = b"") -> bytes:
        """Encrypt, bound to a context."""
        return _encrypt(self._cipher, plain, context)

    def unseal(self, sealed: bytes, context: bytes = b"") -> bytes:
        """The plain bytes again. Raises Unopenable."""
        return _decrypt(self._cipher, sealed, context)


def _hkdf(key: bytes, label: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"meedoen/" + label.encode()).derive(key)


def _encrypt(cipher: AESGCM, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + cipher.encrypt(nonce, plain, context)


def _decrypt(cipher: AESGCM, sealed: bytes, context: bytes) -> bytes:
    sealed = bytes(sealed)
    if len(sealed) < _OVERHEAD or sealed[:1] != _FORMAT:
        raise Unopenable("not a sealed value")
    try:
        return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], context)
    except InvalidTag as problem:
        raise Unopenable("sealed with another key, for another purpose or context") from problem
