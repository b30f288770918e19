"""A private PostgreSQL in a directory of its own, on a free port of the loopback address.

Runs as an ordinary user, and as root too: the server refuses root, so there it runs without root's rights
(infra/local/unprivileged.py), in a directory that may lie below a home that only root can enter.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.local import programs, unprivileged
from infra.local.databases import Databases
from infra.local.ports import HOST, free_port, is_free
from infra.local.processes import Process, command_line, kill_tree, start, until, with_parent
from infra.local.state import ServerFailed, State

USER = "meedoen"
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a socket's path may be 107 bytes at most; ours can be longer
    "max_connections": "300",  # four services, their relays and what looks on, several of each
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "synchronous_commit": "on",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a@%d ",
    "idle_in_transaction_session_timeout": "10min",
}


class Postgres:
    """One private server. `directory` holds all of it: data, log, port and password."""

    name = "postgres"

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self._state: State | None = None

    @property
    def state(self) -> State:
        if self._state is None:
            self._state = State(self.directory / "server.json")
        return self._state

    @property
    def port(self) -> int:
        return int(self.state.values["port"])

    @property
    def databases(self) -> Databases:
        return Databases(self.url("postgres"))

    @property
    def process(self) -> Process | None:
        """The server's process if it runs, from this start or an earlier one."""
        return self.state.process

    def url(self, database: str) -> str:
        """Address of one database of this server, made or not."""
        return f"postgresql://{USER}:{self.state.values['password']}@{HOST}:{self.port}/{database}"

    def healthy(self) -> bool:
        """Does it take our password and answer?"""
        return self.process is not None and self.databases.answer()

    def prepare(self) -> None:
        """Make the directory, the cluster and a free port, where they are missing; clean up after a crash."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if "password" not in self.state.values:
            self.state.save(password=secrets.token_urlsafe(24))
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._adopt_or_forget()
        unprivileged.give(self.data)
        if self.process is None and not self._port_is_still_ours():
            self.state.save(port=free_port())

    def _port_is_still_ours(self) -> bool:
        """The port of an earlier start is kept, so that who uses us finds us again; a dying server gets a moment."""
        return "port" in self.state.values and until(lambda: is_free(self.port), 5)

    def command(self, tied: Sequence[str] = ()) -> list[str]:
        """What to run, in the foreground, after `prepare`; `tied` are words that tie it to who starts it."""
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        # Giving up root's rights unties a process, so that comes first.
        words = [*unprivileged.words(), *tied, programs.postgres("postgres")]
        return [*words, "-D", str(self.data), "-p", str(self.port), *settings]

    def start(self, *, seconds: float = 60, outlive_us: bool = False) -> Postgres:
        """Start it, or use it if it runs already. Ends with the thread that started it unless `outlive_us`.

        Raises ServerFailed when it does not answer within these seconds, programs.MissingProgram without PostgreSQL.
        """
        self.prepare()
        if self.process is None:
            words = [] if outlive_us else with_parent(signal.SIGINT)
            self.state.process = start(self.command(words), env=self.environment, cwd=self.directory, log=self.log)
        if not until(lambda: self.process is None or self.healthy(), seconds) or self.process is None:
            self.kill()
            raise ServerFailed(f"PostgreSQL does not answer on port {self.port}; its log is {self.log}")
        return self

    @property
    def environment(self) -> dict[str, str]:
        """Ours without the variables that steer another PostgreSQL."""
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C.UTF-8"}

    def stop(self, seconds: float = 20) -> None:
        """Let sessions go, write all out, end. What does not end within these seconds is stopped at once."""
        if process := self.process:
            process.signal(signal.SIGINT)
            if not process.gone_within(seconds):
                self.stop_at_once()
        self.state.process = None

    def stop_at_once(self) -> None:
        """PostgreSQL's immediate stop: no clean-up now, recovery at the next start."""
        if process := self.process:
            process.signal(signal.SIGQUIT)
            if not process.gone_within(10):
                kill_tree(process)
        self.state.process = None

    def kill(self) -> None:
        """kill -9 it and its sessions, as when the machine loses power."""
        if process := self.process:
            kill_tree(process)
        self.state.process = None

    def _make_cluster(self) -> None:
        if self.data.exists():
            raise ServerFailed(f"{self.data} is there but holds no database cluster; move it away and start again")
        with tempfile.NamedTemporaryFile("w", dir=self.directory, suffix=".pw") as password:
            password.write(self.state.values["password"])
            password.flush()
            draft = self.directory / "data.new"  # renamed when whole, so that a killed start leaves no half cluster
            _clear(draft)
            draft.mkdir(mode=0o700)
            for path in (draft, Path(password.name)):
                unprivileged.give(path)
            made = subprocess.run(
                [*unprivileged.words(), programs.postgres("initdb"), "-D", str(draft), "-U", USER,
                 "--auth=scram-sha-256", f"--pwfile={password.name}", "--encoding=UTF8", "--locale=C.UTF-8"],
                env=self.environment, cwd=self.directory, capture_output=True, text=True, check=False,
            )  # fmt: skip
        if made.returncode:
            raise ServerFailed(f"initdb failed: {made.stderr.strip()[-500:]}")
        draft.rename(self.data)

    def _adopt_or_forget(self) -> None:
        """Take over a server of ours that was started and not recorded; forget the pid that a crash left behind.

        Such a pid can be another program's by now, which would keep PostgreSQL from starting.
        """
        file = self.data / "postmaster.pid"
        if self.process is not None or not file.exists():
            return
        process = Process.of(int(file.read_text().partition("\n")[0] or 0))
        if process and str(self.data) in command_line(process.pid):
            self.state.process = process
        else:
            file.unlink()


def _clear(folder: Path) -> None:
    if folder.exists():
        subprocess.run(["rm", "-rf", str(folder)], check=True)
