"""`python -m ops.containers [--seed N] [--rounds N]`: prove that the platform holds in containers.

Exit codes: 0 everything arrived and the audit is clean, 1 not so, 3 no container engine runs here.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from infra.containers import environment
from infra.local.ports import HOST, free_port
from infra.local.processes import until
from ops.console import err
from ops.containers import cages, engine, shown, walls
from ops.containers.engine import Project
from ops.containers.journey import Journey
from ops.containers.persisting import persistently
from ops.containers.trickle import Trickle
from ops.containers.unrest import Unrest, plan
from ops.containers.visiting import Visitor
from ops.place import Elsewhere
from ops.progress import Progress
from ops.running import interruptible
from ops.tokens import staff_token, staff_user
from ops.trouble import PROBLEMS, Trouble

_UP_WITHIN: Final = 300.0
_SPARED: Final = frozenset({"identity-provider"})
"""Not of the platform: a stand-in for the libraries' own, which makes new keys whenever it starts."""


def check(
    seed: Annotated[int | None, typer.Option(help="Decides what ends when and how; any if left out.")] = None,
    rounds: Annotated[int, typer.Option(min=0, help="How often each container is restarted or killed.")] = 1,
) -> None:
    """Build, start, push files through while containers restart and die, audit, and take everything down."""
    progress = Progress()
    progress.step(engine.versions())
    with tempfile.TemporaryDirectory(prefix="meedoen-containers-") as folder, interruptible():
        right = _proved(Path(folder), secrets.randbelow(10_000) if seed is None else seed, rounds, progress)
    if not right:
        raise typer.Exit(PROBLEMS)


def _proved(folder: Path, seed: int, rounds: int, progress: Progress) -> bool:
    """Whether everything arrived, in an installation that exists for this alone."""
    gateway = f"{HOST}:{free_port()}"
    identity = f"{HOST}:{free_port({int(gateway.rpartition(':')[2])})}"
    environment.write(folder / "env", environment.rendered(demo=True, gateway=gateway, identity=identity))
    project = Project(f"meedoen-check-{secrets.token_hex(3)}", folder / "env")
    place = Elsewhere(f"http://{gateway}", f"http://{identity}", folder / "partners.json")
    try:
        containers = _up(project, progress)
        walls.at_the_gateway(f"http://{gateway}")
        walls.between_databases(project, environment.passwords(folder / "env"))
        walls.without_a_secret(folder / "env")
        progress.step("the gateway refuses what it must, no service reaches another's database, no secret may lack")
        cages.of(containers)
        cages.between_networks(containers)
        progress.step("no container is root, writes to its image, holds a capability or reaches where it needs not")
        journey, trickle = Journey(place, folder, progress), Trickle(place)
        journey.load()
        targets = [service for service in containers if service not in _SPARED]
        unrest = Unrest(containers, list(plan(targets, rounds, seed)), progress.step)
        with Visitor(f"http://{gateway}", staff_user(role="coordinator")) as visitor:
            visitor.sign_in()
            progress.step(f"a coordinator signed in to the pages; unrest begins, seed {seed}")
            _live_through(unrest, journey, trickle)
            persistently(visitor.look_round, tell=progress.step)
            visitor.sign_out()
        progress.step("the coordinator was still signed in, and signed out")
        report = persistently(lambda: _audit(project, staff_token(place, role="operations")), tell=progress.step)
        account = persistently(trickle.account, tell=progress.step)
    finally:
        progress.step("taking everything down")
        project.down()
    shown.recoveries(unrest.recoveries, seed)
    shown.outcome([file.facts for file in journey.files], account, report)
    everyone = journey.taken_in + account.acknowledged
    return bool(report["clean"] and not account.lost and not account.twice and shown.counted(report) == everyone)


def _live_through(unrest: Unrest, journey: Journey, trickle: Trickle) -> None:
    """Files and single referrals go in while containers end; then everything settles."""
    trickle.start()
    unrest.start()
    try:
        journey.push()
        journey.follow(unrest.is_alive)
        unrest.end()
    finally:
        unrest.cut_short()
        trickle.end()
    journey.settle(trickle.acknowledged)


def _up(project: Project, progress: Progress) -> dict[str, str]:
    """The containers, all well."""
    begun = time.monotonic()
    project.compose("build")
    progress.step(f"images are built, {time.monotonic() - begun:.0f} s")
    begun = time.monotonic()
    project.compose("up", "--detach")
    containers = project.containers()
    if not until(lambda: all(map(engine.is_well, containers.values())), _UP_WITHIN, every=1):
        ill = [service for service, container in containers.items() if not engine.is_well(container)]
        raise Trouble(f"Not well after {_UP_WITHIN:.0f} s: {', '.join(ill)}")
    progress.step(f"{len(containers)} containers are well, {time.monotonic() - begun:.0f} s")
    return containers


def _audit(project: Project, token: str) -> dict[str, Any]:
    """What `meedoen audit` says inside, where it sees the broker's own queues too."""
    command = (
        "run", "--rm", "--no-TTY", "--entrypoint", "sh", "meedoen",
        # Findings make it exit with 1, which is no failure of the engine.
        "-c", 'meedoen audit --wait 120 --json || [ "$?" = 1 ]',
    )  # fmt: skip
    report: dict[str, Any] = json.loads(project.compose(*command, environment={"MEEDOEN_TOKEN": token}))
    return report


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(check)


def main() -> int:
    """The exit code."""
    try:
        app()
    except Trouble as problem:
        err.print(str(problem), markup=False)
        return problem.code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
