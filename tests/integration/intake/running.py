"""Starts intake as a process and talks to it as partners, coordinators and operations do."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx
import psycopg2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import jwt
from jwt.algorithms import ECAlgorithm

PATIENCE = 30.0
NOWHERE = "amqp://guest:guest@127.0.0.1:1/none"


class StaffIssuer:
    """Signs tokens of staff and publishes the key to check them with."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        keys = json.dumps({"keys": [ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)]}).encode()

        class Keys(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 (the name that http.server asks for)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def token(self, *roles: str, libraries: list[str] | None = None, **claims: Any) -> str:
        """A token for ten minutes."""
        now = int(time.time())
        said = {"iss": self.url, "aud": "meedoen-staff", "sub": f"staff-{uuid.uuid4()}", "iat": now, "exp": now + 600,
                "roles": list(roles), "libraries": libraries or []}  # fmt: skip
        return jwt.encode(said | claims, self._key, algorithm="ES256")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def signing_key() -> str:
    """A value for TOKEN_SIGNING_KEY."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(pem).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Intake:
    """A process of intake; `start` and `kill` may follow each other on the same database."""

    def __init__(self, database_url: str, staff: StaffIssuer, *, amqp_uri: str = NOWHERE, **settings: str) -> None:
        self.database_url = database_url
        self._staff = staff
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/intake"
        issuers = [
            {"issuer": self.url, "jwksUri": f"{self.url}/v1/jwks", "audience": "meedoen", "algorithms": ["ES256"],
             "kind": "clients"},
            {"issuer": staff.url, "jwksUri": f"{staff.url}/keys", "audience": "meedoen-staff", "algorithms": ["ES256"],
             "kind": "staff"},
        ]  # fmt: skip
        self._environment = {
            **os.environ, "DATABASE_URL": database_url, "AMQP_URI": amqp_uri, "HTTP_ADDRESS": f"127.0.0.1:{port}",
            "PUBLIC_URL": self.url, "ORGANISATION_NUMBER": "00000001234567890000",
            "MASTER_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "TOKEN_SIGNING_KEY": signing_key(), "TRUSTED_ISSUERS": json.dumps(issuers), **settings,
        }  # fmt: skip
        self.log = bytearray()

    def start(self, **settings: str) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chassis.run", "services.intake.service"], env=self._environment | settings,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read_log, args=(self.process,), daemon=True)
        self._reader.start()
        until(self._answers, "intake answers")

    def _read_log(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.log += line

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.decode()
        try:
            return httpx.get(f"{self.url}/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """As a supervisor would."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        self._reader.join()

    def client(self, token: str | None = None) -> httpx.Client:
        """A client of the API with this token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=f"{self.url}/v1", headers=headers, timeout=PATIENCE)

    def operations(self) -> httpx.Client:
        return self.client(self._staff.token("operations"))

    def coordinator(self, *library_ids: str) -> httpx.Client:
        return self.client(self._staff.token("coordinator", libraries=list(library_ids)))

    def library(self, *municipalities: str, **changed: Any) -> str:
        """A new library that serves these; its id."""
        name = f"Bibliotheek {uuid.uuid4().hex[:8]}"
        serves = [{"municipality": code, "kinds": []} for code in municipalities]
        said = {"name": name, "mailbox": "taalhuis@example.org", "language": "nl", "serves": serves, **changed}
        with self.operations() as client:
            answer = client.post("/libraries", json=said)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["libraryId"])

    def partner(self, **said: Any) -> Partner:
        """A new partner."""
        with self.operations() as client:
            answer = client.post("/partners", json={"name": f"Partner {uuid.uuid4().hex[:8]}", **said})
        assert answer.status_code == 201, answer.text
        return Partner(self, answer.json()["partnerId"], answer.json()["clientSecret"])

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query sees in intake's database."""
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall()
        finally:
            connection.close()


class Partner:
    """A partner with its credentials."""

    def __init__(self, intake: Intake, partner_id: str, secret: str) -> None:
        self._intake = intake
        self.id = partner_id
        self.secret = secret

    def token(self, **more: str) -> str:
        """A fresh access token."""
        form = {"grant_type": "client_credentials", "client_id": self.id, "client_secret": self.secret, **more}
        with self._intake.client() as client:
            answer = client.post("/oauth/token", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def client(self) -> httpx.Client:
        """A client of the API with a fresh token."""
        return self._intake.client(self.token())


def until(condition: Any, what: str, *, within: float = PATIENCE) -> Any:
    """Poll until it is true; what it then was. Fails with `what` after `within` seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {within} s: {what}")


def referral(**changed: Any) -> dict[str, Any]:
    """A complete referral; what is given as None is left out."""
    said = {
        "participant": {"givenName": "Zahra", "familyName": "Qadirovane", "birthDate": "1991-05-17",
                        "phone": "06-00000123", "contactLanguage": "Dari", "interpreterNeeded": True},
        "municipality": "GM0150", "postcode4": "7411",
        "needs": [{"goal": "speaking"}, {"goal": "computer-digid"}],
        "legalBasis": "consent", "informed": {"on": "2026-01-05", "language": "Dari", "how": "in-person"},
        "spokenLevel": "A1", "availability": ["mon-morning"], "features": ["childcare"],
        "reference": "DOS-4471", "remarks": "Liefst samen met haar zus.",
        "caseWorker": {"name": "Joris Velhuizen", "phone": "06-00000002", "email": "j.velhuizen@example.org"},
        **changed,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}
