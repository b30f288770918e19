"""The proof: an installation of its own, walls, unrest, audit, and all of it made again from a copy."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from infra.containers import environment
from infra.local.ports import HOST, free_port
from infra.local.processes import until
from ops.containers import cages, engine, shown, walls, whole
from ops.containers.engine import Project
from ops.containers.journey import Journey
from ops.containers.persisting import persistently
from ops.containers.trickle import Trickle
from ops.containers.unrest import Blow, Unrest, plan
from ops.containers.visiting import Visitor
from ops.place import Elsewhere
from ops.progress import Progress
from ops.tokens import staff_token, staff_user
from ops.trouble import Trouble

_UP_WITHIN: Final = 300.0
_IMAGES: Final = "MEEDOEN_TAG=check"
"""Images of its own: an installation that runs here keeps those that it has."""
_BEFORE_THE_COPY: Final = 10
"""Referrals that come in before the databases are copied, while more come in."""
_SPARED: Final = frozenset({"identity-provider"})
"""Not of the platform: a stand-in for the libraries' own, which makes new keys whenever it starts."""


def proved(folder: Path, seed: int, rounds: int, progress: Progress) -> bool:
    """Whether everything arrived, in an installation that exists for this alone."""
    gateway = f"{HOST}:{free_port()}"
    identity = f"{HOST}:{free_port({int(gateway.rpartition(':')[2])})}"
    settings = environment.rendered(demo=True, gateway=gateway, identity=identity)
    environment.write(folder / "env", f"{settings}{_IMAGES}\n")
    project = Project(f"meedoen-check-{secrets.token_hex(3)}", folder / "env")
    place = Elsewhere(f"http://{gateway}", f"http://{identity}", folder / "partners.json")
    try:
        containers = _up(project, progress)
        _walls_hold(project, containers, f"http://{gateway}", folder / "env", progress)
        unrest = Unrest(containers, _blows(containers, rounds, seed), progress.step)
        journey, trickle = Journey(place, folder, progress), Trickle(place)
        journey.load()
        with Visitor(f"http://{gateway}", staff_user(role="coordinator")) as visitor:
            visitor.sign_in()
            progress.step(f"a coordinator signed in to the pages; unrest begins, seed {seed}")
            _live_through(unrest, journey, trickle)
            persistently(visitor.look_round, tell=progress.step)
            visitor.sign_out()
        progress.step("the coordinator was still signed in, and signed out")
        report = _audit(project, place, progress)
        account = persistently(trickle.account, tell=progress.step)
        again, missing = _made_again(project, place, folder / "meedoen.tar.gz", progress)
    finally:
        progress.step("taking everything down")
        project.down()
    shown.recoveries(unrest.recoveries, seed)
    shown.outcome([file.facts for file in journey.files], account, report)
    shown.restored(again, missing)
    everyone = journey.taken_in + account.acknowledged
    arrived = not account.lost and not account.twice and shown.counted(report) == everyone
    return bool(arrived and report["clean"] and again["clean"] and not missing)


def _blows(containers: Iterable[str], rounds: int, seed: int) -> list[Blow]:
    return list(plan([service for service in containers if service not in _SPARED], rounds, seed))


def _up(project: Project, progress: Progress) -> dict[str, str]:
    """The containers, all well."""
    begun = time.monotonic()
    project.compose("build")
    progress.step(f"images are built, {time.monotonic() - begun:.0f} s")
    begun = time.monotonic()
    project.compose("up", "--detach")
    containers = _well(project)
    progress.step(f"{len(containers)} containers are well, {time.monotonic() - begun:.0f} s")
    return containers


def _well(project: Project) -> dict[str, str]:
    """The containers, once all are well. Raises Trouble."""
    containers = project.containers()
    if not until(lambda: all(map(engine.is_well, containers.values())), _UP_WITHIN, every=1):
        ill = [service for service, container in containers.items() if not engine.is_well(container)]
        raise Trouble(f"Not well after {_UP_WITHIN:.0f} s: {', '.join(ill)}")
    return containers


def _walls_hold(
    project: Project, containers: Mapping[str, str], origin: str, env_file: Path, progress: Progress
) -> None:
    """What must be refused is refused; raises Trouble otherwise."""
    walls.at_the_gateway(origin)
    walls.by_the_address_that_connects(origin)
    walls.between_databases(project, environment.passwords(env_file))
    walls.without_a_secret(env_file)
    progress.step("the gateway refuses what it must, no service reaches another's database, no secret may lack")
    cages.of(containers)
    cages.between_networks(containers)
    progress.step("no container is root, writes to its image, holds a capability or reaches where it needs not")


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


def _made_again(
    project: Project, place: Elsewhere, copied: Path, progress: Progress
) -> tuple[dict[str, Any], frozenset[str]]:
    """The audit of what was made again from a copy, and the referrals known before the copy that are not there."""
    trickle = Trickle(place, "copied", first=10_000)
    trickle.start()
    try:
        if not until(lambda: trickle.acknowledged >= _BEFORE_THE_COPY or not trickle.is_alive(), _UP_WITHIN):
            raise Trouble("Nobody could be referred before the copy.")
        known = trickle.known()
        whole.copy(project, copied)
    finally:
        trickle.end()
    progress.step("the databases are copied while referrals came in; everything is taken down and made again from that")
    whole.make_again(project, copied)
    _well(project)
    since = datetime.now(UTC) - timedelta(days=1)
    token = staff_token(place, role="operations")
    persistently(lambda: whole.tell_again(project, token, since), tell=progress.step)
    report = _audit(project, place, progress)
    return report, known - persistently(trickle.there, tell=progress.step)


def _audit(project: Project, place: Elsewhere, progress: Progress) -> dict[str, Any]:
    """What `meedoen audit` says inside, where it sees the broker's own queues too."""
    command = (
        "run", "--rm", "--no-TTY", "--entrypoint", "sh", "meedoen",
        # Findings make it exit with 1, which is no failure of the engine.
        "-c", 'meedoen audit --wait 120 --json || [ "$?" = 1 ]',
    )  # fmt: skip

    def ask() -> dict[str, Any]:
        token = staff_token(place, role="operations")
        report: dict[str, Any] = json.loads(project.compose(*command, environment={"MEEDOEN_TOKEN": token}))
        return report

    return persistently(ask, tell=progress.step)
