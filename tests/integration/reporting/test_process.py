"""Reporting as a real process: who gets which counts, in pages, and what an operator sees."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from chassis.testing import Harness
from contracts.activities import ParticipantEnrolled, PlaceHeld
from contracts.intake import LibraryRegistered, PartnerChanged, PartnerRegistered, ReferralAccepted, ReferralReceived
from tests.integration.reporting.histories import name
from tests.support.issuer import Issuer
from tests.support.publishers import Publishers
from tests.support.service_process import ServiceProcess

ALMELO, ZWOLLE = name("library of Almelo"), name("library of Zwolle")
PARTNER = name("VluchtelingenWerk")
SOURCE = "urn:nld:oin:00000001234567890000:systeem:intake"


@pytest.fixture(scope="module")
def staff() -> Iterator[Issuer]:
    """Signs the tokens of staff."""
    issuer = Issuer("staff")
    yield issuer
    issuer.stop()


@pytest.fixture(scope="module")
def partners() -> Iterator[Issuer]:
    """Signs the tokens of partners."""
    issuer = Issuer("clients")
    yield issuer
    issuer.stop()


@pytest.fixture
def filled(reporting: Harness) -> Harness:
    """Twenty referrals in Zwolle, six of them placed and three held; two in Almelo, held; one that no library has."""
    world = Publishers()
    for library, town in ((ALMELO, "Almelo"), (ZWOLLE, "Zwolle")):
        world.tell(
            LibraryRegistered, library_id=library, name=f"Bibliotheek {town}", mailbox="taalhuis@bieb.example",
            language="nl", serves=[],
        )  # fmt: skip
    partner = {"partner_id": PARTNER, "status": "active", "municipalities": [], "tokens_valid_from": world.now}
    world.tell(PartnerRegistered, **partner, name="Vluchtelingenwerk")
    world.tell(PartnerChanged, **partner, name="VluchtelingenWerk Oost")
    for number in range(20):
        refer(world, number, ZWOLLE, "GM0193", "held" if number < 3 else "placed" if number < 9 else None)
    for number in range(20, 22):
        refer(world, number, ALMELO, "GM0141", "held")
    refer(world, 22, None, None, None)
    outcome = reporting.deliver(world.told)
    assert not outcome.deferred
    assert not outcome.parked
    reporting.tick("count-again")
    return reporting


def refer(world: Publishers, number: int, library_id: str | None, municipality: str | None, place: str | None) -> None:
    """One referral of one person with one need; accepted when a library has it."""
    about = {
        "referral_id": name(f"referral {number}"),
        "participant_id": name(f"person {number}"),
        "partner_id": PARTNER,
        "library_id": library_id,
        "municipality": municipality,
        "received_at": datetime(2026, 10 if number % 2 else 11, 1, 12, tzinfo=UTC),
        "needs": [{"need_id": name(f"need {number}"), "goal": "speaking", "kind": "language-buddy"}],
    }
    world.tell(ReferralReceived, **about, triage_reasons=[] if library_id else ["municipality-unknown"])
    if library_id is None:
        return
    world.tell(ReferralAccepted, **about, accepted_by="rule")
    if place:
        world.tell(
            PlaceHeld if place == "held" else ParticipantEnrolled, enrolment_id=name(f"place {number}"),
            referral_id=about["referral_id"], need_id=name(f"need {number}"), activity_id=name("activity"),
            library_id=library_id, kind="language-buddy", municipality=municipality, starts_at=world.now,
        )  # fmt: skip


@pytest.fixture
def client(filled: Harness, staff: Issuer, partners: Issuer) -> Iterator[httpx.Client]:
    """The service as a process, its broker away."""
    process = ServiceProcess(
        "services.reporting.service",
        {
            "DATABASE_URL": filled.database.url,
            "AMQP_URI": "amqp://guest:guest@127.0.0.1:1/nowhere",
            "HTTP_ADDRESS": "127.0.0.1:0",
            "PUBLIC_URL": "https://libraries.example/reporting",
            "TRUSTED_ISSUERS": json.dumps([staff.trust, partners.trust]),
            "ORGANISATION_NUMBER": "00000001234567890000",
            "MASTER_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        },
    ).start()
    with process.client() as client:
        yield client
    assert process.stop() == 0


class Reader:
    """Somebody with a role at the service."""

    def __init__(self, client: httpx.Client, issuer: Issuer, role: str, **claims: Any) -> None:
        self._client = client
        self._headers = issuer.bearer(sub="someone", org=None, roles=[role], **claims)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._client.get(f"/reporting/v1{path}", params=query, headers=self._headers)

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every page of a list."""
        found = []
        while True:
            answer = self.get(path, **query)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                return found
            query = dict(httpx.URL(answer.json()["next"]).params)


