"""Whatever is sent is taken or refused by field: never a 500, and the service goes on."""

from __future__ import annotations

import copy
import io
import threading
import time
import uuid
from itertools import pairwise
from typing import Any

import httpx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.intake_process import Intake, fresh_place, referral
from tests.support.issuer import Issuer

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
    | st.sampled_from(["9999-12-31", "0001-01-01", "2026-02-30", "GM0150", "0612345678", "A1", "speaking", "\x7f"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [so_far, *(path for key, part in inner for path in paths(part, (*so_far, key)))][1 if not so_far else 0 :]


FULL = referral(householdKey="F1", spokenLevelHow="test", spokenLevelOn="2026-01-01", literacy="latin",
                targetGroup="status-holder", civicIntegrationDuty="yes", learnerTrack="nt2")  # fmt: skip


@pytest.fixture(scope="module")
def partner(intake: Intake) -> Any:
    with intake.partner().client() as client:
        yield client


@given(st.lists(st.tuples(st.sampled_from(paths(FULL)), ANYTHING), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_referral_is_taken_or_refused(partner: httpx.Client, changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    said = copy.deepcopy(FULL)
    for path, value in changes:
        place: Any = said
        for step in path[:-1]:
            place = place[step] if isinstance(place, dict | list) and _has(place, step) else {}
        if isinstance(place, dict) or (isinstance(place, list) and _has(place, path[-1])):
            place[path[-1]] = value
    answer = partner.post("/referrals", json=said)
    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 400:
        assert answer.json()["errors"]
    else:
        assert partner.get(f"/referrals/{answer.json()['referralId']}").status_code == 200


MOMENT = "2026-11-26T10:00:00+01:00"
CASEWORK: dict[str, dict[str, Any]] = {
    "questions": {"question": "other", "text": "Wanneer?"},
    "answers": {"text": "Morgen.", "phone": "0600000123", "email": "a@example.org"},
    "contact-attempts": {"channel": "call", "outcome": "intake-planned", "attemptedAt": MOMENT, "intakeAt": MOMENT,
                         "text": "Belt terug."},
    "intake-talks": {"channel": "call", "talkedAt": MOMENT, "spokenLevel": "A1", "spokenLevelHow": "talk",
                     "spokenLevelOn": "2026-01-01", "literacy": "latin", "literacyHow": "test", "digitalSkill": "basic",
                     "learnerTrack": "nt2", "availability": ["mon-morning"], "features": [], "wishes": "x",
                     "agreed": "y", "postcode4": "7411", "travel": {"minutes": 20, "by": ["car"]},
                     "explicitConsent": {"on": "2026-01-01", "how": "oral", "givenBy": "participant"},
                     "participant": {"contactLanguage": "Dari", "interpreterNeeded": True, "contactPreference": "call",
                                     "household": {"adults": 2, "childrenAges": [3]}},
                     "civicIntegrationDuty": "yes", "civicIntegrationRoute": ["pip"], "targetGroup": "other",
                     "informed": {"language": "Dari", "how": "oral", "interpreter": True},
                     "caseWorker": {"name": "Joris", "phone": "0600000123", "email": "a@example.org"}},
    "needs": {"goal": "speaking", "kind": "language-cafe", "fromNeedId": str(uuid.uuid4())},
    "closures": {"reason": "referred-onward", "needIds": [str(uuid.uuid4())], "text": "x",
                 "onward": {"to": "school", "name": "x", "warmHandover": True}},
    "transfers": {"libraryId": str(uuid.uuid4()), "reason": "moved", "text": "x"},
}  # fmt: skip


@pytest.fixture(scope="module")
def worked_on(intake: Intake) -> Any:
    """A coordinator, and the path of a referral that ends in none of what follows."""
    here = fresh_place()
    with intake.coordinator(intake.library(here)) as staff, intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality=here)).json()
        yield staff, f"/referrals/{made['referralId']}"


@given(st.sampled_from(sorted(CASEWORK)), st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_casework_is_taken_or_refused(worked_on: Any, what: str, data: st.DataObject) -> None:
    staff, path = worked_on
    said = copy.deepcopy(CASEWORK[what])
    for _ in range(data.draw(st.integers(1, 2))):
        said[data.draw(st.sampled_from(sorted(said)))] = data.draw(ANYTHING)
    answer = staff.post(f"{path}/{what}", json=said)
    assert answer.status_code in (201, 400, 404, 409), answer.text
    change = {name: value for name, value in said.items() if name in CASEWORK["intake-talks"]}
    assert staff.patch(path, json=change).status_code in (200, 400, 409)
    assert staff.get(path).status_code == 200
    assert staff.get(f"{path}/casework").status_code == 200


def _has(place: Any, step: Any) -> bool:
    return step in place if isinstance(place, dict) else isinstance(step, int) and step < len(place)


@given(st.dictionaries(st.sampled_from(["grant_type", "client_id", "client_secret", "scope", "x"]), TEXT),
       st.none() | TEXT.filter(str.isascii).filter(str.isprintable))  # fmt: skip
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_request_for_a_token_is_refused_in_the_words_of_the_standard(
    intake: Intake, form: dict[str, str], header: str | None
) -> None:
    headers = {"Authorization": header.strip()} if header and header.strip() else {}
    with intake.client() as client:
        answer = client.post("/oauth/token", data=form or {"x": ""}, headers=headers)
    assert answer.status_code in (400, 401), answer.text
    assert answer.json()["error"] in ("invalid_request", "invalid_client", "unsupported_grant_type")


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["text/csv", "application/octet-stream"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused_with_what_to_do(partner: httpx.Client, raw: bytes, media_type: str) -> None:
    answer = partner.post("/referral-files", content=raw, headers={"Content-Type": media_type})
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert answer.json()["detailDutch"]


def test_a_file_that_is_too_large_or_no_file_is_refused(partner: httpx.Client) -> None:
    large = partner.post("/referral-files", content=b"x" * (5 * 2**20 + 1), headers={"Content-Type": "text/csv"})
    assert large.status_code == 413
    assert partner.post("/referral-files", json={}).status_code == 415
    assert partner.post("/referral-files", headers={"Content-Type": "text/csv"}).status_code == 400


def workbook(rows: int) -> bytes:
    """Wrong in every row, so that little is left to do when it has been read."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Voornaam", "Achternaam", "Telefoon", "Gemeente", "Leervraag 1", "Verwijzer", "Opmerking"])
    for number in range(rows):
        sheet.append(["Jan", "Jansen", "geen", "Hengello", "fietsles", f"Kees {number}", f"Rij {number}"])
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def test_others_are_served_while_a_large_file_is_read(intake: Intake, partner: httpx.Client) -> None:
    raw = workbook(5000)
    ended: list[float] = []

    def push() -> None:
        with intake.partner().client() as other:
            answer = other.post("/referral-files", content=raw, headers={"Content-Type": "application/octet-stream"})
            ended.append(time.monotonic())
            assert answer.status_code == 202

    thread = threading.Thread(target=push)
    answered = [time.monotonic()]
    thread.start()
    while not ended and thread.is_alive():
        assert partner.get("/referrals", params={"limit": 1}).status_code == 200
        answered.append(time.monotonic())
    thread.join()
    waits = [after - before for before, after in pairwise(answered)]
    assert max(waits) < (ended[0] - answered[0]) / 3


def test_a_case_worker_who_signed_in_refers_for_the_own_organisation(intake: Intake, staff: Issuer) -> None:
    partner = intake.partner()
    token = staff.token(sub="worker-1", org=partner.id, roles=["case-worker"], municipalities=["GM0150"])
    with intake.client(token) as worker, partner.client() as machine, intake.operations() as operations:
        made = worker.post("/referrals", json=referral())
        assert made.status_code == 201
        path = f"/referrals/{made.json()['referralId']}"
        assert machine.get(path).json() == worker.get(path).json()
        assert worker.post(f"{path}/decisions", json={"decision": "accept"}).status_code == 403
        operations.patch(f"/partners/{partner.id}", json={"status": "suspended"})
        assert worker.get(path).status_code == 401
    stranger = staff.token(sub="worker-2", org=str(uuid.uuid4()), roles=["case-worker"])
    with intake.client(stranger) as worker:
        assert worker.post("/referrals", json=referral()).status_code == 403


def test_staff_without_a_library_see_nothing(intake: Intake) -> None:
    with intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality=None)).json()
    with intake.coordinator() as nobody:
        assert nobody.get("/referrals").json()["items"] == []
        assert nobody.get(f"/referrals/{made['referralId']}").status_code == 404
