"""Access tokens for partners: JWTs of ten minutes, signed with ES256 (RFC 9068), and the keys to check them with."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import jwt
import uuid_utils
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

LIFETIME_SECONDS: Final = 600
_PEM: Final = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A P-256 key and its id, which is the thumbprint of the public part (RFC 7638)."""

    private: ec.EllipticCurvePrivateKey
    kid: str
    public_jwk: dict[str, Any]


def signing_keys(text: str) -> tuple[SigningKey, ...]:
    """Keys from base64 of a PEM, or several with commas between. The first signs; all are published.

    To replace a key, put the new one in front and take the old one out after ten minutes. Several PEMs, one behind the
    other, may stand in one base64 too. Raises ValueError.
    """
    try:
        pems = [pem for part in text.split(",") for pem in _pems(part.strip())]
        keys = [serialization.load_pem_private_key(pem.encode(), password=None) for pem in pems]
    except (ValueError, TypeError) as problem:
        raise ValueError("must be base64 of a P-256 private key in PEM") from problem
    right = [key for key in keys if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)]
    if not right or len(right) != len(keys):
        raise ValueError("must be base64 of a P-256 private key in PEM")
    return tuple(_signing_key(key) for key in right)


def _pems(text: str) -> list[str]:
    found = _PEM.findall(base64.b64decode(text, validate=True).decode("ascii"))
    if not found:
        raise ValueError("no PEM")
    return found


def _signing_key(key: ec.EllipticCurvePrivateKey) -> SigningKey:
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    bare = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(bare, separators=(",", ":"), sort_keys=True).encode()
    kid = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
    return SigningKey(key, kid, bare | {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass(frozen=True, slots=True)
class Issuing:
    """Who issues tokens, for whom, and with which keys."""

    issuer: str
    audience: str
    keys: tuple[SigningKey, ...]

    def jwks(self) -> dict[str, Any]:
        """The public keys, as a JWK set."""
        return {"keys": [key.public_jwk for key in self.keys]}

    def token(self, partner_id: str, *, municipalities: list[str], scopes: list[str], now: datetime) -> str:
        """A token for a partner.

        `iat` has its fraction of a second: what is revoked within the second of issue is told apart.
        """
        issued = now.timestamp()
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": partner_id,
            "client_id": partner_id,
            "org": partner_id,
            "roles": ["partner"],
            "municipalities": municipalities,
            "scope": " ".join(scopes),
            "iat": issued,
            "nbf": int(issued),
            "exp": int(issued) + LIFETIME_SECONDS,
            "jti": str(uuid_utils.uuid4()),
        }
        signer = self.keys[0]
        return jwt.encode(claims, signer.private, algorithm="ES256", headers={"kid": signer.kid, "typ": "at+jwt"})
