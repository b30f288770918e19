"""The whole source of a later release, made by changing a copy of this one as its developers would.

- `BESIDE` tells `referral-accepted` in two versions and hears either.
- `ALONE`, the release after that, tells and hears the second version only.
"""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Final

import orjson

from contracts.envelope import Event, parse, render
from contracts.intake import ReferralAccepted
from infra.local.installation import ROOT
from tests.support.releases.accepted import Levels, ReferralAcceptedV2, levels_apart, levels_together

_SOURCE: Final = ("contracts", "chassis", "services")
_ROW: Final = 'Told(i.ReferralAccepted, "intake", "referral", beyond_intake, by_referral=True),'
_HANDLERS: Final = {
    "activities": ("", "place_needs"),
    "notifications": ("intake.", "accept"),
    "reporting": ("intake.", "accept"),
}
"""How each service names the event's module, and its handler."""


class Release(Enum):
    """A release after this one."""

    BESIDE = "beside"
    ALONE = "alone"


class Outdated(Exception):
    """This release is no longer as the changes suppose; change them with it."""


def make(release: Release, folder: Path, *more: str) -> Path:
    """The source of a release in this new folder, with `more` folders and files of this one as they are."""
    for name in (*_SOURCE, *more):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    _declare(folder, release)
    _tell(folder)
    for service in _HANDLERS:
        _hear(folder, service, release)
    _exemplify(folder, release)
    return folder


def _declare(folder: Path, release: Release) -> None:
    event = inspect.getsource(ReferralAcceptedV2)
    if release is Release.ALONE:
        event = _without(event, "    replaces = ReferralAccepted\n\n", inspect.getsource(ReferralAcceptedV2.as_before))
    more = [inspect.getsource(Levels), event, *map(inspect.getsource, (levels_apart, levels_together))]

    def intake(text: str) -> str:
        text = _replaced(text, "from marshmallow import", "from typing import Any\n\nfrom marshmallow import")
        return "\n\n".join([text, *more])

    def catalogue(text: str) -> str:
        before = "" if release is Release.ALONE else f"{_ROW}\n        "
        return _replaced(text, _ROW, before + _ROW.replace("ReferralAccepted", ReferralAcceptedV2.__name__))

    _change(folder / "contracts" / "intake.py", intake)
    _change(folder / "contracts" / "catalogue.py", catalogue)
    if release is Release.ALONE:
        (folder / "contracts" / "published" / "referral-accepted.v1.json").unlink()


def _tell(folder: Path) -> None:
    def reception(text: str) -> str:
        text = _replaced(
            text,
            "import ParticipantsLinked, ReferralAccepted, ReferralReceived",
            "import ParticipantsLinked, ReferralAcceptedV2, ReferralReceived, levels_together",
        )
        return _replaced(
            text,
            'tell(ReferralAccepted, str(referral["referral_id"]), **told_whole(referral, needs))',
            'tell(ReferralAcceptedV2, str(referral["referral_id"]), **levels_together(told_whole(referral, needs)))',
        )

    _change(folder / "services" / "intake" / "reception.py", reception)


def _hear(folder: Path, service: str, release: Release) -> None:
    module, method = _HANDLERS[service]
    decorator = f"    @hears({module}ReferralAccepted, group=True)\n"
    handler = (
        f"    @hears({ReferralAcceptedV2.__name__}, group=True)\n"
        f"    def {method}_by_v2(self, events: list[Event]) -> None:\n"
        '        """The same, as the second version says it."""\n'
        f"        self.{method}([replace(event, data=levels_apart(event.data)) for event in events])\n\n"
    )

    def changed(text: str) -> str:
        text = _replaced(text, decorator, handler + ("" if release is Release.ALONE else decorator))
        more = f"from contracts.intake import {ReferralAcceptedV2.__name__}, levels_apart\n"
        return _replaced(
            text,
            "from contracts.envelope import Event\n",
            f"from dataclasses import replace\nfrom contracts.envelope import Event\n{more}",
        )

    _change(folder / "services" / service / "service.py", changed)


def _exemplify(folder: Path, release: Release) -> None:
    examples = folder / "contracts" / "examples"
    first = examples / "referral-accepted.v1.json"
    event = in_second_version(parse(first.read_bytes()))
    body = orjson.loads(render(event))
    if release is Release.ALONE:
        body = {name: value for name, value in body.items() if name != "versions"}
        body |= {"type": event.type, "data": body["data"]["v2"], "dataschema": body["dataschema"].replace("v1", "v2")}
        first.unlink()
    (examples / "referral-accepted.v2.json").write_bytes(orjson.dumps(body))


def in_second_version(event: Event) -> Event:
    """The same fact, as a release that knows the second version tells it."""
    if event.event is not ReferralAccepted:
        raise ValueError(f"{event.type} has one version")
    return Event(
        event=ReferralAcceptedV2, id=event.id, source=event.source, subject=event.subject, time=event.time,
        sequence=event.sequence, partition_key=event.partition_key, data=levels_together(event.data),
        causation_id=event.causation_id, traceparent=event.traceparent,
    )  # fmt: skip


def _change(file: Path, how: Callable[[str], str]) -> None:
    file.write_text(how(file.read_text(encoding="utf-8")), encoding="utf-8")


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise Outdated(f"stands {text.count(old)} times in the source, not once: {old}")
    return text.replace(old, new)


def _without(text: str, *parts: str) -> str:
    for part in parts:
        text = _replaced(text, part, "")
    return text
