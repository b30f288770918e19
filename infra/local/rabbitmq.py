"""A private RabbitMQ in a directory of its own, with a port mapper of its own, all on the loopback address.

The node is found by its own Erlang port mapper (epmd) on a private port, so that it neither needs nor disturbs the one
of a broker that was here before, and leaves none behind.
"""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Sequence
from pathlib import Path

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError

from infra.local import programs
from infra.local.epmd import PortMapper
from infra.local.ports import HOST, answers, free_port, is_free
from infra.local.processes import Process, kill_tree, start, until, with_parent
from infra.local.state import ServerFailed, State
from infra.local.vhosts import Vhosts

USER = "meedoen"
_CONFIG = """\
listeners.tcp.1 = {host}:{port}
default_user = {user}
default_pass = {password}
log.console = false
log.file.level = info
log.file.rotation.size = 10485760
log.file.rotation.count = 2
# The journal of the quorum queues; the default of 512 MB is meant for servers.
raft.wal_max_size_bytes = 67108864
"""


class RabbitMQ:
    """One private broker. `directory` holds all of it: data, log, ports, password and Erlang cookie."""

    _ports: Sequence[str] = ("port", "dist_port", "epmd_port")

    def __init__(self, directory: Path, name: str = "rabbitmq") -> None:
        self.name = name
        self.directory = directory.absolute()
        self.log = self.directory / "rabbitmq.log"
        self._state: State | None = None
        self._vhosts: Vhosts | None = None

    @property
    def state(self) -> State:
        if self._state is None:
            self._state = State(self.directory / "server.json")
        return self._state

    @property
    def nodes(self) -> Sequence[RabbitMQ]:
        """The processes that it is made of: itself."""
        return [self]

    @property
    def epmd(self) -> PortMapper:
        """The port mapper by which it is found."""
        return PortMapper(self.state)

    @property
    def home(self) -> Path:
        """Where the Erlang cookie is."""
        return self.directory / "home"

    @property
    def port(self) -> int:
        return int(self.state.values["port"])

    @property
    def uri(self) -> str:
        """AMQP address of the default vhost."""
        return f"amqp://{USER}:{self.state.values['password']}@{HOST}:{self.port}/%2F"

    @property
    def vhosts(self) -> Vhosts:
        if self._vhosts is None or self._vhosts.uri != self.uri:
            self._vhosts = Vhosts(self.uri, self.environment)
        return self._vhosts

    def vhost(self) -> str:
        """AMQP address of a fresh vhost."""
        return self.vhosts.fresh()

    @property
    def process(self) -> Process | None:
        """The broker's process if it runs, from this start or an earlier one."""
        return self.state.process

    def healthy(self) -> bool:
        """Does it take our password and open a channel? (It answers pings long before.)"""
        if self.process is None or not answers(self.port):
            return False
        parameters = pika.URLParameters(self.uri)
        parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 3
        try:
            connection = pika.BlockingConnection(parameters)
            connection.channel()
            connection.close()
        except (AMQPError, AMQPConnectorException, OSError):  # the second: it accepts and then is silent
            return False
        return True

    def prepare(self) -> None:
        """Make the directory, the settings and free ports, where they are missing."""
        for folder in (self.directory, self.home):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if "password" not in self.state.values:
            self.state.save(**self._names_itself())
        if self.process is None:
            self.stop_epmd()
            if not self._ports_are_still_ours():
                self._choose_ports()
            (self.directory / "enabled_plugins").write_text("[].\n")
            config = self.directory / "rabbitmq.conf"
            config.touch(mode=0o600)
            password = self.state.values["password"]
            config.write_text(_CONFIG.format(host=HOST, port=self.port, user=USER, password=password) + self._more())

    def _names_itself(self) -> dict[str, str]:
        return {"password": secrets.token_hex(16), "node": f"meedoen-{secrets.token_hex(4)}@localhost"}

    def _more(self) -> str:
        """Further lines of its configuration."""
        return ""

    def _ports_are_still_ours(self) -> bool:
        """The ports of an earlier start are kept, so that who uses us finds us again; a dying broker gets a moment."""
        ports = [self.state.values.get(name) for name in self._ports]
        return all(ports) and until(lambda: all(is_free(int(port)) for port in ports if port), 5)

    def _choose_ports(self) -> None:
        taken: set[int] = set()
        for name in self._ports:
            taken.add(port := free_port(taken))
            self.state.save(**{name: port})

    @property
    def environment(self) -> dict[str, str]:
        """What makes the broker's own scripts use this directory and these ports, and no other settings."""
        at, values = self.directory, self.state.values
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return ours | {
            "HOME": str(self.home),
            "ERL_EPMD_PORT": str(self.epmd.port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": values["node"],
            "RABBITMQ_NODE_PORT": str(values["port"]),
            "RABBITMQ_DIST_PORT": str(values["dist_port"]),
            "RABBITMQ_MNESIA_BASE": str(at / "data"),
            "RABBITMQ_LOG_BASE": str(at / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(at / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(at / "rabbitmq.conf"),
            "RABBITMQ_PID_FILE": str(at / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # With these the start script becomes the broker itself, so that its pid is the one we know.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_SERVER_START_ARGS": "-noinput +B i",
        }

    def command(self, tied: Sequence[str] = ()) -> list[str]:
        """What to run, in the foreground, after `prepare` and with epmd started; `tied` ties it to who starts it."""
        return [*tied, programs.rabbitmq("rabbitmq-server")]

    def start(self, *, seconds: float = 90, outlive_us: bool = False) -> RabbitMQ:
        """Start it, or use it if it runs already. Ends with the thread that started it unless `outlive_us`.

        Raises ServerFailed when it takes no connection within these seconds, programs.MissingProgram without RabbitMQ.
        """
        self.prepare()
        if self.process is None:
            self.start_epmd(outlive_us=outlive_us)
            words = [] if outlive_us else with_parent(signal.SIGTERM)
            self.state.process = start(self.command(words), env=self.environment, cwd=self.directory, log=self.log)
        if not until(lambda: self.process is None or self.healthy(), seconds, every=0.2) or self.process is None:
            self.kill()
            raise ServerFailed(f"RabbitMQ takes no connection on port {self.port}; its logs are {self.log} and log/")
        return self

    def start_epmd(self, *, outlive_us: bool = False) -> None:
        """Start the private port mapper, before the broker would start one that nobody stops."""
        self.epmd.start(env=self.environment, cwd=self.directory, log=self.log, outlive_us=outlive_us)

    def stop_epmd(self) -> None:
        """Stop the private port mapper; the broker must be gone."""
        self.epmd.stop()

    def stop(self, seconds: float = 30) -> None:
        """Let it close its connections and queues. What does not end within these seconds is killed."""
        if process := self.process:
            process.signal(signal.SIGTERM)
            if not process.gone_within(seconds):
                kill_tree(process)
        self.stop_epmd()
        self.state.process = None

    def kill(self) -> None:
        """kill -9 it, as when the machine loses power."""
        if process := self.process:
            kill_tree(process)
        self.stop_epmd()
        self.state.process = None

    def ctl(self, *words: str) -> str:
        """Run rabbitmqctl on this broker, for alarms and the like; what it printed."""
        return self.vhosts.ctl(*words)

    def diagnose(self, *words: str) -> str:
        """Run rabbitmq-diagnostics on this broker. Raises ServerFailed when it finds something amiss."""
        return self.vhosts.ctl(*words, program="rabbitmq-diagnostics")
