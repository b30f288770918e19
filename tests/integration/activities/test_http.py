"""The API of activities over HTTP, as a real process: planning, places, lines, and who may see them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.access import ROLES
from contracts.activities import ActivityScheduled, PlaceHeld, ProgrammePublished
from services.activities.domain.matching import Need
from services.activities.domain.placing import enrolment_id
from services.activities.domain.series import AMSTERDAM
from tests.support.events import partner_changed
from tests.support.issuer import Issuer
from tests.support.newcomers import LIBRARY, RECEIVED, ident
from tests.support.service_process import ServiceProcess
from tests.support.town import Town, accepted, declined, library_registered

OTHER_LIBRARY = ident(0x1, 2)
NEXT_YEAR = (datetime.now(AMSTERDAM) + timedelta(days=365)).date()
Client = Callable[..., httpx.Client]


@pytest.fixture
def client(running: ServiceProcess, staff: Issuer) -> Iterator[Client]:
    """A client with a token of these roles, at these libraries."""
    with ExitStack() as stack:

        def make(*roles: str, libraries: tuple[str, ...] = (LIBRARY,)) -> httpx.Client:
            bearer = staff.bearer(sub="staff-1", org=None, roles=list(roles), libraries=list(libraries))
            made = httpx.Client(
                base_url=f"{running.address}/activities/v1", headers=bearer, timeout=20, trust_env=False
            )
            return stack.enter_context(made)

        yield make


@pytest.fixture
def coordinator(client: Client) -> httpx.Client:
    return client("coordinator")


@pytest.fixture
def known(town: Town) -> Town:
    """A town whose libraries are known to the service."""
    town.deliver([library_registered(), library_registered(OTHER_LIBRARY)])
    return town


def programme(**changed: Any) -> dict[str, Any]:
    said = {"programmeId": ident(0xF, 1), "libraryId": LIBRARY, "kind": "language-group", "title": "Taalgroep"}
    return said | changed


def activity(**changed: Any) -> dict[str, Any]:
    said = {
        "activityId": ident(0xA, 1),
        "programmeId": ident(0xF, 1),
        "title": "Taalgroep op dinsdag",
        "municipality": "GM0153",
        "branch": "Centrale bibliotheek",
        "capacity": 1,
        "series": {"startDate": f"{NEXT_YEAR}", "startTime": "10:00", "durationMinutes": 90},
    }
    return said | changed


def created(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def need(number: int, **facts: Any) -> Need:
    usual = {"library_id": LIBRARY, "kind": "language-group", "municipality": "GM0153"}
    ids = {"need_id": ident(0xB, number), "referral_id": ident(0xC, number), "participant_id": ident(0xD, number)}
    return Need(**(ids | usual | {"received_at": RECEIVED + timedelta(days=number)} | facts))


def errors(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    return {each["field"]: each["message"] for each in answer.json()["errors"]}


def test_a_programme_is_published_once(known, coordinator):
    made = created(coordinator.post("/programmes", json=programme()))
    assert made["audience"] == "participants"
    again = coordinator.post("/programmes", json=programme())
    assert (again.status_code, again.json()) == (200, made)
    other = coordinator.post("/programmes", json=programme(title="Iets anders"))
    assert other.status_code == 409
    assert [event.event for event in known.told()] == [ProgrammePublished]
    assert coordinator.get("/programmes").json() == {"items": [made], "next": None}


def test_an_activity_is_scheduled_once_with_its_sessions_in_utc(known, coordinator):
    created(coordinator.post("/programmes", json=programme()))
    series = {"startDate": "2035-03-06", "startTime": "19:30", "durationMinutes": 90, "rule": "FREQ=WEEKLY;COUNT=4"}
    asked = activity(series=series, suits={"lowestLevel": "A1", "highestLevel": "B1"}, features=["childcare"])
    made = created(coordinator.post("/activities", json=asked))
    assert made["free"] == made["capacity"] == 1
    assert made["startsAt"] == made["nextAt"] == "2035-03-06T18:30:00+00:00"
    assert made["endsAt"] == "2035-03-27T19:00:00+00:00"
    assert made["suits"] == {"lowestLevel": "A1", "highestLevel": "B1", "literacy": [], "ageBands": []}
    assert made["dropIn"] is False
    again = coordinator.post("/activities", json=asked)
    assert (again.status_code, again.json()) == (200, made)
    assert coordinator.post("/activities", json=asked | {"capacity": 9}).status_code == 409
    seen = coordinator.get(f"/activities/{made['activityId']}").json()
    sessions = seen.pop("sessions")
    assert seen == made
    assert [session["startsAt"][:16] for session in sessions] == [
        "2035-03-06T18:30", "2035-03-13T18:30", "2035-03-20T18:30", "2035-03-27T17:30",
    ]  # fmt: skip
    told = known.told()[-1]
    assert (told.event, told.data["capacity"]) == (ActivityScheduled, 1)
    assert told.data["starts_at"] == datetime(2035, 3, 6, 18, 30, tzinfo=UTC)


def test_without_an_id_the_idempotency_key_makes_a_request_repeatable(known, coordinator):
    created(coordinator.post("/programmes", json=programme()))
    asked = {name: value for name, value in activity().items() if name != "activityId"}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    made = created(coordinator.post("/activities", json=asked, headers=key))
    assert created(coordinator.post("/activities", json=asked, headers=key)) == made
    assert created(coordinator.post("/activities", json=asked)) != made
    assert len(coordinator.get("/activities").json()["items"]) == 2


def test_who_waited_has_a_place_when_the_request_is_answered(known, coordinator):
    created(coordinator.post("/programmes", json=programme()))
    known.deliver([accepted(need(2)), accepted(need(1))])
    made = created(coordinator.post("/activities", json=activity()))
    assert made["free"] == 0
    held = coordinator.get("/enrolments").json()["items"]
    assert [(each["needId"], each["status"]) for each in held] == [(need(1).need_id, "held")]
    assert known.told()[-2].event is PlaceHeld


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"programmeId": ident(0xF, 9)}, "programmeId", "no programme"),
        ({"municipality": "GM0999"}, "municipality", "does not serve"),
        ({"branch": None}, "branch", "null"),
        ({"homeVisits": True}, "branch", "or homeVisits"),
        ({"capacity": 0}, "capacity", "1"),
        ({"capacity": "2"}, "capacity", "integer"),
        ({"features": ["sauna"]}, "features.0", "Must be one of"),
        ({"suits": {"lowestLevel": "B1", "highestLevel": "A1"}}, "suits.highestLevel", "below"),
        ({"suits": {"lowestLevel": "unknown"}}, "suits.lowestLevel", "Must be one of"),
        ({"colour": "red"}, "colour", "Unknown field"),
        ({"title": "x\0y"}, "title", "NUL"),
        ({"activityId": "1"}, "activityId", "UUID"),
    ],
)
def test_what_is_wrong_with_an_activity_is_said_by_field(known, coordinator, changed, field, says):
    created(coordinator.post("/programmes", json=programme()))
    assert says in errors(coordinator.post("/activities", json=activity(**changed)))[field]
    assert coordinator.get("/activities").json()["items"] == []


@pytest.mark.parametrize(
    ("series", "field"),
    [
        ({"startDate": "2020-01-06"}, "series.startDate"),
        ({"startDate": "9999-12-31"}, "series.startDate"),
        ({"startDate": "2027-02-30"}, "series.startDate"),
        ({"startTime": "25:00"}, "series.startTime"),
        ({"rule": "FREQ=SECONDLY;COUNT=5"}, "series.rule"),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "dates": [f"{NEXT_YEAR}"]}, "series.dates"),
        ({"dates": ["2020-01-06"]}, "series.dates"),
        ({"durationMinutes": 1}, "series.durationMinutes"),
    ],
)
def test_what_is_wrong_with_a_series_is_said_by_field(known, coordinator, series, field):
    created(coordinator.post("/programmes", json=programme()))
    asked = activity(series=activity()["series"] | series)
    assert field in errors(coordinator.post("/activities", json=asked))


def test_a_library_that_is_not_known_yet_can_be_planned_for_soon(town, coordinator):
    answer = coordinator.post("/programmes", json=programme())
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "2")
    assert answer.json()["type"].endswith("library-not-known")


class TestWhoMaySeeWhat:
    """Staff their own library's, operations and partners nothing."""

    @pytest.fixture(autouse=True)
    def an_offer_with_people(self, known, coordinator):
        created(coordinator.post("/programmes", json=programme()))
        created(coordinator.post("/activities", json=activity()))
        known.deliver([accepted(need(1))], [accepted(need(2))])

    def test_staff_of_another_library_see_none_of_it(self, client):
        stranger = client("coordinator", libraries=(OTHER_LIBRARY,))
        for path in ("/programmes", "/activities", "/enrolments", "/waiting-list"):
            assert stranger.get(path).json() == {"items": [], "next": None}
            assert stranger.get(path, params={"libraryId": LIBRARY}).status_code == 403
        assert stranger.get(f"/activities/{ident(0xA, 1)}").status_code == 404
        assert stranger.get(f"/activities/{ident(0xA, 9)}").status_code == 404

    def test_staff_of_another_library_plan_none_of_it(self, client):
        stranger = client("coordinator", libraries=(OTHER_LIBRARY,))
        assert stranger.post("/programmes", json=programme(programmeId=ident(0xF, 2))).status_code == 403
        assert stranger.post("/activities", json=activity(activityId=ident(0xA, 2))).status_code == 403

    def test_an_id_of_another_library_cannot_be_taken_over(self, client):
        stranger = client("coordinator", libraries=(OTHER_LIBRARY,))
        assert stranger.post("/programmes", json=programme(libraryId=OTHER_LIBRARY)).status_code == 409

    @pytest.mark.parametrize("role", sorted(role for role, scopes in ROLES.items() if "offer:read" not in scopes))
    def test_other_roles_see_nothing(self, client, role):
        for path in ("/programmes", "/activities", "/enrolments", "/waiting-list", f"/activities/{ident(0xA, 1)}"):
            assert client(role).get(path).status_code == 403

    def test_staff_of_no_library_see_nothing(self, client):
        assert client("coordinator", libraries=()).get("/enrolments").json()["items"] == []

    def test_nobody_sees_anything_without_a_token(self, running):
        with running.client() as anyone:
            assert anyone.get("/activities/v1/enrolments").status_code == 401

    def test_a_revoked_partner_is_refused_before_its_scopes_matter(self, running, known, partners):
        partner_id = ident(0x9, 1)
        bearer = partners.bearer(sub=partner_id, org=partner_id, roles=["partner"])
        with running.client(headers=bearer) as partner:
            known.deliver([partner_changed(partner_id, sequence=1)])
            assert partner.get("/activities/v1/enrolments").status_code == 401

    def test_enrolments_and_waiting_list_say_ids_and_no_more(self, coordinator):
        (held,) = coordinator.get("/enrolments", params={"kind": "language-group"}).json()["items"]
        assert held.pop("placedAt")
        assert held == {
            "enrolmentId": enrolment_id(need(1).need_id),
            "needId": need(1).need_id,
            "referralId": need(1).referral_id,
            "activityId": ident(0xA, 1),
            "title": "Taalgroep op dinsdag",
            "libraryId": LIBRARY,
            "kind": "language-group",
            "municipality": "GM0153",
            "status": "held",
            "reason": None,
            "startsAt": coordinator.get(f"/activities/{ident(0xA, 1)}").json()["startsAt"],
        }
        (waiting,) = coordinator.get("/waiting-list", params={"kind": "language-group"}).json()["items"]
        assert waiting == {
            "needId": need(2).need_id,
            "referralId": need(2).referral_id,
            "libraryId": LIBRARY,
            "kind": "language-group",
            "municipality": "GM0153",
            "receivedAt": (RECEIVED + timedelta(days=2)).isoformat(),
            "position": 1,
        }
        assert coordinator.get("/waiting-list", params={"kind": "digital-skills"}).json()["items"] == []

    def test_an_ended_enrolment_says_why(self, known, coordinator):
        known.deliver([declined(need(1))])
        (ended,) = coordinator.get("/enrolments", params={"status": "ended"}).json()["items"]
        assert (ended["needId"], ended["reason"]) == (need(1).need_id, "declined")


