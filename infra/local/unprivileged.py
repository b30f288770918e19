"""How root runs a program that refuses root, in a directory that only root can enter.

Best in a user namespace of its own, in which we are `nobody`: all files stay root's. Where those are forbidden, as in
most containers, as the real `nobody` that may pass closed directories (one capability, nothing else of root's).
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path


def words() -> Sequence[str]:
    """Words before a command that make it run without root's rights; none when we are not root."""
    if os.geteuid() != 0:
        return ()
    nobody = pwd.getpwnam("nobody")
    if _namespaces():
        return _in_a_namespace(nobody)
    return (
        "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--",
    )  # fmt: skip


def give(path: Path) -> None:
    """Make a file or directory, with all in it, belong to whom the command will run as."""
    if os.geteuid() != 0:
        return
    nobody = pwd.getpwnam("nobody")
    owner = (0, 0) if _namespaces() else (nobody.pw_uid, nobody.pw_gid)
    if path.stat().st_uid != owner[0]:
        for one in (path, *path.rglob("*")):
            os.chown(one, *owner, follow_symlinks=False)


@cache
def _namespaces() -> bool:
    nobody = pwd.getpwnam("nobody")
    try:
        return subprocess.run([*_in_a_namespace(nobody), "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _in_a_namespace(nobody: pwd.struct_passwd) -> Sequence[str]:
    return ("unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}", "--")
