"""9. A crash loop past the broker's delivery limit."""

from __future__ import annotations

from typing import Any, Final

from chassis.strays import replay_strays
from chassis.topology import DEAD, DELIVERY_LIMIT, queue_name
from infra.local.processes import until
from ops.commands.replay import tell_again
from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load

_AT_ONCE: Final = 10
_SERVICES: Final = ("activities", "reporting", "notifications")


class CrashLoop(Fault):
    """A service is down, and in its place something takes messages and gives them back until the broker gives up.

    Thousand restarts would take hours, so a consumer of ours plays the service that dies before it can count. Then the
    service is started, and an operator sends the dead messages again, twice.
    """

    number = 9
    name = "crash-loop"
    what = f"a consumer gives messages back {DELIVERY_LIMIT} times, until they are dead; they are sent again, twice"
    again = Again.MUST

    def strike(self, load: Load) -> None:
        service = _SERVICES[self.turn % len(_SERVICES)]
        self.victims = {service}
        self.stage.orders.hold(service)
        before = self.stage.kill(service)
        self._give_back_until_dead(queue_name(service, 0, 1))
        self.stage.orders.release(service)
        self.stage.comes_back(service, before)
        sent = replay_strays(self.stage.at.amqp_uri, DEAD)
        assert sent >= _AT_ONCE, f"{sent} dead messages were sent again"
        tell_again(self.stage.target.operations("intake"), {"since": self.since.isoformat()})

    def _give_back_until_dead(self, queue: str) -> None:
        with self.stage.channel() as channel:
            channel.basic_qos(prefetch_count=_AT_ONCE)
            taken: list[Any] = []
            for method, _, _ in channel.consume(queue, inactivity_timeout=30):
                assert method is not None, "no more messages came"
                taken.append(method)
                if len(taken) == _AT_ONCE:
                    taken.clear()
                    channel.basic_nack(method.delivery_tag, multiple=True, requeue=True)
                    if self._dead(channel) >= _AT_ONCE:
                        break
            channel.cancel()

    def _dead(self, channel: Any) -> int:
        return int(channel.queue_declare(DEAD, passive=True).method.message_count)

    def clean_up(self) -> None:
        assert until(lambda: self._none_dead(), 30), "messages are still dead"

    def _none_dead(self) -> bool:
        with self.stage.channel() as channel:
            return self._dead(channel) == 0
