"""Installs missing programs from Debian's (or Ubuntu's) packages, without starting the servers they bring.

Only the standard library: this runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

_POLICY = Path("/usr/sbin/policy-rc.d")
_NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/meedoen-none.conf")
_ONE_AT_A_TIME = Path("/run/lock/meedoen-install")
_REFUSE = "#!/bin/sh\n# Meedoen installs PostgreSQL and RabbitMQ and runs copies of its own: start nothing.\nexit 101\n"


class InstallFailed(Exception):
    """apt-get could not install what is missing; the message holds its last words."""


def can_install() -> bool:
    """Is this Debian or a child of it, and may we install here?"""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and Path("/etc/debian_version").exists()


def install(packages: Sequence[str]) -> list[str]:
    """Install these packages and what they need; the names of all that are new. Raises InstallFailed."""
    with _alone():
        before = _installed()
        with _servers_stay_off():
            if not _apt("install", *packages):
                _apt("update")
                if not _apt("install", *packages, last=True):
                    raise InstallFailed("apt-get did not install what is missing; its words are above")
        return sorted(_installed() - before)


def _apt(verb: str, *packages: str, last: bool = False) -> bool:
    """Run apt-get without questions. Its complaints are shown only when this was the last try."""
    command = ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", verb, *packages]
    done = subprocess.run(
        command,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and last:
        print((done.stdout + done.stderr)[-2000:])  # noqa: T201 - a command's own words to its user
    return done.returncode == 0


def _installed() -> set[str]:
    shown = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Package}\n"], capture_output=True, text=True)
    return {
        name for status, _, name in (line.partition(" ") for line in shown.stdout.splitlines()) if status == "installed"
    }


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait for other copies of this on the machine: what one puts there, another would take for the machine's own."""
    with _ONE_AT_A_TIME.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _servers_stay_off() -> Iterator[None]:
    """While packages are installed no server is started and no database cluster made; then all is as it was.

    Also as it was before a run that was killed in the middle and left its own policy behind.
    """
    with contextlib.ExitStack() as undo:
        kept = _POLICY.with_name("policy-rc.d.before-meedoen")
        if _POLICY.exists() and _POLICY.read_text() != _REFUSE:
            _POLICY.rename(kept)
        if kept.exists():
            undo.callback(kept.rename, _POLICY)
        else:
            undo.callback(_POLICY.unlink, missing_ok=True)
        _POLICY.write_text(_REFUSE)
        _POLICY.chmod(0o755)
        for folder in (_NO_CLUSTER.parent.parent, _NO_CLUSTER.parent):
            if not folder.exists():
                folder.mkdir()
                undo.callback(_remove_if_empty, folder)
        _NO_CLUSTER.write_text("create_main_cluster = false\n")
        undo.callback(_NO_CLUSTER.unlink, missing_ok=True)
        yield


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
