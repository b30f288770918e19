"""From settings to a running service, and its orderly end. Everything here runs in a patched process (chassis.run)."""

from __future__ import annotations

import os
import signal
from typing import Any, Final

import eventlet
import psycopg2
import structlog
from eventlet.event import Event
from nameko.runners import ServiceRunner

from chassis import logs, tracing
from chassis.backoff import delay
from chassis.database import is_infrastructure
from chassis.garbage import settle
from chassis.http.server import Server
from chassis.inbox.settings import InboxSettings
from chassis.migrations import MigrationError, migrate
from chassis.settings import (
    LAST_GRACE_S,
    BrokerSettings,
    DatabaseSettings,
    HttpSettings,
    IdentitySettings,
    LogSettings,
    OrganisationSettings,
    SealingSettings,
    SettingsError,
    TracingSettings,
    read_all,
)

log = structlog.get_logger()

_CONCERNS: Final = (
    DatabaseSettings, BrokerSettings, HttpSettings, IdentitySettings, SealingSettings, OrganisationSettings,
    LogSettings, TracingSettings, InboxSettings,
)  # fmt: skip
_SPARE_WORKERS: Final = 20
"""Workers beyond those that requests may take, so that a full house still answers whether it is well."""
_ENDING: Final = frozenset({signal.SIGTERM, signal.SIGINT})


def run(service: type[Any]) -> int:
    """Run a service until a signal; the exit code. Raises SettingsError before anything is started."""
    database, broker, http, _, _, _, said, tracer, *_ = read_all(*_CONCERNS, *service.concerns)
    if not http.public_url.endswith(f"/{service.name}"):
        raise SettingsError([f"PUBLIC_URL: must end in /{service.name}, the prefix that this service answers below"])
    logs.configure(said.level, said.format, service.name)
    tracing.export_to(tracer.endpoint, service.name)
    stop = _signals(http.stop_grace)
    if not _migrated(database.url, service.name, stop):
        return 0 if stop.ready() else 1
    runner = ServiceRunner(
        {
            "AMQP_URI": broker.uri,
            "max_workers": http.workers + _SPARE_WORKERS,
            "SERVICE_CONTAINER_CLS": "chassis.container.Container",
        }
    )
    runner.add_service(service)
    return _served(runner, stop, partitions=list(broker.partitions))


def _signals(grace: float) -> Event:
    """An event that is sent the first SIGTERM or SIGINT.

    Further ones change nothing: a Ctrl-C reaches the whole group, and a supervisor then sends its own.
    """
    stop = Event()
    readable, writable = os.pipe()
    for end in (readable, writable):
        os.set_blocking(end, False)
    # The hub sleeps through a signal: the system call is taken up again by itself. A byte in a pipe wakes it.
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for signum in _ENDING:
        signal.signal(signum, lambda *_: None)
    eventlet.spawn(_heed, readable, stop, grace)
    return stop


def _heed(readable: int, stop: Event, grace: float) -> None:
    while True:
        for signum in os.read(readable, 64):
            if signum in _ENDING and not stop.ready():
                stop.send(signum)
                eventlet.spawn_after(grace + LAST_GRACE_S, _give_up)


def _give_up() -> None:
    log.critical("service_not_stopped_in_time")
    os._exit(1)


def _migrated(url: str, service: str, stop: Event) -> bool:
    """Bring the database to this release's schema; wait for it as long as it is away. False when it is not to be."""
    failures = 0
    while not stop.ready():
        try:
            migrate(url, service)
        except psycopg2.Error as problem:
            if not is_infrastructure(problem):
                raise
            failures += 1
            pause = delay(failures, base=0.5, cap=10.0)
            log.warning("database_away", again_in=round(pause, 1), exc_info=problem)
            stop.wait(timeout=pause)
        except MigrationError as problem:
            log.critical("migration_failed", reason=str(problem))
            return False
        else:
            return True
    return False


def _served(runner: ServiceRunner, stop: Event, **facts: Any) -> int:
    ended = Event()
    watcher = eventlet.spawn(_watch, runner, ended)
    try:
        runner.start()
    except SettingsError:
        raise
    except OSError as problem:
        log.critical("service_not_started", exc_info=problem)
        return 1
    settle()
    log.info("service_started", address=_address(runner), pid=os.getpid(), **facts)
    eventlet.spawn(lambda: ended.ready() or ended.send(("signal", stop.wait())))
    why, what = ended.wait()
    if why == "failure":
        log.critical("service_failed", exc_info=what)
        return 1
    log.info("service_stopping", signal=signal.Signals(what).name)
    runner.stop()
    watcher.wait()
    log.info("service_stopped")
    return 0


def _watch(runner: ServiceRunner, ended: Event) -> None:
    try:
        runner.wait()
    except Exception as problem:  # noqa: BLE001 (reported by the main thread, which then ends the process)
        if not ended.ready():
            ended.send(("failure", problem))


def _address(runner: ServiceRunner) -> str:
    (container,) = runner.containers
    address: str = container.shared_extensions[Server].address()
    return address