def needs(row: dict[str, Any]) -> dict[str, Any]:
    """The counts of needs that are not 0."""
    return {state: count for state, count in row["needs"].items() if count != 0}


def test_a_library_sees_its_own_counts_whole(client: httpx.Client, staff: Issuer) -> None:
    manager = Reader(client, staff, "library-manager", libraries=[ALMELO])
    assert manager.items("/aggregates", by="library,municipality") == [
        {
            "municipality": "GM0141",
            "libraryId": ALMELO,
            "libraryName": "Bibliotheek Almelo",
            "referrals": {
                "received": 2, "inTriage": 0, "accepted": 2, "rejected": 0, "withdrawn": 0, "overdue": 0,
            },
            "needs": {
                "received": 2, "inTriage": 0, "rejected": 0, "withdrawn": 0, "matching": 0, "waiting": 0, "unplaced": 0,
                "held": 2, "placed": 0, "ended": 0,
            },
            "persons": 2,
        }
    ]  # fmt: skip
    assert manager.items("/aggregates", libraryId=ZWOLLE) == []
    assert manager.items("/aggregates", municipality="GM0193") == []
    nobody = Reader(client, staff, "library-manager")
    assert nobody.items("/aggregates") == []
    assert {step["count"] for step in nobody.get("/funnel").json()["steps"]} == {0}


def test_readers_of_reports_see_no_small_counts(client: httpx.Client, staff: Issuer) -> None:
    reader = Reader(client, staff, "report-reader")
    nowhere, almelo, zwolle = reader.items("/aggregates", by="library")
    assert nowhere["libraryId"] is None
    for row in (nowhere, almelo):
        assert row["persons"] is None
        assert set(row["needs"].values()) == set(row["referrals"].values()) == {None}
    assert almelo["libraryName"] == "Bibliotheek Almelo"
    assert zwolle["persons"] == 20
    assert needs(zwolle) == {"received": 20, "matching": 11, "held": None, "placed": None}
    local = Reader(client, staff, "report-reader", municipalities=["GM0193"])
    assert [row["municipality"] for row in local.items("/aggregates", by="municipality")] == ["GM0193"]
    assert local.items("/aggregates", municipality="GM0141") == []


def test_counts_are_filtered_and_paged_in_one_order(client: httpx.Client, staff: Issuer) -> None:
    manager = Reader(client, staff, "library-manager", libraries=[ALMELO, ZWOLLE])
    whole = manager.items("/aggregates", by="month,municipality,library,partner,kind")
    assert [(row["month"], row["municipality"]) for row in whole] == [
        ("2026-10", "GM0141"), ("2026-10", "GM0193"), ("2026-11", "GM0141"), ("2026-11", "GM0193"),
    ]  # fmt: skip
    assert {row["partnerName"] for row in whole} == {"VluchtelingenWerk Oost"}
    assert manager.items("/aggregates", by="kind,partner,library,municipality,month", limit=1) == whole
    assert [row["persons"] for row in whole] == [1, 10, 1, 10]
    (october,) = manager.items("/aggregates", by="month", month="2026-10")
    assert october["persons"] == 11
    (total,) = manager.items("/aggregates", kind="language-buddy", partnerId=PARTNER)
    assert total["persons"] == 22
    assert "month" not in total
    assert manager.items("/aggregates", kind="language-cafe") == []


