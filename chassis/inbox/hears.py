"""`@hears(ReferralAccepted)`: this method takes that event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from nameko.extensions import Entrypoint, register_entrypoint

from chassis.inbox.extension import Inbox
from contracts.event import EventData

Method = TypeVar("Method", bound=Callable[..., Any])


class Hears(Entrypoint):
    """Binds one event class to one method; the consuming itself is the shared :class:`Inbox`."""

    inbox = Inbox()

    def __init__(self, event: type[EventData], *, group: bool = False) -> None:
        super().__init__()
        self.hears = event
        self.group = group

    def stop(self) -> None:
        """Return when everything that was prefetched is handled and acknowledged."""
        self.inbox.drain()

    def kill(self) -> None:
        self.inbox.kill()


def hears(event: type[EventData], *, group: bool = False) -> Callable[[Method], Method]:
    """Mark a method as the one handler of this event in its service.

    With `group=True` it is given a list: events of the same wave, all of this type, with distinct partition keys, to
    be handled with set-based SQL. A single event comes as a list of one.
    """

    def register(method: Method) -> Method:
        register_entrypoint(method, Hears(event, group=group))
        return method

    return register
