"""`meedoen status`: how each process is."""

from __future__ import annotations

from typing import Any

import httpx
import typer

from contracts.catalogue import SERVICES
from ops.commands.shared import ending
from ops.console import AsJson, say_json, table
from ops.target import Target
from ops.trouble import PROBLEMS, Trouble, Unreachable


def add_to(app: typer.Typer) -> None:
    app.command(epilog=ending("meedoen status", "meedoen status --json | jq '.[] | select(.ready | not)'"))(status)


def status(as_json: AsJson = False) -> None:
    """Show each process: where it is, whether it is well, how far it lags behind. Exit code 1 when one is not well.

    With --json a list with name, kind, url, pids, ready, state, restarts, lagSeconds, outbox, deferred and parked.
    """
    rows = rows_of(Target())
    if as_json:
        say_json(rows)
    else:
        columns = ("process", "ready", "state", "pid", "restarts", "lag s", "outbox", "deferred", "parked", "address")
        table(None, columns, [_cells(row) for row in rows], numbers=[3, 4, 5, 6, 7, 8])
    if not all(row["ready"] for row in rows):
        raise typer.Exit(PROBLEMS)


def rows_of(target: Target) -> list[dict[str, Any]]:
    """One row for each process. Raises Unreachable when nothing runs."""
    if target.elsewhere:
        return [
            _service_row(target, name, {"name": name, "kind": "service", "url": target.url(name)}) for name in SERVICES
        ]
    facts = target.book.running()
    if facts is None:
        raise Unreachable("Nothing runs here. Start it with `make up`.")
    return [_row(target, process) for process in facts["processes"]]


def _row(target: Target, process: dict[str, Any]) -> dict[str, Any]:
    row = {
        "name": process["name"],
        "kind": process["kind"],
        "url": process["url"],
        "pids": [process["pid"]] if process["pid"] else [],
        "ready": process["state"] == "ready",
        "state": process["state"],
        "since": process["since"],
        "restarts": process["restarts"],
        "log": process["log"],
    }
    return _service_row(target, process["service"], row) if process["kind"] == "service" else row


def _service_row(target: Target, service: str, row: dict[str, Any]) -> dict[str, Any]:
    """A process of a service says itself how it is: the supervisor's look may be some seconds old."""
    said = {"ready": _is_ready(row["url"])}
    try:
        delivery = target.operations(service, row["url"]).get("/delivery")
    except Trouble as problem:
        return {"pids": [], "restarts": None, **row, **said, "trouble": str(problem)}
    lags = [
        queue["lastAppliedLagSeconds"] for queue in delivery["queues"] if queue["lastAppliedLagSeconds"] is not None
    ]
    return {
        "pids": [],
        "restarts": None,
        "state": "ready" if said["ready"] else "unwell",
        **row,
        **said,
        "lagSeconds": max(lags, default=None),
        "outbox": delivery["outbox"]["depth"],
        "deferred": delivery["deferred"],
        "parked": delivery["parked"],
        "relayActive": delivery["relayActive"],
    }


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5).is_success
    except httpx.TransportError:
        return False


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    lag = row.get("lagSeconds")
    return (
        row["name"], row["ready"], row.get("state"), (row["pids"] or [None])[0], row["restarts"],
        None if lag is None else f"{lag:.1f}", row.get("outbox"), row.get("deferred"), row.get("parked"), row["url"],
    )  # fmt: skip
