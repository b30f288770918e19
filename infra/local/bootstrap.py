"""Makes this copy ready to run: programs, virtual environment, libraries. The first step of every make target.

Run by the system's own Python before anything is installed, so: the standard library alone. What is done already is
not done again. `python3 infra/local/bootstrap.py [run|test|lint|env]`; exit code 0 when ready, 1 with a clear message.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCKS = {
    "run": ("run", "local"),
    "test": ("run", "local", "test"),
    "lint": ("run", "local", "test"),
    "env": ("run",),
}
_LAUNCHER = """\
#!{python}
import sys
from ops.main import main
sys.exit(main())
"""


class NotReady(Exception):
    """Something is missing that we may not install; the message says what to do."""


def main(purpose: str = "run") -> int:
    """Make ready for a purpose: `run` (make demo, make up), `test`, `lint`, or `env`: libraries alone."""
    try:
        _newer_python()
        (ROOT / "var").mkdir(mode=0o700, exist_ok=True)
        with (ROOT / "var" / "set-up.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # `make test` beside `make demo`: one after the other
            _programs(purpose)
            _environment()
            _libraries(LOCKS[purpose])
    except NotReady as problem:
        print(f"\n{problem}\n", file=sys.stderr)
        return 1
    return 0


def _newer_python() -> None:
    """Go on with Python 3.11 or newer, if the one that runs this is older."""
    if sys.version_info >= (3, 11):
        return
    for minor in range(20, 10, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same script, a newer Python
    raise NotReady(
        f"Meedoen needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
        "Install one (Debian 12 and Ubuntu 24.04 have it as `python3`) and run the command again."
    )


def _programs(purpose: str) -> None:
    """See that the programs are there; install them where we may."""
    sys.path.insert(0, str(ROOT))
    from infra.local import debian, needs

    missing = needs.missing(purpose, os.environ)
    if not missing:
        return
    packages = [package for need in missing for package in need.debian]
    if not debian.can_install():
        raise NotReady(needs.explain(missing))
    _say(f"Installing Debian packages (their servers are not started): {' '.join(packages)}")
    try:
        new = debian.install(packages)
    except debian.InstallFailed as problem:
        raise NotReady(f"{problem}.\n{needs.explain(missing)}") from problem
    _say(f"Installed {len(new)} Debian packages: {' '.join(new)}")
    with (ROOT / "var" / "debian-packages.txt").open("a") as names:
        names.write("".join(f"{name}\n" for name in new))
    left = needs.missing(purpose, os.environ)
    if left:
        raise NotReady(needs.explain(left))


def _environment() -> None:
    """Make the virtual environment, anew when its Python is gone or another version than the one that runs this."""
    python = VENV / "bin" / "python"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    asked = [str(python), "-c", "import pip, sys; print('{}.{}'.format(*sys.version_info))"]
    found = python.exists() and subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    if found != version:
        _say(f"Making the virtual environment .venv with Python {version}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    _write(Path(site) / "meedoen.pth", f"{ROOT}\n")
    _write(VENV / "bin" / "meedoen", _LAUNCHER.format(python=python), mode=0o755)


def _libraries(locks: tuple[str, ...]) -> None:
    """Install the locked libraries, each checked against its hash, when the lock changed since the last time."""
    files = [ROOT / "requirements" / f"{lock}.txt" for lock in locks]
    stamps = VENV / "installed"
    stamps.mkdir(exist_ok=True)
    digests = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    stale = [file for file in files if _read(stamps / file.name) != digests[file]]
    if not stale:
        return
    names = {line.split("==")[0] for file in files for line in file.read_text().splitlines() if "==" in line}
    _say(f"Installing {len(names)} libraries, as locked in requirements/")
    words = [word for file in files for word in ("-r", str(file))]
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.run([*command, "--require-hashes", *words], check=False).returncode:
        raise NotReady("pip could not install the libraries; its words are above. Is the package index reachable?")
    for file in files:
        _write(stamps / file.name, digests[file])


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    if _read(path) != text:
        path.write_text(text)
    path.chmod(mode)


def _say(line: str) -> None:
    print(f"» {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
