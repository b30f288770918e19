"""What an installation in containers must refuse: one service in another's database, what the gateway keeps out, and to
start without a secret."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import httpx

from contracts.catalogue import SERVICES
from infra.containers import environment
from ops.containers.engine import EngineFailed, Project
from ops.trouble import Trouble

_TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
_TRACED: Final = {"traceparent": f"00-{_TRACE}-00f067aa0ba902b7-01"}
_FIRST_PAGE: Final = "/intake"
"""Without host and port: the gateway does not know those that people use, behind whatever ends TLS."""
_MEGABYTE: Final = 1 << 20
_ASKED: Final = 150
"""Requests for a token; the gateway lets through ten a second and twenty besides."""
_AT_ONCE: Final = 16
_REFUSED: Final[tuple[tuple[int, str, str, int], ...]] = (
    (404, "GET", "/nothing-here", 0),
    (404, "GET", "/intake/metrics", 0),
    (401, "GET", "/intake/v1/referrals", 0),
    (413, "POST", "/intake/v1/referrals", _MEGABYTE + 1),
    (401, "POST", "/intake/v1/referral-files", 5 * _MEGABYTE),
    (413, "POST", "/intake/v1/referral-files", 5 * _MEGABYTE + 1),
)
"""The status of the refusal, and the method, path and size in bytes of the body that it answers."""


class Open(Trouble):
    """Something is let through, or refused in another way than it should be; the message says what."""


def between_databases(project: Project, passwords: Mapping[str, str]) -> None:
    """Each service's role, with its password, connects to its own database alone. Raises Open."""
    for role in SERVICES:
        for database in (*SERVICES, "postgres", "template1"):
            if _connects(project, role, passwords[role], database) != (role == database):
                raise Open(f"The role of {role} {'cannot' if role == database else 'can'} connect to {database}.")


def _connects(project: Project, role: str, password: str, database: str) -> bool:
    query = ("psql", "-h", "127.0.0.1", "-U", role, "-d", database, "-Atc", "select 1")
    try:
        project.compose(
            "exec", "--no-TTY", "-e", "PGPASSWORD", "postgres", *query, environment={"PGPASSWORD": password}
        )
    except EngineFailed as refused:
        if "does not have CONNECT privilege" not in str(refused):
            raise
        return False
    return True


def at_the_gateway(origin: str) -> None:
    """Each refusal is a problem document under the trace of its request. Raises Open."""
    with httpx.Client(base_url=origin, headers=_TRACED, trust_env=False, timeout=30) as caller:
        for status, method, path, size in _REFUSED:
            answer = caller.request(method, path, content=b"x" * size if size else None)
            said = (answer.status_code, answer.headers.get("Content-Type"), _trace(answer))
            if said != (status, "application/problem+json", _TRACE):
                raise Open(f"{method} {path} with {size} bytes got {said}, not {status} as a problem of its trace.")
        first = caller.get("/")
        if (first.status_code, first.headers.get("Location")) != (303, _FIRST_PAGE):
            raise Open(f"/ leads to {first.headers.get('Location')} with {first.status_code}, not to {_FIRST_PAGE}.")


def by_the_address_that_connects(origin: str) -> None:
    """Who says that it calls for another each time has one limit all the same. Raises Open."""

    def ask(number: int) -> int:
        pretended = {"X-Forwarded-For": f"203.0.113.{number}"}
        return httpx.post(f"{origin}/intake/v1/oauth/token", headers=pretended, trust_env=False, timeout=30).status_code

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(ask, range(_ASKED)))
    if httpx.codes.TOO_MANY_REQUESTS not in answers:
        raise Open(f"{_ASKED} requests for a token in a moment, each for another address as it said, were not limited.")


def _trace(answer: httpx.Response) -> Any:
    try:
        return answer.json().get("traceId")
    except ValueError:
        return None


def without_a_secret(env_file: Path) -> None:
    """With any one secret empty compose does nothing, and names it. Raises Open."""
    lines = env_file.read_text().splitlines()
    for secret in environment.secrets_in(env_file):
        with NamedTemporaryFile("w", suffix=".env") as lacking:
            lacking.writelines(f"{secret}=\n" if line.startswith(f"{secret}=") else f"{line}\n" for line in lines)
            lacking.flush()
            try:
                Project("meedoen-lacking", Path(lacking.name)).compose("config", "--quiet")
            except EngineFailed as refused:
                if secret not in str(refused):
                    raise
            else:
                raise Open(f"Compose goes on without {secret}.")
