"""One local installation: its keys, ports and addresses, kept in `var/installation.json` so that restarts keep them.

All that is secret stands in that file, which only its owner can read; nothing of it is ever printed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chassis.queues import queue_name
from contracts.catalogue import SERVICES
from infra import fresh
from infra.local.cluster import Cluster
from infra.local.databases import Databases
from infra.local.ports import HOST, free_port, is_free
from infra.local.postgres import Postgres
from infra.local.rabbitmq import RabbitMQ
from infra.local.state import State

ROOT: Final = Path(__file__).resolve().parents[2]
AUDIENCE: Final = "meedoen"
GATEWAY: Final = "gateway"
IDENTITY_PROVIDER: Final = "identity-provider"
MAIL_CATCHER: Final = "mail-catcher"
_PREFERRED: Final = {
    GATEWAY: 8000,
    **{service: 8001 + number for number, service in enumerate(SERVICES)},
    **{f"{service}-relay": 8011 + number for number, service in enumerate(SERVICES)},
    IDENTITY_PROVIDER: 8005,
    MAIL_CATCHER: 8025,
}
_ORGANISATION: Final = "00000009999999990000"
"""A number in the form of an OIN that is given to nobody: local installations belong to no organisation."""


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """The process of a service that takes one of its partitions."""

    service: str
    partition: int
    count: int

    @property
    def name(self) -> str:
        """That of its service as long as it is the only one; then that of its queue."""
        return self.service if self.count == 1 else queue_name(self.service, self.partition, self.count)


class Installation:
    """What the directory `var` holds. One server of PostgreSQL and of RabbitMQ serve all; each service has a database.

    Locally all services share one role of the database server: what a service may touch is settled by its address,
    not by a grant. Where a service runs for real it has a role of its own.
    """

    def __init__(self, var: Path, environment: Mapping[str, str] | None = None) -> None:
        self.var = var.absolute()
        self.logs = self.var / "log"
        self.mail = self.var / "mail"
        given = os.environ if environment is None else environment
        self.named_database = given.get("DATABASE_URL") or None
        self.named_broker = given.get("AMQP_URI") or None
        self.postgres = None if self.named_database else Postgres(self.var / "postgres")
        self._environment = given
        self._made: set[str] = set()
        self._state = State(self.var / "installation.json")
        self.rabbitmq = None if self.named_broker else self._broker()

    def _broker(self) -> RabbitMQ | Cluster:
        nodes: int = self._state.values.get("brokerNodes", 1)
        return RabbitMQ(self.var / "rabbitmq") if nodes == 1 else Cluster(self.var / "rabbitmq", nodes)

    @property
    def exists(self) -> bool:
        return bool(self._state.values)

    def with_broker_nodes(self, count: int) -> None:
        """Before the first start: have RabbitMQ run as a cluster of so many nodes."""
        self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._state.save(brokerNodes=count)
        self.rabbitmq = self._broker()

    def prepare(self) -> None:
        """Make what is missing: directories, keys, and a free port for each process."""
        for folder in (self.var, self.logs, self.mail):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        values = self._state.values
        values.setdefault("tokenSigningKey", fresh.signing_key())
        values.setdefault("masterKeys", {service: fresh.master_key() for service in SERVICES})
        values.setdefault("sessionKey", fresh.master_key())
        values.setdefault("partners", {})
        ports = values.setdefault("ports", {})
        taken: set[int] = set(ports.values())
        for name in dict.fromkeys([*_PREFERRED, *self._process_names()]):
            if name not in ports or not is_free(ports[name]):
                preferred = _PREFERRED.get(name)
                usable = preferred is not None and preferred not in taken and is_free(preferred)
                ports[name] = preferred if usable else free_port(taken)
                taken.add(ports[name])
        self._state.save()

    def reread(self) -> None:
        """Another command may have written since."""
        self._state = State(self._state.path)

    def partition_counts(self, service: str) -> list[int]:
        """How many partitions a service has; while that is being changed, the number before and the new one."""
        found: list[int] = self._state.values.get("partitions", {}).get(service, [1])
        return found

    def keep_partition_counts(self, service: str, *counts: int) -> None:
        """Have the processes of a service run that these numbers of partitions need, each at an address of its own."""
        self.reread()
        partitions = {**self._state.values.get("partitions", {}), service: list(counts)}
        ports = dict(self._state.values["ports"])
        for count in counts:
            for process in _processes(service, count):
                if process.name not in ports:
                    ports[process.name] = free_port(set(ports.values()))
        self._state.save(partitions=partitions, ports=ports)

    def processes(self, service: str) -> list[ServiceProcess]:
        """The processes of a service, one for each of its partitions."""
        return [process for count in self.partition_counts(service) for process in _processes(service, count)]

    def _process_names(self) -> list[str]:
        return [process.name for service in SERVICES for process in self.processes(service)]

    def address(self, name: str) -> str:
        """`127.0.0.1:8001` of one process."""
        return f"{HOST}:{self._state.values['ports'][name]}"

    def url(self, service: str) -> str:
        """Where a service is reached, with its prefix: `http://127.0.0.1:8001/intake`."""
        return f"http://{self.address(service)}/{service}"

    @property
    def origin(self) -> str:
        """The one address for browsers, before all services."""
        return f"http://{self.address(GATEWAY)}"

    def public_url(self, service: str) -> str:
        """Where a service is by way of the gateway: what stands in links and in the tokens that intake issues."""
        return f"{self.origin}/{service}"

    @property
    def identity_provider(self) -> str:
        """Issuer of the tokens of staff."""
        return f"http://{self.address(IDENTITY_PROVIDER)}"

    @property
    def amqp_uri(self) -> str:
        if self.named_broker:
            return self.named_broker
        assert self.rabbitmq
        return self.rabbitmq.uri

    def database(self, service: str) -> str:
        """Address of a service's own database."""
        return self._databases.url(_database_name(service))

    def make_database(self, service: str) -> None:
        """Make a service's own database unless it was made. The database server must answer by now."""
        if service not in self._made:
            self._databases.ensure(_database_name(service))
            self._made.add(service)

    @property
    def _databases(self) -> Databases:
        if self.named_database:
            return Databases(self.named_database)
        assert self.postgres
        return self.postgres.databases

    def environment(self, service: str) -> dict[str, str]:
        """All settings of a service and of its relay."""
        values = self._state.values
        ours = self._inherited() | {
            "DATABASE_URL": self.database(service),
            "AMQP_URI": self.amqp_uri,
            "HTTP_ADDRESS": self.address(service),
            "PUBLIC_URL": self.public_url(service),
            "SESSION_KEY": values["sessionKey"],
            "TRUSTED_ISSUERS": json.dumps(self._issuers()),
            "ORGANISATION_NUMBER": _ORGANISATION,
            "MASTER_KEY": values["masterKeys"][service],
        }
        if service == "intake":
            ours |= {"TOKEN_SIGNING_KEY": values["tokenSigningKey"], "TOKEN_AUDIENCE": AUDIENCE}
            ours["IDENTITY_PROVIDERS"] = json.dumps([self._sign_in()])
            ours["ACTIVITIES_URL"] = self.url("activities")
        if service == "notifications":
            ours |= {"SMTP_URL": f"smtp://{self.address(MAIL_CATCHER)}", "MAIL_FROM": "meedoen@example.org"}
            ours["STAFF_URL"] = self.origin
        return ours

    def process_environment(self, process: ServiceProcess) -> dict[str, str]:
        """All settings of one process of a service."""
        own = {"PROCESS_ADDRESS": self.address(process.name)} if process.name != process.service else {}
        return self.environment(process.service) | own | {
            "PARTITIONS": str(process.partition),
            "PARTITION_COUNT": str(process.count),
        }  # fmt: skip

    def process_url(self, process: ServiceProcess) -> str:
        """Where this one process is reached, with its prefix; its service's address may be answered by another."""
        return f"http://{self.address(process.name)}/{process.service}"

    def relay_environment(self, service: str) -> dict[str, str]:
        """All settings of a service's relay."""
        return self.environment(service) | {"HEALTH_ADDRESS": self.address(f"{service}-relay")}

    def helper_environment(self, name: str) -> dict[str, str]:
        """All settings of the mail catcher, the identity provider or the gateway."""
        return self._inherited() | {
            "HTTP_ADDRESS": self.address(name),
            "PUBLIC_URL": f"http://{self.address(name)}",
            "SMTP_ADDRESS": self.address(name),
            "MAIL_DIRECTORY": str(self.mail),
            "TOKEN_AUDIENCE": AUDIENCE,
            "GATEWAY_TARGETS": json.dumps({service: f"http://{self.address(service)}" for service in SERVICES}),
        }

    def _inherited(self) -> dict[str, str]:
        return {**self._environment, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def _sign_in(self) -> dict[str, Any]:
        return {
            "id": "demo", "name": "de demo", "issuer": self.identity_provider, "clientId": AUDIENCE,
            "clientSecret": "local", "algorithms": ["RS256"], "trustsEmail": True,
        }  # fmt: skip

    def _issuers(self) -> list[dict[str, Any]]:
        intake, staff = self.url("intake"), self.identity_provider
        return [
            {"issuer": self.public_url("intake"), "jwksUri": f"{intake}/v1/jwks", "audience": AUDIENCE,
             "algorithms": ["ES256"], "kind": "clients"},
            {"issuer": staff, "jwksUri": f"{staff}/jwks", "audience": AUDIENCE, "algorithms": ["RS256"],
             "kind": "staff"},
        ]  # fmt: skip

    @property
    def partners(self) -> dict[str, dict[str, str]]:
        """Credentials that partners got from this installation, by partner id: `name`, `clientId`, `clientSecret`."""
        found: dict[str, dict[str, str]] = self._state.values.get("partners", {})
        return found

    def keep_partner(self, partner_id: str, **credentials: str) -> None:
        """Keep what a partner needs to get tokens; the secret is shown by intake only once."""
        self.reread()
        self._state.save(partners={**self.partners, partner_id: {**self.partners.get(partner_id, {}), **credentials}})


def _processes(service: str, count: int) -> list[ServiceProcess]:
    return [ServiceProcess(service, partition, count) for partition in range(count)]


def _database_name(service: str) -> str:
    return f"meedoen_{service}"