def pages(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answer = client.get(path, params=params | {"limit": 2}).json()
    found += answer["items"]
    while answer["next"]:
        cursor = httpx.URL(answer["next"]).params["after"]
        answer = client.get(path, params=params | {"limit": 2, "after": cursor}).json()
        assert answer["items"]
        found += answer["items"]
    return found


def test_lists_come_in_pages_without_loss_or_repetition(known, coordinator):
    for number in range(1, 6):
        created(coordinator.post("/programmes", json=programme(programmeId=ident(0xF, number))))
        created(coordinator.post("/activities", json=activity(activityId=ident(0xA, number))))
    known.deliver([accepted(need(number)) for number in range(12)])
    assert [each["programmeId"] for each in pages(coordinator, "/programmes")] == [ident(0xF, n) for n in range(1, 6)]
    assert [each["activityId"] for each in pages(coordinator, "/activities")] == [ident(0xA, n) for n in range(1, 6)]
    held = pages(coordinator, "/enrolments", status="held")
    assert {each["needId"] for each in held} == {need(number).need_id for number in range(5)}
    assert len(held) == 5
    waiting = pages(coordinator, "/waiting-list")
    assert [each["position"] for each in waiting] == [1, 2, 3, 4, 5, 6, 7]
    assert [each["needId"] for each in waiting] == [need(number).need_id for number in range(5, 12)]


def test_activities_are_found_by_kind_municipality_and_moment(known, coordinator):
    created(coordinator.post("/programmes", json=programme()))
    created(coordinator.post("/programmes", json=programme(programmeId=ident(0xF, 2), kind="voorlees-express")))
    group = created(coordinator.post("/activities", json=activity()))
    visits = {"activityId": ident(0xA, 2), "programmeId": ident(0xF, 2), "municipality": "GM0150", "homeVisits": True}
    visits = activity(**visits)
    del visits["branch"]
    visits = created(coordinator.post("/activities", json=visits))

    def found(**params: str) -> list[str]:
        return [each["activityId"] for each in coordinator.get("/activities", params=params).json()["items"]]

    assert found() == [group["activityId"], visits["activityId"]]
    assert found(kind="voorlees-express") == found(municipality="GM0150") == [visits["activityId"]]
    assert found(kind="language-group", libraryId=LIBRARY) == [group["activityId"]]
    assert found(**{"from": visits["endsAt"]}) == []
    assert found(**{"from": visits["startsAt"]}) == [group["activityId"], visits["activityId"]]
    answer = coordinator.get("/activities", params={"from": "2030-01-01T00:00:00"})
    assert "from" in errors(answer)


def test_an_activity_that_is_over_has_no_next_session(known, coordinator):
    created(coordinator.post("/programmes", json=programme()))
    created(coordinator.post("/activities", json=activity()))
    known.harness.rows("update session set starts_at = starts_at - interval '9 years'")
    assert coordinator.get(f"/activities/{ident(0xA, 1)}").json()["nextAt"] is None


def test_a_partner_sees_where_there_is_room_and_of_nobody(known, coordinator, running, partners):
    created(coordinator.post("/programmes", json=programme()))
    asked = {"kind": "language-group", "municipality": "GM0153"}
    bearer = partners.bearer(sub="partner-1", org="partner-1")
    with httpx.Client(
        base_url=f"{running.address}/activities/v1", headers=bearer, timeout=20, trust_env=False
    ) as partner:

        def seen(**more: Any) -> list[tuple[Any, ...]]:
            answer = partner.get("/availability", params={**asked, **more})
            assert answer.status_code == 200, answer.text
            return [
                (row["libraryId"], row["availability"], row["expectedWeeks"], row["reasons"])
                for row in answer.json()["items"]
            ]

        assert (LIBRARY, "no-capacity", None, ["no-activity-of-kind"]) in seen()
        created(coordinator.post("/activities", json=activity(suits={"lowestLevel": "A1"})))
        assert seen(libraryId=LIBRARY, spokenLevel="A2") == [(LIBRARY, "capacity", None, [])]
        assert seen(libraryId=LIBRARY, spokenLevel="A0") == [(LIBRARY, "no-capacity", None, ["level-differs"])]
        known.deliver([accepted(need(1))])
        assert seen(libraryId=LIBRARY) == [(LIBRARY, "waitlist", 13, [])]
        known.deliver([accepted(need(2))])
        assert seen(libraryId=LIBRARY) == [(LIBRARY, "waitlist", 26, [])]
        assert seen(municipality="GM0001") == []
        wrong = partner.get("/availability", params={"municipality": "Deventer"})
        assert sorted(error["field"] for error in wrong.json()["errors"]) == ["kind", "municipality"]
        assert partner.get("/activities").status_code == 403
    assert coordinator.get("/availability", params=asked).status_code == 200
