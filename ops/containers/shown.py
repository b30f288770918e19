"""Prints what an installation in containers went through, and what became of the files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from ops.console import out, table
from ops.containers.trickle import Account
from ops.containers.unrest import Recovery

_MOST_FINDINGS: Final = 50


def recoveries(found: Sequence[Recovery], seed: int) -> None:
    """Which container went how, and when its health check said that it is well again (it looks every 5 to 10 s)."""
    out.print()
    rows = [(one.blow.service, one.blow.how, f"{one.seconds:.0f}") for one in found]
    table(f"containers that came and went, seed {seed}", ("container", "how", "well again after s"), rows, numbers=[2])


def outcome(files: Sequence[dict[str, Any]], account: Account, audit: dict[str, Any]) -> None:
    """Counts of the files and of the single referrals as intake sees them, of what reporting counted, and the audit."""
    rows: list[tuple[str, Any]] = [
        ("rows pushed", sum(one["rows"] for one in files)),
        ("rows taken in", sum(one["takenIn"] for one in files)),
        ("rows repeated or refused, each with its reason", sum(one["repeated"] + one["refused"] for one in files)),
        ("single referrals acknowledged", account.acknowledged),
        ("… requests that it took", account.tried),
        ("… lost", account.lost),
        ("… there twice", account.twice),
        ("referrals that reporting counted", counted(audit)),
        ("events told, heard and counted", audit["events"]),
        ("audit", "clean" if audit["clean"] else f"{len(audit['findings'])} findings"),
    ]
    out.print()
    table("what became of what was pushed", ("", "count"), rows, numbers=[1])
    _findings(audit)


def restored(audit: dict[str, Any], missing: Collection[str]) -> None:
    """What there was after everything was made again from a copy; `missing` was known before it and is not there."""
    rows = [
        ("referrals that reporting counted", counted(audit)),
        ("known before the copy and not there", len(missing)),
        ("audit", "clean" if audit["clean"] else f"{len(audit['findings'])} findings"),
    ]
    out.print()
    table("made again from a copy", ("", "count"), rows, numbers=[1])
    _findings(audit)


def _findings(audit: dict[str, Any]) -> None:
    findings = [(one["service"], one["subject"], one["what"]) for one in audit["findings"][:_MOST_FINDINGS]]
    if findings:
        out.print()
        table("not where they must be", ("service", "subject", "what"), findings)


def counted(audit: dict[str, Any]) -> int | None:
    """Referrals in the reports; None where the audit found too much amiss to look."""
    return audit["totals"]["referrals"]["received"] if audit["totals"] else None