def test_the_funnel_is_in_the_order_of_the_path(client: httpx.Client, staff: Issuer) -> None:
    found = Reader(client, staff, "library-manager", libraries=[ZWOLLE]).get("/funnel").json()
    assert [(step["step"], step["unit"], step["count"]) for step in found["steps"]] == [
        ("received", "referrals", 20),
        ("in-triage", "referrals", 0),
        ("rejected", "referrals", 0),
        ("withdrawn", "referrals", 0),
        ("accepted", "referrals", 20),
        ("matching", "needs", 11),
        ("waiting", "needs", 0),
        ("unplaced", "needs", 0),
        ("held", "needs", 3),
        ("placed", "needs", 6),
        ("ended", "needs", 0),
    ]
    assert (found["persons"], found["allCounted"]) == (20, True)
    protected = Reader(client, staff, "report-reader").get("/funnel", municipality="GM0141").json()
    assert {step["count"] for step in protected["steps"]} == {None}


def test_operators_see_totals_and_what_was_heard(client: httpx.Client, filled: Harness, staff: Issuer) -> None:
    operator = Reader(client, staff, "operations")
    totals = operator.get("/totals").json()
    assert totals["referrals"] == {
        "received": 23, "inTriage": 1, "accepted": 22, "rejected": 0, "withdrawn": 0, "overdue": 0
    }  # fmt: skip
    assert (totals["persons"], totals["allCounted"]) == (23, True)
    heard = operator.items("/audit", limit=7)
    assert [(row["source"], row["subject"]) for row in heard] == sorted(
        (row["source"], row["subject"]) for row in heard
    )
    assert len(heard) == 2 + 1 + 23 + 11
    assert {(row["contiguousTo"], row["lastSequence"]) for row in heard if "referral/" in row["subject"]} == {
        (2, 2),
        (1, 1),
    }
    assert all(row["missing"] == [] for row in heard)
    assert {row["source"] for row in operator.items("/audit", source=SOURCE)} == {SOURCE}
    assert operator.items("/audit", gapsOnly="true") == []


def test_what_is_missing_is_named(client: httpx.Client, filled: Harness, staff: Issuer) -> None:
    world = Publishers()
    lost = {"partner_id": name("another"), "name": "x", "status": "active", "municipalities": []}
    told = [world.tell(PartnerChanged, **lost, tokens_valid_from=world.now) for _ in range(9)]
    filled.deliver([told[8], told[1], told[4]])
    operator = Reader(client, staff, "operations")
    (gap,) = operator.items("/audit", gapsOnly="true")
    assert gap == {
        "source": SOURCE,
        "subject": f"partner/{name('another')}",
        "contiguousTo": 0,
        "lastSequence": 9,
        "missing": [{"first": 1, "last": 1}, {"first": 3, "last": 4}, {"first": 6, "last": 8}],
    }
    filled.deliver([told[0], told[2], told[3], told[5], told[4]])
    (gap,) = operator.items("/audit", gapsOnly="true")
    assert (gap["contiguousTo"], gap["missing"]) == (6, [{"first": 7, "last": 8}])


def test_what_cannot_be_asked_is_said_at_once(client: httpx.Client, staff: Issuer) -> None:
    reader = Reader(client, staff, "report-reader")
    for by in ("kind,weather", "kind,kind"):
        (error,) = reader.get("/aggregates", by=by).json()["errors"]
        assert error["field"].startswith("by")
    bad = reader.get("/aggregates", month="2026-13", municipality="Zwolle", libraryId="all", kind="tea", limit="0")
    assert bad.status_code == 400
    assert {error["field"] for error in bad.json()["errors"]} == {"month", "municipality", "libraryId", "kind", "limit"}
    assert reader.get("/aggregates", after="forged").status_code == 400
    assert reader.get("/audit").status_code == 403
    assert reader.get("/totals").status_code == 403
    assert Reader(client, staff, "operations").get("/aggregates").status_code == 403
    assert client.get("/reporting/v1/funnel").status_code == 401


def test_partners_see_no_report(client: httpx.Client, partners: Issuer) -> None:
    assert client.get("/reporting/v1/aggregates", headers=partners.bearer(sub=PARTNER)).status_code == 403
