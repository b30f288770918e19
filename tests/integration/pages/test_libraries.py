"""Operations and libraries: for whom each works, how fast it gets in touch, and when it is closed."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.integration.pages.test_staff import operations
from tests.support.intake_process import Intake
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Visitor

DETAILS = {"mailbox": "taalhuis@example.org", "language": "nl", "contactWithinDays": "5"}


@pytest.fixture
def bea(visitor: Visitor, provider: OpenIdProvider) -> Visitor:
    return operations(visitor, provider)


def new_library(bea: Visitor, *codes: str) -> str:
    """The path of its page."""
    bea.get("/intake/libraries/new")
    name = f"Bibliotheek {uuid.uuid4().hex[:8]}"
    sent = bea.send("/intake/libraries/new", name=name, municipalities=list(codes), **DETAILS)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def as_known(intake: Intake, path: str) -> dict[str, object]:
    with intake.operations() as client:
        found: dict[str, object] = client.get(f"/libraries/{path.rpartition('/')[2]}").json()
    return found


def test_a_library_is_registered_and_its_details_change(intake: Intake, bea: Visitor) -> None:
    path = new_library(bea, "GM0180", "GM0183")
    before = as_known(intake, path)
    assert [area["municipality"] for area in before["serves"]] == ["GM0180", "GM0183"]  # type: ignore[attr-defined]
    bea.get(f"{path}/details")
    changed = {**DETAILS, "name": before["name"], "mailbox": "leren@example.org", "contactWithinDays": "3"}
    assert bea.send(f"{path}/details", **changed).headers["Location"] == path
    after = as_known(intake, path)
    assert (after["mailbox"], after["contactWithinDays"]) == ("leren@example.org", 3)
    # What stood on no form is as it was.
    assert after["serves"] == before["serves"]
    bea.get(f"{path}/details")
    wrong = bea.send(f"{path}/details", **{**changed, "mailbox": "nowhere", "contactWithinDays": "61"})
    assert "Dit is geen e-mailadres" in wrong.text
    assert "van 1 tot en met 60" in wrong.text


def test_municipalities_and_kinds_are_chosen_one_by_one(intake: Intake, bea: Visitor) -> None:
    path = new_library(bea, "GM0180")
    bea.get(path)
    bea.send(f"{path}/municipalities", municipality="GM0183")
    area = f"{path}/municipalities/GM0183"
    bea.get(area)
    assert "Kies één of meer soorten" in bea.send(area, which="some").text
    bea.get(area)
    assert bea.send(area, which="some", kinds=["language-cafe", "thuis-taal"]).status_code == 303
    serves = {one["municipality"]: one["kinds"] for one in as_known(intake, path)["serves"]}  # type: ignore[attr-defined]
    assert serves == {"GM0180": [], "GM0183": ["language-cafe", "thuis-taal"]}
    bea.get(f"{path}/municipalities/GM0180")
    assert bea.send(f"{path}/municipalities/GM0180/removal").headers["Location"] == path
    assert bea.get(f"{path}/municipalities/GM0180").status_code == 404
    assert bea.get(f"{path}/municipalities/nowhere").status_code == 404


def test_the_page_says_which_library_gets_what_both_take(intake: Intake, bea: Visitor) -> None:
    first = new_library(bea, "GM0189")
    second = new_library(bea, "GM0189")
    names = [as_known(intake, path)["name"] for path in (first, second)]
    assert f"Alle soorten gaan naar {names[0]}." in bea.get(second).text
    area = f"{second}/municipalities/GM0189"
    bea.get(area)
    bea.send(area, which="some", kinds=["language-cafe"])
    # Who names a kind goes before who takes every kind.
    assert f"Naar {names[1]} gaan:" in bea.get(first).text
    assert "taalcafé" in bea.get(first).text


def test_closing_weeks_come_and_go(intake: Intake, bea: Visitor) -> None:
    path = new_library(bea, "GM0180")
    bea.get(path)
    backwards = bea.send(f"{path}/closures", **{"from": "2027-01-03", "through": "2026-12-21"})
    assert "eerder dan de eerste" in backwards.text
    for first, last in (("2026-12-21", "2027-01-03"), ("2026-10-12", "2026-10-16")):
        bea.get(path)
        assert bea.send(f"{path}/closures", **{"from": first, "through": last}).status_code == 303
    assert as_known(intake, path)["closures"] == [
        {"from": "2026-10-12", "through": "2026-10-16"},
        {"from": "2026-12-21", "through": "2027-01-03"},
    ]
    page = bea.get(path).text
    assert "12 oktober 2026 tot en met 16 oktober 2026" in page
    bea.send(f"{path}/closures/removal", **{"from": "2026-10-12", "through": "2026-10-16"})
    assert as_known(intake, path)["closures"] == [{"from": "2026-12-21", "through": "2027-01-03"}]


def test_no_more_closing_weeks_than_there_may_be(intake: Intake, bea: Visitor) -> None:
    closures = [{"from": f"2027-{month:02}-{day}", "through": f"2027-{month:02}-{day}"}
                for month in range(1, 11) for day in (11, 12)]  # fmt: skip
    path = f"/intake/libraries/{intake.library('GM0180', closures=closures)}"
    page = bea.get(path).text
    assert "Meer passen er niet bij" in page
    removal = re.search(r'action="([^"]+/closures/removal)"', page)
    assert removal is not None
    assert f'action="{path}/closures"' not in page


def test_two_of_operations_do_not_overwrite_each_other(bea: Visitor, other: Visitor, provider: OpenIdProvider) -> None:
    path = new_library(bea, "GM0180")
    operations(other, provider).get(path)
    bea.get(path)
    bea.send(f"{path}/municipalities", municipality="GM0183")
    assert other.send(f"{path}/municipalities", municipality="GM0184").status_code == 412


def test_the_list_finds_who_works_for_a_municipality(intake: Intake, bea: Visitor) -> None:
    path = new_library(bea, "GM1700")
    name = str(as_known(intake, path)["name"])
    assert name in bea.get("/intake/libraries?municipality=GM1700").text
    assert name in bea.get(f"/intake/libraries?name={name[-8:]}").text
    assert "Geen bibliotheek past" in bea.get(f"/intake/libraries?municipality=GM1700&name={uuid.uuid4().hex}").text
    bea.get("/intake/libraries/new")
    taken = bea.send("/intake/libraries/new", name=name, **DETAILS)
    assert "Er is al een organisatie met deze naam" in taken.text
