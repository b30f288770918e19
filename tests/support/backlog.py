"""A backlog: so many events wait in an outbox, then in a queue while nobody takes them, and are taken at last.

One relay and one consumer at work, each measured by the most memory that it ever held.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from contracts.catalogue import SERVICES
from infra.local.vhosts import Vhosts
from tests.support.events import partner_changed
from tests.support.incoming import ask
from tests.support.incoming import migrated as counting_migrated
from tests.support.incoming_process import QUEUE, service
from tests.support.outgoing import RelayProcess, channel, migrated, rows, until

_SECONDS: Final = 1200.0
_FILL_MS: Final = 600_000
_KEY: Final = "0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11"
_FILL: Final = """
    insert into chassis.outbox (lane, event_id, type, subject, sequence, partition_key, time, body)
    select 0, event_id, %s, 'partner/' || key, 1, key, now(), replace(replace(%s, %s, event_id::text), %s, key)
    from (select gen_random_uuid() as event_id, gen_random_uuid()::text as key from generate_series(1, %s)) as made
"""
_EMPTY: Final = "select not exists (select 1 from chassis.outbox)"


@dataclass(frozen=True, slots=True)
class Part:
    """A backlog that was worked off. Memory in MiB: the most that each ever had resident. `held` is the most that the
    consumer had taken and not yet acknowledged."""

    events: int
    published: int
    applied: int
    distinct: int
    held: int
    relay_mib: float
    consumer_mib: float
    broker_mib: float


class Worker:
    """Works off one backlog after another. `telling` and `hearing` are fresh databases, `amqp_uri` a fresh vhost."""

    def __init__(self, telling: str, hearing: str, amqp_uri: str, broker: Vhosts, log: Path) -> None:
        self._telling = migrated(telling)
        self._hearing = counting_migrated(hearing)
        self._amqp_uri = amqp_uri
        self._broker = broker
        self._relay = RelayProcess(telling, amqp_uri, log, TOPOLOGY_SECONDS="3600")
        self._published = self._applied = 0

    def __enter__(self) -> Self:
        until(lambda: self._relay.said("relay_publishing"), 60)
        with channel(self._amqp_uri) as found:  # one queue is enough
            for name in SERVICES:
                if not QUEUE.startswith(f"{name}."):
                    found.queue_delete(f"{name}.p1.0")
        return self

    def __exit__(self, *_: object) -> None:
        self._relay.terminate()
        self._relay.wait()
        self._relay.__exit__()
        self._telling.close_idle()

    def work_off(self, events: int, say: Callable[[str], None]) -> Part:
        """Let so many events wait, relay them, and then have a new consumer take them."""
        say(f"{events:,} events are told")
        event = partner_changed(_KEY, sequence=1)
        # In one transaction, so that all of it waits at once, and that takes longer than a service's statement may.
        with closing(self._telling.dedicated(statement_timeout_ms=_FILL_MS)) as told, told, told.cursor() as cursor:
            cursor.execute(_FILL, (event.event.type, event.raw.decode(), event.id, _KEY, events))
        say(f"{events:,} events are relayed")
        until(lambda: rows(self._telling, _EMPTY)[0][0], _SECONDS, every=0.5)
        relay, broker = _peak_mib(self._relay.pid), self._broker_mib()
        say(f"{events:,} events are taken")
        held, consumer = self._consumed()
        published, applied, distinct = self._counts()
        return Part(events, published, applied, distinct, held, relay, consumer, broker)

    def _consumed(self) -> tuple[int, float]:
        """The most that was held at once, and the consumer's memory."""
        process = service(self._hearing, self._amqp_uri).start()
        held = 0
        try:

            def drained() -> bool:
                nonlocal held
                ready, unacknowledged = self._lengths()
                held = max(held, unacknowledged)
                return ready + unacknowledged == 0

            until(drained, _SECONDS, every=0.5)
            peak = _peak_mib(process.process.pid)
            assert process.stop() == 0
        finally:
            process.kill()
        return held, peak

    def _counts(self) -> tuple[int, int, int]:
        """Of this part: published, applied, and how many different ones those were."""
        published = int(rows(self._telling, "select count(*) from chassis.published")[0][0])
        ((applied, distinct),) = ask(
            self._hearing,
            "select count(*), count(distinct event_id) from activities.applied where place > %s", self._applied,
        )  # fmt: skip
        self._published, before = published, self._published
        self._applied += applied
        return published - before, applied, distinct

    def _lengths(self) -> tuple[int, int]:
        vhost = unquote(urlsplit(self._amqp_uri).path.removeprefix("/"))
        columns = ("name", "messages_ready", "messages_unacknowledged")
        for line in self._broker.ctl("-q", "-p", vhost, "list_queues", *columns).splitlines():
            name, *counts = line.split()
            if name == QUEUE:
                return int(counts[0]), int(counts[1])
        raise LookupError(f"{QUEUE} is not in {vhost}")

    def _broker_mib(self) -> float:
        return int(self._broker.ctl("eval", "erlang:memory(total).")) / 2**20


def _peak_mib(pid: int) -> float:
    """The most memory that a process ever had resident."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
