"""Why a session with the broker ended although nobody asked it to."""

from __future__ import annotations


class SessionEnded(Exception):
    """The session cannot go on; a new one can."""

    reason = "ended"
    tells_no_data = True


class BrokerAway(SessionEnded):
    """The broker cannot be reached, left, or blocked us for too long."""

    reason = "broker-away"


class Nacked(SessionEnded):
    """The broker refused a message."""

    reason = "nacked"


class Returned(SessionEnded):
    """A message reached no queue, not even `unrouted`."""

    reason = "returned"


class Unconfirmed(SessionEnded):
    """The broker did not confirm in time."""

    reason = "unconfirmed"
