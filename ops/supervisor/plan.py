"""Which programs a local installation runs, and in which order."""

from __future__ import annotations

import signal
import sys
import urllib.error
import urllib.request

from contracts.catalogue import SERVICES
from infra.local.installation import (
    GATEWAY,
    IDENTITY_PROVIDER,
    MAIL_CATCHER,
    ROOT,
    Installation,
    ServiceProcess,
)
from infra.local.ports import answers
from infra.local.postgres import Postgres
from infra.local.processes import Process
from infra.local.rabbitmq import RabbitMQ
from ops.supervisor.program import Program

_SERVERS, _PROCESSES = 0, 1  # start
_SERVICES_STOP, _RELAYS_STOP, _HELPERS_STOP, _BROKER_STOPS, _DATABASE_STOPS = range(5)


def programs_of(at: Installation) -> list[Program]:
    """All programs of this installation; servers that `DATABASE_URL` and `AMQP_URI` name are not ours to run."""
    found = [_mail_catcher(at), _identity_provider(at), _gateway(at)]
    if at.postgres:
        found.append(_postgres(at, at.postgres))
    if at.rabbitmq:
        found += [_rabbitmq(at, node) for node in at.rabbitmq.nodes]
    for service in SERVICES:
        found += [_service(at, process) for process in at.processes(service)]
        found.append(_relay(at, service))
    return found


class Plan:
    """The programs of an installation as its file says now; `meedoen partitions` changes it while they run."""

    def __init__(self, at: Installation) -> None:
        self._at = at
        self._file = at.var / "installation.json"
        self._seen = self._file.stat().st_mtime_ns

    def programs(self) -> list[Program]:
        """All of them, as of now."""
        return programs_of(self._at)

    def changed(self) -> bool:
        """Whether the file is another than when this was asked last; then `programs` are others too."""
        seen = self._file.stat().st_mtime_ns
        if seen == self._seen:
            return False
        self._seen = seen
        self._at.reread()
        return True


def _postgres(at: Installation, server: Postgres) -> Program:
    def noted(process: Process | None) -> None:
        server.state.process = process

    return Program(
        name="postgres", kind="server", starts=_SERVERS, stops=_DATABASE_STOPS,
        command=server.command, environment=lambda: server.environment, healthy=server.healthy,
        log=at.logs / "postgres.log", cwd=at.var, prepare=server.prepare, noted=noted, stop_signal=signal.SIGINT,
    )  # fmt: skip


def _rabbitmq(at: Installation, server: RabbitMQ) -> Program:
    def prepare() -> None:
        server.prepare()
        server.start_epmd()

    def noted(process: Process | None) -> None:
        server.state.process = process

    return Program(
        name=server.name, kind="server", starts=_SERVERS, stops=_BROKER_STOPS,
        command=server.command, environment=lambda: server.environment, healthy=server.healthy,
        log=at.logs / f"{server.name}.log", cwd=at.var, prepare=prepare, noted=noted, clean=server.stop_epmd,
    )  # fmt: skip


def _mail_catcher(at: Installation) -> Program:
    port = int(at.address(MAIL_CATCHER).rpartition(":")[2])
    return Program(
        name=MAIL_CATCHER, kind="helper", starts=_SERVERS, stops=_HELPERS_STOP,
        command=lambda tied: [*tied, sys.executable, "-m", "infra.local.mail_catcher"],
        environment=lambda: at.helper_environment(MAIL_CATCHER), healthy=lambda: answers(port),
        log=at.logs / f"{MAIL_CATCHER}.log", cwd=ROOT, url=f"smtp://{at.address(MAIL_CATCHER)}",
    )  # fmt: skip


def _identity_provider(at: Installation) -> Program:
    return Program(
        name=IDENTITY_PROVIDER, kind="helper", starts=_SERVERS, stops=_HELPERS_STOP,
        command=lambda tied: [*tied, sys.executable, "-m", "infra.local.identity_provider"],
        environment=lambda: at.helper_environment(IDENTITY_PROVIDER),
        healthy=lambda: _says_ok(f"{at.identity_provider}/.well-known/openid-configuration"),
        log=at.logs / f"{IDENTITY_PROVIDER}.log", cwd=ROOT, url=at.identity_provider,
    )  # fmt: skip


def _gateway(at: Installation) -> Program:
    port = int(at.address(GATEWAY).rpartition(":")[2])
    return Program(
        name=GATEWAY, kind="helper", starts=_SERVERS, stops=_HELPERS_STOP,
        command=lambda tied: [*tied, sys.executable, "-m", "infra.local.gateway"],
        environment=lambda: at.helper_environment(GATEWAY), healthy=lambda: answers(port),
        log=at.logs / f"{GATEWAY}.log", cwd=ROOT, url=at.origin,
    )  # fmt: skip


def _service(at: Installation, process: ServiceProcess) -> Program:
    url = at.process_url(process)
    return Program(
        name=process.name, kind="service", starts=_PROCESSES, stops=_SERVICES_STOP,
        command=lambda tied: [*tied, sys.executable, "-m", "chassis.run", f"services.{process.service}.service"],
        environment=lambda: at.process_environment(process), prepare=lambda: at.make_database(process.service),
        healthy=lambda: _says_ok(f"{url}/health/ready"),
        log=at.logs / f"{process.name}.log", cwd=ROOT, url=url, service=process.service,
    )  # fmt: skip


def _relay(at: Installation, service: str) -> Program:
    name = f"{service}-relay"
    return Program(
        name=name, kind="relay", starts=_PROCESSES, stops=_RELAYS_STOP,
        command=lambda tied: [*tied, sys.executable, "-m", "chassis.relay", service],
        environment=lambda: at.relay_environment(service), prepare=lambda: at.make_database(service),
        healthy=lambda: _says_ok(f"http://{at.address(name)}/health/ready"),
        log=at.logs / f"{name}.log", cwd=ROOT, url=f"http://{at.address(name)}", service=service,
    )  # fmt: skip


def _says_ok(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own addresses, http alone
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
