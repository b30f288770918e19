"""Who has a role and nothing that it is for (a municipality, a library, an organisation) sees and does nothing.

An empty list in a token and a claim that lacks are the same: neither stands for everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contracts.access import ROLES
from tests.support.intake_process import Intake, Partner, fresh_place, referral, until
from tests.support.issuer import Issuer

CSV = "Achternaam;Voornaam;Telefoon;Gemeente;Leervraag 1;Verwijzer\nQ;Z;0600000123;{here};speaking;Joris\n"


@pytest.fixture(scope="module")
def here() -> str:
    return fresh_place()


@pytest.fixture(scope="module")
def library(intake: Intake, here: str) -> str:
    return intake.library(here)


@pytest.fixture(scope="module")
def partner(intake: Intake, here: str) -> Partner:
    return intake.partner(municipalities=[here])


@pytest.fixture(scope="module")
def made(partner: Partner, library: str, here: str) -> dict[str, Any]:
    """A referral of a library, one from nobody knows where, and one that came in a file."""
    with partner.client() as client:
        one = dict(client.post("/referrals", json=referral(municipality=here)).json())
        client.post("/referrals", json=referral(municipality=None))
        file = client.post("/referral-files", content=CSV.format(here=here).encode(),
                           headers={"Content-Type": "text/csv"}).json()  # fmt: skip
        path = f"/referral-files/{file['referralFileId']}"
        until(lambda: client.get(path).json()["status"] == "done", "the file is done")
    return one | {"path": path}


Claims = Callable[[Partner, str], dict[str, Any]]
NOTHING: dict[str, dict[str, Claims]] = {
    "partner": {
        "of a person, with an empty list": lambda partner, _: {"org": partner.id, "municipalities": []},
        "of a person, without the claim": lambda partner, _: {"org": partner.id},
        "without an organisation": lambda _, library: {"municipalities": ["GM0150"], "libraries": [library]},
    },
    "case-worker": {
        "with an empty list": lambda partner, _: {"org": partner.id, "municipalities": []},
        "without the claim": lambda partner, _: {"org": partner.id},
        "with libraries instead": lambda partner, library: {"org": partner.id, "libraries": [library]},
        "without an organisation": lambda *_: {"municipalities": ["GM0150"]},
        "of a library": lambda _, library: {"libraries": [library]},
    },
    "coordinator": {
        "with an empty list": lambda *_: {"libraries": []},
        "without the claim": lambda *_: {},
        "with municipalities instead": lambda *_: {"municipalities": ["GM0150"]},
        "of a partner": lambda partner, library: {"org": partner.id, "libraries": [library]},
    },
    "library-manager": {
        "with an empty list": lambda *_: {"libraries": []},
        "without the claim": lambda *_: {},
        "with municipalities instead": lambda *_: {"municipalities": ["GM0150"]},
    },
    "report-reader": {"without any claim": lambda *_: {}, "with empty lists": lambda *_: {"libraries": []}},
    "operations": {"without any claim": lambda *_: {}, "with empty lists": lambda *_: {"libraries": []}},
}
"""Per role the claims of who has nothing that the role is for."""
CASES = [(role, which) for role, several in NOTHING.items() for which in several]


def test_no_role_is_forgotten() -> None:
    assert NOTHING.keys() == ROLES.keys()


@pytest.mark.parametrize(("role", "which"), CASES)
def test_who_has_nothing_assigned_sees_and_does_nothing(
    intake: Intake, staff: Issuer, partner: Partner, library: str, made: dict[str, Any], here: str, role: str,
    which: str,
) -> None:  # fmt: skip
    claims = {"org": None} | NOTHING[role][which](partner, library)
    with intake.client(staff.token(sub=f"{role}-8", roles=[role], **claims)) as client:
        assert _seen(client, "/referrals") == []
        assert _seen(client, "/referrals", municipality=here) == []
        assert _seen(client, "/referrals", participantId=made["participantId"]) == []
        assert _seen(client, "/referral-files") == []
        path = f"/referrals/{made['referralId']}"
        for address in (path, f"{path}/letter", f"{path}/casework", f"/participants/{made['participantId']}",
                        made["path"], f"{made['path']}/problems"):  # fmt: skip
            assert client.get(address).status_code in (403, 404), address
        for code in (here, "GM0150", None):
            assert client.post("/referrals", json=referral(municipality=code)).status_code == 403, code
        file = client.post("/referral-files", content=CSV.format(here=here).encode(),
                           headers={"Content-Type": "text/csv"})  # fmt: skip
        assert file.status_code == 403


def test_who_has_something_assigned_sees_it(
    intake: Intake, staff: Issuer, partner: Partner, library: str, made: dict[str, Any], here: str
) -> None:
    """Or the test above would prove nothing."""
    claims = {
        "partner": {"org": partner.id, "municipalities": [here]},
        "case-worker": {"org": partner.id, "municipalities": [here]},
        "coordinator": {"org": None, "libraries": [library]},
        "library-manager": {"org": None, "libraries": [library]},
    }
    for role, said in claims.items():
        with intake.client(staff.token(sub=f"{role}-9", roles=[role], **said)) as client:
            assert made["referralId"] in {row["referralId"] for row in _seen(client, "/referrals")}, role


def test_who_is_of_a_partner_is_no_coordinator_of_its_referrals_whatever_their_token_says(
    intake: Intake, staff: Issuer, partner: Partner, library: str, here: str
) -> None:
    with partner.client() as client:
        waits = client.post("/referrals", json=referral(municipality=here, informed=None)).json()
    path = f"/referrals/{waits['referralId']}"
    for roles in (["coordinator"], ["library-manager"], ["case-worker", "coordinator"], ["partner", "coordinator"]):
        token = staff.token(sub="both", roles=roles, org=partner.id, libraries=[library], municipalities=[here])
        with intake.client(token) as client:
            said = {"decision": "accept", "informed": {"on": "2026-01-05"}}
            assert client.post(f"{path}/decisions", json=said, headers={"If-Match": "*"}).status_code == 403, roles
            assert client.get(f"/participants/{waits['participantId']}").status_code in (403, 404), roles
            refers = bool({"case-worker", "partner"}.intersection(roles))
            assert client.get(path).status_code == (200 if refers else 403), roles


def test_an_empty_list_of_a_machine_stands_for_its_whole_organisation(intake: Intake, library: str, here: str) -> None:
    """Its token says from where the partner refers: none named is anywhere."""
    with intake.partner().client() as client:
        made = client.post("/referrals", json=referral(municipality=here)).json()
        assert made["libraryId"] == library
        assert [row["referralId"] for row in _seen(client, "/referrals")] == [made["referralId"]]


def _seen(client: httpx.Client, path: str, **query: str) -> list[dict[str, Any]]:
    """What a list shows; nothing to who may not ask for it."""
    answer = client.get(path, params=query)
    assert answer.status_code in (200, 403), answer.text
    return list(answer.json()["items"]) if answer.status_code == 200 else []


def test_who_is_assigned_only_where_their_organisation_does_not_refer_from_refers_nobody(intake: Intake) -> None:
    """Not even somebody of whom the municipality is not known."""
    partner = intake.partner(municipalities=["GM0150"])
    with intake.case_worker(partner.id, "GM0141") as worker:
        for code in ("GM0150", "GM0141", None):
            assert worker.post("/referrals", json=referral(municipality=code)).status_code == 403, code
