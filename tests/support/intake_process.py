"""Starts intake as a process and talks to it as partners, coordinators and operations do."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import socket
import time
import uuid
from typing import Any, Self

import httpx
import psycopg2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.issuer import Issuer
from tests.support.service_process import ServiceProcess

PATIENCE = 30.0
NOWHERE = "amqp://guest:guest@127.0.0.1:1/none"


_places = itertools.count(1000)


def fresh_place() -> str:
    """The code of a municipality that no other test of this process uses."""
    return f"GM{next(_places)}"


def signing_key() -> str:
    """A value for TOKEN_SIGNING_KEY."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(pem).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LooksFirst(httpx.Client):
    """Reads a referral before it changes it and says which version it saw, as a good client of staff does."""

    _TRIES = 5
    _REFERRAL = re.compile(r"/referrals/[0-9a-f-]{36}(?=/|$)")

    def request(self, method: str, url: Any, **more: Any) -> httpx.Response:
        found = self._REFERRAL.match(str(url)) if method in ("POST", "PATCH") else None
        if found is None or "If-Match" in (more.get("headers") or {}):
            return super().request(method, url, **more)
        for left in reversed(range(self._TRIES)):
            tag = super().request("GET", found[0]).headers.get("ETag")
            headers = {**(more.get("headers") or {}), **({"If-Match": tag} if tag else {})}
            answer = super().request(method, url, **{**more, "headers": headers})
            if answer.status_code != httpx.codes.PRECONDITION_FAILED or not left:
                return answer
        raise AssertionError("the last try answers")


class Intake:
    """A process of intake; `start` and `kill` may follow each other on the same database."""

    def __init__(self, database_url: str, staff: Issuer, *, amqp_uri: str = NOWHERE, **settings: str) -> None:
        self.database_url = database_url
        self._staff = staff
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/intake"
        own = {"issuer": self.url, "jwksUri": f"{self.url}/v1/jwks", "audience": "meedoen", "algorithms": ["ES256"],
               "kind": "clients"}  # fmt: skip
        self.settings = {
            "DATABASE_URL": database_url,
            "AMQP_URI": amqp_uri,
            "HTTP_ADDRESS": f"127.0.0.1:{port}",
            "PUBLIC_URL": self.url,
            "ORGANISATION_NUMBER": "00000001234567890000",
            "MASTER_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "TOKEN_SIGNING_KEY": signing_key(),
            "SESSION_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "TRUSTED_ISSUERS": json.dumps([own, staff.trust]),
            **settings,
        }
        self.process = ServiceProcess("services.intake.service", self.settings)

    @property
    def log(self) -> str:
        """Everything that it said so far."""
        return "".join(self.process.text)

    def __enter__(self) -> Self:
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def client(self, token: str | None = None, kind: type[httpx.Client] = httpx.Client) -> httpx.Client:
        """A client of the API with this token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return kind(base_url=f"{self.url}/v1", headers=headers, timeout=PATIENCE, trust_env=False)

    def operations(self) -> httpx.Client:
        return self.client(self._staff.token(sub="operator", org=None, roles=["operations"]))

    def coordinator(self, *library_ids: str) -> httpx.Client:
        return self.member("coordinator", *library_ids)

    def member(self, role: str, *library_ids: str, **claims: Any) -> httpx.Client:
        """Somebody of the staff with this role."""
        said = {"sub": f"{role}-7", "org": None, "roles": [role], "libraries": list(library_ids), **claims}
        return self.client(self._staff.token(**said), LooksFirst)

    def case_worker(self, partner_id: str, *municipalities: str) -> httpx.Client:
        """An employee of a partner who signed in, with the municipalities assigned to them."""
        return self.member("case-worker", org=partner_id, municipalities=list(municipalities))

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
