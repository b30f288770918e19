"""One connection to the broker in a loop of its own: opened, told about, and closed in order from any state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pika
import structlog
from pika.adapters.select_connection import IOLoop
from pika.adapters.utils.connection_workflow import AMQPConnectionWorkflowFailed

log = structlog.get_logger()

_CLOSE_TIMEOUT_S: Final = 5.0


class Link:
    """To the first of these nodes that answers. `opened` is called with the connection, `blocked` with whether the
    broker reads nothing more from us (and why), `lost` with the reason when it ends without our having closed it. Then
    :meth:`run` returns.
    """

    def __init__(
        self,
        parameters: Sequence[pika.connection.Parameters],
        *,
        opened: Callable[[pika.SelectConnection], None],
        blocked: Callable[[str | None], None],
        lost: Callable[[str], None],
    ) -> None:
        self.loop = IOLoop()
        self._opened = opened
        self._blocked = blocked
        self._lost = lost
        self._connection: pika.SelectConnection | None = None
        self._closing = False
        pika.SelectConnection.create_connection(list(parameters), self._opening_done, self.loop)

    def run(self) -> None:
        """Until the connection has ended."""
        try:
            self.loop.start()
        finally:
            self.loop.close()

    def close(self) -> None:
        """Close in order, so that the broker has handled all we sent before we send it again; at most 5 s."""
        if self._closing:
            return
        self._closing = True
        self.loop.call_later(_CLOSE_TIMEOUT_S, self._give_up)
        if self._connection is not None and self._connection.is_open:
            self._connection.close()
        # While it is opening we wait for that: pika cannot abort a handshake, its own assertion fails.

    def _opening_done(self, result: pika.SelectConnection | BaseException) -> None:
        if isinstance(result, BaseException):
            self._over(_said(result))
            return
        self._connection = result
        result.add_on_close_callback(lambda _connection, reason: self._over(_said(reason)))
        result.add_on_connection_blocked_callback(lambda _connection, frame: self._blocked(frame.method.reason))
        result.add_on_connection_unblocked_callback(lambda _connection, _frame: self._blocked(None))
        if self._closing:
            result.close()
        else:
            self._opened(result)

    def _give_up(self) -> None:
        log.warning("broker_did_not_close", waited=_CLOSE_TIMEOUT_S)
        if self._connection is None:
            self.loop.stop()
        else:
            # pika has no public way to end a connection whose other side is silent; this closes it, then comes `_over`.
            self._connection._adapter_disconnect_stream()

    def _over(self, reason: str) -> None:
        if not self._closing:
            self._closing = True
            self._lost(reason)
        self.loop.stop()


def _said(problem: Any) -> str:
    """What a failure comes down to: of several attempts the last, of a chain its cause."""
    while isinstance(problem, AMQPConnectionWorkflowFailed) and problem.exceptions:
        problem = problem.exceptions[-1]
    inner = getattr(problem, "exception", None)
    return f"{type(problem).__name__}: {problem}" if inner is None else f"{type(problem).__name__}: {inner!r}"
