"""Every endpoint of every service with every role and with tokens that count for nothing: as the table says."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator

import httpx

from tests.support.access_table import ANYONE, EXPECTED
from tests.support.issuer import Issuer
from tests.support.service_process import ServiceProcess

Running = tuple[str, ServiceProcess]
_BELOW_SERVICE = ("/health/", "/metrics")


def endpoints(running: Running) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Method, address with ids that nobody has, and who may call."""
    name, process = running
    for endpoint, roles in EXPECTED[name].items():
        method, template = endpoint.split(" ")
        below = "" if template.startswith(_BELOW_SERVICE) else "/v1"
        path = re.sub(r"\{[^}]+\}", lambda _: str(uuid.uuid4()), template)
        yield method, f"{process.address}/{name}{below}{path}", roles


def asked(client: httpx.Client, method: str, url: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
    return client.request(method, url, headers=headers, **body)


def test_without_a_token_that_counts_nothing_opens(running: Running, staff: Issuer) -> None:
    foreign = Issuer("staff")
    rightful = {"sub": "somebody", "org": None, "roles": ["operations", "coordinator", "partner"]}
    useless = {
        "none": None,
        "nonsense": "nonsense",
        "of an issuer that nobody trusts": foreign.token(**rightful),
        "in the name of a trusted issuer": foreign.token(**rightful, iss=staff.issuer),
        "expired": staff.token(**rightful, exp=int(time.time()) - 3600),
        "for another audience": staff.token(**rightful, aud="elsewhere"),
    }
    with httpx.Client(timeout=30, trust_env=False) as client:
        for method, url, roles in endpoints(running):
            for which, token in useless.items():
                status = asked(client, method, url, token).status_code
                assert (status == 401) == (roles != ANYONE), f"{method} {url} with a token {which}: {status}"
    foreign.stop()


def test_each_role_opens_what_the_table_says_and_no_more(running: Running, tokens: dict[str, str]) -> None:
    with httpx.Client(timeout=30, trust_env=False) as client:
        for method, url, roles in endpoints(running):
            for role, token in tokens.items():
                answer = asked(client, method, url, token)
                refused = answer.status_code == 403 and "scope" in answer.json()
                assert refused == (role not in roles and roles != ANYONE), f"{role}: {method} {url}"
                assert answer.status_code < 500, f"{role}: {method} {url}: {answer.text}"


def test_a_role_that_is_not_listed_opens_nothing(running: Running, staff: Issuer) -> None:
    token = staff.token(sub="host", org=None, roles=["host", "admin", "*"], libraries=["*"])
    with httpx.Client(timeout=30, trust_env=False) as client:
        for method, url, roles in endpoints(running):
            if roles != ANYONE:
                assert asked(client, method, url, token).status_code == 403, f"{method} {url}"


def test_claims_that_are_no_ids_of_ours_give_nothing_and_break_nothing(running: Running, staff: Issuer) -> None:
    """An identity provider may call libraries and organisations as it likes; nobody has said here what that means."""
    claimed = {"libraries": ["bibliotheek-deventer"], "municipalities": ["Deventer"]}
    with httpx.Client(timeout=30, trust_env=False) as client:
        for method, url, roles in endpoints(running):
            for role in roles - {"partner"} if roles != ANYONE else ():
                token = staff.token(
                    sub="x", org="vluchtelingenwerk" if role == "case-worker" else None, roles=[role], **claimed
                )
                answer = asked(client, method, url, token)
                assert answer.status_code < 500, f"{role}: {method} {url}: {answer.text}"
