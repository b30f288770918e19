"""What commands say about what the services answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import httpx
import pytest

from ops.commands import parked, tail
from ops.commands.library import shared_areas
from ops.main import main
from ops.target import Target
from tests.support.releases.declaring import both_declared

NEED = "need/6f0c0f5e-52f8-4c59-a5e5-0a40a0a5fd0c"

ID = "0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c13"
PARTNER = {"partnerId": ID, "name": "Taalschool", "status": "active", "municipalities": ["GM0164"]}


class Service:
    """A service that answers what was prepared for a method and a path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []
        self.conditions: list[str | None] = []

    def get(self, path: str) -> Any:
        return self._answer(f"GET {path}", None)

    def post(self, path: str, body: Any = None) -> Any:
        return self._answer(f"POST {path}", body)

    def patch(self, path: str, body: Any) -> Any:
        return self._answer(f"PATCH {path}", body)

    def ask(self, method: str, path: str, json: Any = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        self.conditions.append((headers or {}).get("If-Match"))
        return httpx.Response(200, json=self._answer(f"{method} {path}", json), headers={"ETag": '"7"'})

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        yield from self._answer(f"GET {path}", query or None)

    def _answer(self, request: str, body: Any) -> Any:
        self.asked.append((request, body))
        return self.answers[request]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    found = Service()
    monkeypatch.setenv("MEEDOEN_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MEEDOEN_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(Target, "operations", lambda *_: found)
    return found


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_nothing_to_tell_again_is_a_problem(service: Service, more: list[str]) -> None:
    service.answers["POST /replays"] = {"replayed": 0}
    assert main(["replay", "--from", "intake", "--subject", NEED, *more]) == 1


def test_nothing_to_tell_again_is_said_of_what(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /replays"] = {"replayed": 0}
    main(["replay", "--from", "intake", "--subject", NEED.upper()])
    assert capsys.readouterr().err.strip() == f"intake has nothing to tell again about {NEED}."
    assert service.asked == [("POST /replays", {"subject": NEED})]


def test_what_is_told_again_in_lots_is_told_to_the_end(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    lots = iter([{"replayed": 5000, "next": 7000}, {"replayed": 0, "next": 12_000}, {"replayed": 3, "next": None}])
    service.post = lambda path, body=None: (service.asked.append((path, body)), next(lots))[1]  # type: ignore[method-assign]
    assert main(["replay", "--from", "intake", "--since", "2026-10-01T00:00:00+02:00"]) == 0
    assert "5003 events of intake are told again." in capsys.readouterr().out
    assert [body.get("after") for _, body in service.asked] == [None, 7000, 12_000]
    assert {body["since"] for _, body in service.asked} == {"2026-10-01T00:00:00+02:00"}


def test_told_again_is_counted(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /replays"] = {"replayed": 3}
    assert main(["replay", "--from", "intake", "--subject", NEED]) == 0
    assert "3 events of intake are told again." in capsys.readouterr().out


@pytest.mark.parametrize(("kept", "said"), [(["GM0164"], "stay GM0164."), ([], "stay all.")])
def test_a_partner_that_takes_part_already_keeps_its_municipalities(
    service: Service, capsys: pytest.CaptureFixture[str], kept: list[str], said: str
) -> None:
    service.answers["POST /partners"] = PARTNER | {"municipalities": kept}
    assert main(["partner", "add", "Taalschool", "-m", "Borne"]) == 0
    assert f"Taalschool takes part already; its municipalities {said}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["-m", "Borne", "-m", "GM0164"], {"municipalities": ["GM0147", "GM0164"]}),
        (["--everywhere"], {"municipalities": []}),
        (["--suspend"], {"status": "suspended"}),
        (["--activate", "-m", "Borne"], {"municipalities": ["GM0147"], "status": "active"}),
    ],
)
def test_only_what_is_said_of_a_partner_changes(service: Service, words: list[str], wanted: dict[str, Any]) -> None:
    service.answers = {"GET /partners": [PARTNER], f"PATCH /partners/{ID}": PARTNER}
    assert main(["partner", "change", "taalschool", *words]) == 0
    assert service.asked == [("GET /partners", {"name": "taalschool"}), (f"PATCH /partners/{ID}", wanted)]


def test_a_changed_partner_is_shown_as_it_is_now(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers = {f"GET /partners/{ID}": PARTNER, f"PATCH /partners/{ID}": PARTNER | {"status": "suspended"}}
    main(["partner", "change", ID.upper(), "--suspend"])
    assert capsys.readouterr().out.strip() == "Taalschool is suspended and refers from GM0164."


@pytest.mark.parametrize("who", ["ANNA@example.org", ID])
def test_somebody_is_asked_for_alone_also_where_there_are_many(service: Service, who: str) -> None:
    member = {"staffId": ID, "name": "Anna"}
    service.answers = {"GET /staff-members": [member], f"GET /staff-members/{ID}": member,
                       f"PUT /staff-members/{ID}": member}  # fmt: skip
    assert main(["staff", "take-out", who]) == 0
    asked = ("GET /staff-members", {"email": who}) if "@" in who else (f"GET /staff-members/{ID}", None)
    assert service.asked[0] == asked


def library(name: str, *kinds: str, code: str = "GM0147") -> dict[str, Any]:
    return {"libraryId": name, "name": name, "serves": [{"municipality": code, "kinds": list(kinds)}]}


@pytest.mark.parametrize(
    ("others", "new", "said"),
    [
        ([], library("New"), []),
        ([library("Old", code="GM0164")], library("New"), []),
        ([library("Old", "thuis-taal")], library("New", "language-cafe"), []),
        ([library("Old")], library("New"), ["Borne is served by Old too. Of the referrals, Old gets all."]),
        (
            [library("Old")],
            library("New", "language-cafe"),
            ["Borne is served by Old too. Of the referrals, New gets language-cafe."],
        ),
        (
            [library("Old", "language-cafe"), library("Older", "thuis-taal")],
            library("New", "thuis-taal", "language-cafe", "digital-skills"),
            ["Borne is served by Older, Old too. Of the referrals, Older gets thuis-taal; Old gets language-cafe."],
        ),
    ],
)
def test_a_library_beside_another_learns_who_gets_the_referrals(
    others: list[dict[str, Any]], new: dict[str, Any], said: list[str]
) -> None:
    assert list(shared_areas(new, [*others, new])) == said


def test_a_new_library_is_told_of_the_one_beside_it(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers = {"POST /libraries": library("New"), "GET /libraries": [library("Old"), library("New")]}
    assert main(["library", "add", "New", "--mailbox", "a@example.org", "-m", "Borne"]) == 0
    assert "Borne is served by Old too." in capsys.readouterr().out


def test_terms_of_a_library_are_changed_unless_somebody_else_changed_it_meanwhile(service: Service) -> None:
    """Rule: all of a library is put in the place of what was, so it must be what was read; two never overwrite."""
    area, closed = {"municipality": "GM0147", "kinds": []}, [{"from": "2026-12-21", "through": "2027-01-03"}]
    details = {"name": "Borne", "mailbox": "a@example.org", "language": "nl", "serves": [area],
               "contactWithinDays": 5, "closures": closed}  # fmt: skip
    listed, now = details | {"libraryId": "b"}, details | {"libraryId": "b", "mailbox": "new@example.org"}
    service.answers = {"GET /libraries": [listed], "GET /libraries/b": now, "PUT /libraries/b": now}
    assert main(["library", "terms", "borne", "--contact-within-days", "3"]) == 0
    wanted = details | {"mailbox": "new@example.org", "contactWithinDays": 3}
    assert (service.asked[-1], service.conditions[-1]) == (("PUT /libraries/b", wanted), '"7"')


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["list"], 1, "1 parked"),
        (["show", "e-1"], 0, "e-1"),
        (["replay", "--all"], 0, "1 tried again."),
        (["list", "--service", "dead"], 2, "Name the broker of that installation"),
    ],
)
def test_what_services_parked_is_seen_where_the_broker_is_not_ours_to_ask(
    service: Service, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("MEEDOEN_AMQP_URI", raising=False)
    monkeypatch.setattr(parked, "SERVICES", ("intake",))
    one = {"eventId": "e-1", "eventType": None, "subject": "need/n", "reason": "handler-failed", "behind": 0}
    whole = one | {"raw": "e30="}
    service.answers = {"GET /parked": [one], "GET /parked/e-1": whole, "POST /parked/e-1/replay": {}}
    assert main(["parked", *words]) == code
    answered = capsys.readouterr()
    assert said in answered.out + answered.err
    assert ("dead and unrouted are not looked at" in answered.err) is (code != 2)


def test_nothing_parked_is_said_when_all_are_to_be_replayed(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parked, "_all", lambda *_: [])
    assert main(["parked", "replay", "--all"]) == 0
    assert capsys.readouterr().out.strip() == "Nothing is parked."


def test_tail_says_that_it_listens_beside_what_it_shows(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = MagicMock()
    broker.channel.return_value.consume.return_value = [(None, None, b"{}")]
    monkeypatch.setenv("MEEDOEN_AMQP_URI", "amqp://127.0.0.1:9")
    monkeypatch.setattr(tail.pika, "BlockingConnection", lambda *_: broker)
    assert main(["tail", "--json", "--count", "1"]) == 0
    said = capsys.readouterr()
    assert (said.out.strip(), said.err.strip()) == ("{}", "listening…")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("place-held", "nl.newcomers.place-held.*.*"),
        ("place-held.v1", "nl.newcomers.place-held.v1.*"),
        ("nl.newcomers.place-held.v1", "nl.newcomers.place-held.v1.*"),
        ("referral-accepted.v2", "nl.newcomers.referral-accepted.v1.*"),
    ],
)
def test_tail_listens_where_an_event_passes(
    service: Service, monkeypatch: pytest.MonkeyPatch, name: str, key: str
) -> None:
    """In any version by its name alone; a version that is told with one before it passes under that one's type."""
    broker = MagicMock()
    broker.channel.return_value.consume.return_value = [(None, None, b"{}")]
    monkeypatch.setenv("MEEDOEN_AMQP_URI", "amqp://127.0.0.1:9")
    monkeypatch.setattr(tail.pika, "BlockingConnection", lambda *_: broker)
    with both_declared():
        assert main(["tail", "--json", "--count", "1", "--type", name]) == 0
    assert [call.args[2] for call in broker.channel.return_value.queue_bind.call_args_list] == [key]
