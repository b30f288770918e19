"""Partners' own files, pushed over HTTP and worked off by the timer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts import municipalities
from tests.support.intake_process import Intake, until

EXAMPLES = Path(__file__).parents[3] / "examples"
EXPECTED: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text())
COUNTS = ("rows", "takenIn", "triage", "repeated", "refused")


@pytest.fixture(scope="module")
def province(intake: Intake) -> str:
    """A library that serves the whole province."""
    return intake.library(*municipalities.names())


def push(client: httpx.Client, name: str, content: bytes | None = None, **headers: str) -> dict[str, Any]:
    """Send a file and wait until it is done."""
    answer = client.post(
        "/referral-files", params={"fileName": name}, content=content or (EXAMPLES / name).read_bytes(),
        headers={"Content-Type": "application/octet-stream", **headers},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "processing"
    path = f"/referral-files/{answer.json()['referralFileId']}"
    assert answer.headers["Location"].endswith(path)
    return until(lambda: done(client.get(path).json()), f"{name} is done")


def done(file: dict[str, Any]) -> dict[str, Any] | None:
    return file if file["status"] == "done" else None


def all_items(client: httpx.Client, url: str) -> list[dict[str, Any]]:
    """Every page of a list."""
    items: list[dict[str, Any]] = []
    following: str | None = url
    while following:
        page = client.get(following).json()
        items += page["items"]
        following = page["next"]
    return items


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.usefixtures("province")
def test_an_example_file_becomes_what_is_expected(intake: Intake, name: str) -> None:
    expected = EXPECTED[name]
    with intake.partner().client() as partner:
        file = push(partner, name)
        assert {count: file[count] for count in COUNTS} == {count: expected[count] for count in COUNTS}
        problems = all_items(partner, file["problems"])
        assert [{key: one[key] for key in ("row", "column", "code")} for one in problems] == expected["problems"]
        assert all(one["message"] and one["messageEn"] for one in problems)
        made = all_items(partner, file["referrals"])
        assert len(made) == expected["takenIn"]
        triage = sorted((one["row"], one["triageReasons"]) for one in made if one["triageReasons"])
        assert triage == [(one["row"], one["reasons"]) for one in expected["triageRows"]]
        again = push(partner, name)
        assert again["takenIn"] == 0
        assert again["repeated"] == expected["takenIn"] + expected["repeated"]
