"""Free TCP ports on the loopback address."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
_RANGE = range(20000, 32000)
"""Below the range that outgoing connections take their own port from (32768 up on Linux): a client that retries a
dead server there can connect to itself, and a restarted server can find its port taken."""


def is_free(port: int) -> bool:
    """Can a server listen here now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(avoid: frozenset[int] | set[int] = frozenset()) -> int:
    """A port that nothing listens on now. Raises OSError when no port can be found."""
    for port in random.sample(_RANGE, 500):
        if port not in avoid and is_free(port):
            return port
    raise OSError(f"no free port among {_RANGE.start}-{_RANGE.stop}")


def answers(port: int, timeout: float = 1.0) -> bool:
    """Does something accept connections on this port?"""
    try:
        with socket.create_connection((HOST, port), timeout=timeout):
            return True
    except OSError:
        return False
