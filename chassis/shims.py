"""What must be put right before nameko and eventlet can be imported; each shim says why it is there."""

from __future__ import annotations

import warnings


def install() -> None:
    """Let nameko be imported, without making the process cooperative; doing it twice is harmless."""
    quiet_eventlet()
    _give_werkzeug_its_version()


def patch() -> None:
    """Make blocking calls of this process cooperative: once, before anything else is imported.

    The order is the whole point: eventlet first, then psycopg2's wait callback, then the rest of the program.
    After this the process may never fork.
    """
    quiet_eventlet()
    import eventlet

    eventlet.monkey_patch()
    _look_names_up_anew()
    _give_werkzeug_its_version()
    from chassis.waiting import wait_green

    wait_green()


def quiet_eventlet() -> None:
    """eventlet warns on import that it is in bug-fix mode; we know (ADR 0008), and say it once there."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")


def _look_names_up_anew() -> None:
    """eventlet remembers where a name leads for as long as the name server allows: Docker's says ten minutes.

    A broker that came back at another address would be looked for at the old one until then. libpq and the relay ask at
    each connection, and so do we.
    """
    from eventlet.support import greendns

    class Forgetful(greendns.ResolverProxy):
        def clear(self) -> None:
            super().clear()
            self._resolver.cache = None

    greendns.resolver = Forgetful(hosts_resolver=greendns.HostsResolver())


def _give_werkzeug_its_version() -> None:
    """nameko 2.14's WebSocket hub reads `werkzeug.__version__`, which Werkzeug 3.1 no longer has."""
    from importlib.metadata import version

    import werkzeug

    if not hasattr(werkzeug, "__version__"):
        werkzeug.__version__ = version("werkzeug")  # type: ignore[attr-defined]
