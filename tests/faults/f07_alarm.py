"""7. RabbitMQ has too little memory or disk: publishers are blocked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import ClassVar

from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load


class Alarm(Fault):
    """Intake goes on as if nothing happened. Every second round lasts longer than a blocked relay waits."""

    number = 7
    raise_it: ClassVar[tuple[str, str]]
    end_it: ClassVar[tuple[str, str]]

    def strike(self, load: Load) -> None:
        self.stage.rabbitmq.ctl(*self.raise_it)
        self.began = time.monotonic()
        try:
            while time.monotonic() < self.began + (36 if self.turn % 2 else 6):
                load.goes_on(20)
        finally:
            self.ended = time.monotonic()
            self.stage.rabbitmq.ctl(*self.end_it)

    def wrong(self, load: Load) -> Iterable[str]:
        for one in load.sent:
            if self.began <= one.sent_at <= self.ended and one.tries > 1:
                yield f"{one.reference} was sent during the alarm and took {one.tries} tries: {dict(one.answers)}"


class MemoryAlarm(Alarm):
    name = "memory-alarm"
    what = "RabbitMQ out of memory for 6 or 36 s"
    raise_it = ("set_vm_memory_high_watermark", "0")
    end_it = ("set_vm_memory_high_watermark", "0.4")


class DiskAlarm(Alarm):
    name = "disk-alarm"
    what = "RabbitMQ's disk full for 6 or 36 s"
    raise_it = ("set_disk_free_limit", "100000GB")
    end_it = ("set_disk_free_limit", "50MB")
