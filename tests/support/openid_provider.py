"""An OpenID Connect provider of our own: strict about codes and PKCE, and as wrong in its tokens as a test wants it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

CLIENT = ("meedoen", "a secret of ours")


class OpenIdProvider:
    """Signs in whoever `who` says, at once. `twisted` goes over the claims of the next id_tokens; `key` signs them."""

    def __init__(self) -> None:
        self.key = self._published = ec.generate_private_key(ec.SECP256R1())
        self.who: dict[str, Any] = {"sub": "somebody"}
        self.twisted: dict[str, Any] = {}
        self.asked: list[dict[str, str]] = []
        self.refused: list[str] = []
        self.offers_end_session = True
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                asked = {name: values[0] for name, values in parse_qs(url.query).items()}
                if url.path == "/authorize":
                    self._answer(303, {}, Location=provider.authorize(asked))
                else:
                    self._answer(
                        200, provider.keys() if url.path == "/jwks" else provider.discovery(self.headers["Host"])
                    )

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(raw).items()}
                self._answer(*provider.token(form, self.headers.get("Authorization", "")))

            def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
                raw = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {
                    "Content-Length": str(len(raw)),
                    "Content-Type": "application/json",
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def setting(self, **more: Any) -> dict[str, Any]:
        """A row of IDENTITY_PROVIDERS."""
        return {"id": "test", "name": "de proef", "issuer": self.issuer, "clientId": CLIENT[0],
                "clientSecret": CLIENT[1], "algorithms": ["ES256"], "trustsEmail": True, **more}  # fmt: skip

    @property
    def trust(self) -> dict[str, Any]:
        """This provider as TRUSTED_ISSUERS names it: its tokens open the API too."""
        return {"issuer": self.issuer, "jwksUri": f"{self.issuer}/jwks", "audience": "meedoen",
                "algorithms": ["ES256"], "kind": "staff"}  # fmt: skip

    def access_token(self, **who: Any) -> str:
        """What it gives a program that asks in somebody's name."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "meedoen", "iat": now, "exp": now + 600, **who}
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": "1"})

    def discovery(self, host: str) -> dict[str, Any]:
        """As it is called by who asks."""
        issuer = f"http://{host}"
        names = ["authorize", "token", *(["end_session"] if self.offers_end_session else [])]
        whole = {
            "authorize": "authorization_endpoint",
            "token": "token_endpoint",
            "end_session": "end_session_endpoint",
        }
        return {"issuer": issuer, "jwks_uri": f"{issuer}/jwks",
                **{whole[name]: f"{issuer}/{name}" for name in names}}  # fmt: skip

    def keys(self) -> dict[str, Any]:
        return {"keys": [ECAlgorithm.to_jwk(self._published.public_key(), as_dict=True) | {"kid": "1", "alg": "ES256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where somebody goes who says yes."""
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """An id_token for a code: once, to the client that asked for it, who knows the verifier."""
        asked = self._codes.pop(form.get("code", ""), None)
        basic = "Basic " + base64.b64encode(":".join(CLIENT).encode()).decode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        wrong = (
            "client" if authorization != basic
            else "code" if asked is None
            else "redirect_uri" if asked["redirect_uri"] != form.get("redirect_uri")
            else "verifier" if asked["code_challenge"] != digest.decode().rstrip("=")
            else None
        )  # fmt: skip
        if wrong is not None or asked is None:
            self.refused.append(wrong or "code")
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT[0],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.who,
        }
        said = {name: value for name, value in (claims | self.twisted).items() if value is not None}
        return 200, {"token_type": "Bearer", "access_token": "-", "expires_in": 300,
                     "id_token": jwt.encode(said, self.key, algorithm="ES256", headers={"kid": "1"})}  # fmt: skip

    def be_itself(self) -> None:
        """As honest as it began."""
        self.key, self.twisted, self.who = self._published, {}, {"sub": "somebody"}
        self.asked, self.refused, self.offers_end_session = [], [], True

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
