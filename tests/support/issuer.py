"""An issuer of tokens on a free port: its keys can be replaced, its server stopped, and it signs whatever is asked."""

from __future__ import annotations

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm


class Issuer:
    """Signs with ES256 and serves its keys at `.jwks_uri`."""

    def __init__(self, kind: str = "clients") -> None:
        self.kind = kind
        self.fetches = 0
        self.kid = ""
        self.new_key()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetches += 1
                body = json.dumps(issuer.keys).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.jwks_uri = f"{self.issuer}/jwks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    def new_key(self) -> None:
        """From now on another key signs, and only that one is published."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.kid = uuid.uuid4().hex
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        self.keys = {"keys": [public | {"kid": self.kid, "use": "sig", "alg": "ES256"}]}

    @property
    def trust(self) -> dict[str, Any]:
        """This issuer as TRUSTED_ISSUERS names it."""
        return {"issuer": self.issuer, "jwksUri": self.jwks_uri, "audience": "meedoen", "algorithms": ["ES256"],
                "kind": self.kind}  # fmt: skip

    def claims(self, **claims: Any) -> dict[str, Any]:
        """Those of a partner's token, but for what is said otherwise; None leaves a claim out."""
        now = time.time()
        usual = {"iss": self.issuer, "aud": "meedoen", "sub": "partner-1", "org": "partner-1", "iat": now,
                 "exp": int(now) + 600, "jti": uuid.uuid4().hex}  # fmt: skip
        return {name: value for name, value in (usual | claims).items() if value is not None}

    def token(self, *, key: Any = None, algorithm: str = "ES256", kid: str | None = None, **claims: Any) -> str:
        """A token with these claims."""
        headers = {"kid": kid or self.kid}
        return jwt.encode(self.claims(**claims), self.key if key is None else key, algorithm=algorithm, headers=headers)

    def bearer(self, **claims: Any) -> dict[str, str]:
        """Headers with a token."""
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
