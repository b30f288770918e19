"""`python -m chassis.relay intake`: the relay of that service.

Exit codes: 0 asked to stop, 64 wrong use, 70 a fault of ours (start it again), 78 settings, migrations or topology that
only a person can mend.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

import psycopg2
import structlog

from chassis import logs, settings
from chassis.backoff import Backoff
from chassis.database import Database
from chassis.health import health
from chassis.migrations import MigrationError, migrate
from chassis.relay.monitor import Monitor
from chassis.relay.pace import Pace
from chassis.relay.run import Relay
from chassis.relay.settings import RelaySettings
from chassis.relay.stopping import Stopping
from chassis.topology import TopologyMismatch
from chassis.waiting import wait_plainly
from contracts.catalogue import SERVICES

log = structlog.get_logger()

USAGE: Final = 64
CONFIGURATION: Final = 78
SOFTWARE: Final = 70


def main(arguments: list[str]) -> int:
    """Run until asked to stop; the exit code."""
    if len(arguments) != 1 or arguments[0] not in SERVICES:
        sys.stderr.write(f"usage: python -m chassis.relay {{{'|'.join(SERVICES)}}}\n")
        return USAGE
    service = arguments[0]
    try:
        found = settings.read_all(
            settings.DatabaseSettings, settings.BrokerSettings, settings.LogSettings, RelaySettings
        )
    except settings.SettingsError as problem:
        sys.stderr.write(f"{problem}\n")
        return CONFIGURATION
    logs.configure(found[2].level, found[2].format, f"{service}-relay")
    # Every ending that pika would tell of in several lines, this program tells in one.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    try:
        return _run(service, found[0], found[1], found[3])
    except (settings.SettingsError, MigrationError, TopologyMismatch) as problem:
        log.error("relay_cannot_start", problem=str(problem))
        sys.stderr.write(f"{problem}\n")
        return CONFIGURATION
    except Exception:
        log.exception("relay_failed")
        return SOFTWARE


def _run(service: str, own: settings.DatabaseSettings, broker: settings.BrokerSettings, relay: RelaySettings) -> int:
    wait_plainly()
    stopping = Stopping()
    stopping.install()
    database = Database(own.url, application_name=f"{service}-relay", service=service)
    pace = Pace(
        window=relay.window,
        topology_every=relay.topology_seconds,
        drain_timeout=relay.stop_grace,
        retention_days=relay.published_days,
    )
    runner = Relay(database, broker.uri, stopping, pace)
    health.register("database", runner.state.ask_database, essential=True)
    health.register("broker", runner.state.ask_broker, essential=True)
    if relay.health_address:
        _monitor(relay.health_address, database)
    _migrate(own.url, service, stopping)
    runner.run()
    log.info("relay_stopped")
    return 0


def _monitor(address: tuple[str, int], database: Database) -> None:
    try:
        monitor = Monitor(address, health, database)
    except OSError as problem:
        raise settings.SettingsError([f"HEALTH_ADDRESS: cannot listen on it: {problem.strerror}"]) from problem
    monitor.start()
    log.info("relay_monitor_listens", port=monitor.port)


def _migrate(url: str, service: str, stopping: Stopping) -> None:
    backoff = Backoff(0.2, 5.0)
    while not stopping.requested:
        try:
            migrate(url, service)
            return
        except psycopg2.Error as problem:
            wait = backoff.failed()
            log.warning("migrations_wait_for_database", retry_in=round(wait, 1), problem=logs.describe(problem))
            stopping.wait(wait)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
