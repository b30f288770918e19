"""Pushes the partners' files in examples/, each with that partner's own token, and follows how far they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.demo.data import Demo, Partner
from infra.local.installation import ROOT
from ops.api import Api
from ops.demo.memory import Memory
from ops.place import Place
from ops.tokens import partner_token

_CONTENT_TYPES: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass
class Pushed:
    """One file at intake, as its partner sees it. `facts` is intake's last answer about it."""

    partner: Partner
    name: str
    intake: Api
    facts: dict[str, Any]
    is_new: bool

    @property
    def referral_file_id(self) -> str:
        found: str = self.facts["referralFileId"]
        return found

    @property
    def done(self) -> bool:
        return bool(self.facts["status"] == "done")

    def look(self) -> None:
        """Ask intake how far it is."""
        self.facts = self.intake.get(f"/referral-files/{self.referral_file_id}")

    def problems(self) -> Iterator[dict[str, Any]]:
        """What is wrong with which row."""
        yield from self.intake.pages(f"/referral-files/{self.referral_file_id}/problems")


def push(at: Place, demo: Demo, memory: Memory) -> Iterator[Pushed]:
    """Push each partner's file, unless that was done in this installation before."""
    for partner in demo.partners:
        if partner.file:
            yield _push(at, partner, ROOT / "examples" / partner.file, memory)


def _push(at: Place, partner: Partner, file: Path, memory: Memory) -> Pushed:
    intake = Api(at.url("intake"), lambda: partner_token(at, partner.partner_id))
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if known := memory.pushed(partner.partner_id, digest):
        facts = intake.get(f"/referral-files/{known}")
        return Pushed(partner, file.name, intake, facts, is_new=False)
    # Should this be cut off before it is noted, the same key makes the next try the same push.
    headers = {"Content-Type": _content_type(file), "Idempotency-Key": digest}
    facts = intake.ask(
        "POST", "/referral-files", params={"fileName": file.name}, content=content, headers=headers
    ).json()
    memory.note_pushed(partner.partner_id, digest, facts["referralFileId"])
    return Pushed(partner, file.name, intake, facts, is_new=True)


def _content_type(file: Path) -> str:
    return _CONTENT_TYPES[file.suffix]
