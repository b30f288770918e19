"""Fresh secrets, in the forms that the settings want."""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def signing_key() -> str:
    """A private key for intake's tokens: P-256, PEM, as base64 on one line."""
    key = ec.generate_private_key(ec.SECP256R1())
    return base64.b64encode(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())).decode()


def master_key() -> str:
    """32 random bytes in base64url: what wraps all other keys of a service."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def password() -> str:
    """Of a server: long, and of characters that an address takes as they are."""
    return secrets.token_hex(24)
