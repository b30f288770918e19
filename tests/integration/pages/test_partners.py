"""Operations and partners: register, agree on something else, stop and go on, and secrets that are shown once."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.integration.pages.test_staff import operations
from tests.support.intake_process import Intake, Partner, referral
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Visitor

SECRET = re.compile(r"mds_[a-z0-9]{12}_[A-Za-z0-9_-]{43}")
AGREED = {"where": "everywhere", "purposes": "guidance-to-activities", "legalBases": ["consent"], "feedback": "placed"}


@pytest.fixture
def bea(visitor: Visitor, provider: OpenIdProvider) -> Visitor:
    return operations(visitor, provider)


def registered(bea: Visitor, name: str, **said: object) -> str:
    """The secret, and the page of the partner is where `bea` is."""
    bea.get("/intake/partners/new")
    sent = bea.send("/intake/partners/new", name=name, **{**AGREED, **said})
    assert sent.status_code == 303, sent.text
    found = SECRET.search(bea.follow(sent).text)
    assert found is not None
    return found[0]


def path_of(bea: Visitor, name: str) -> str:
    found = re.search(
        r'href="(/intake/partners/[0-9a-f-]{36})">', bea.get("/intake/partners", params={"name": name}).text
    )
    assert found is not None, name
    return found[1]


def new_partner(bea: Visitor, intake: Intake) -> tuple[str, Partner]:
    """The path of its page, and it with its secret."""
    name = f"VluchtelingenWerk {uuid.uuid4().hex[:8]}"
    secret = registered(bea, name)
    path = path_of(bea, name)
    return path, Partner(intake, path.rpartition("/")[2], secret)


def test_a_new_partner_refers_with_the_secret_that_the_page_shows_once(intake: Intake, bea: Visitor) -> None:
    intake.library("GM0150")
    path, partner = new_partner(bea, intake)
    with partner.client() as client:
        assert client.post("/referrals", json=referral()).status_code == 201
    again = bea.get(f"{path}/secret")
    assert "al getoond" in again.text
    assert not SECRET.search(again.text)
    shown = bea.get(path).text
    assert f"mds_{partner.secret[4:16]}_…" in shown
    assert not SECRET.search(shown)
    # One request, which a process counts with a hundredth of the limit at a time.
    assert re.search(r"Nu gebruikt</dt><dd>hoogstens 12<", shown)


def test_the_page_with_a_secret_is_kept_nowhere(intake: Intake, bea: Visitor, other: Visitor) -> None:
    bea.get("/intake/partners/new")
    sent = bea.send("/intake/partners/new", name=f"Partner {uuid.uuid4().hex[:8]}", **AGREED)
    assert not SECRET.search(str(sent.headers))
    cookie = next(one for one in bea.http.cookies.jar if one.name.startswith("meedoen-once-"))
    page = bea.get(sent.headers["Location"])
    assert SECRET.search(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    # The cookie of one browser shows nothing in another one, though the same person is signed in there.
    other.sign_in()
    other.http.cookies.set(cookie.name, str(cookie.value), domain="127.0.0.1")
    assert "al getoond" in other.get(sent.headers["Location"]).text
    assert not intake.rows("select 1 from intake.client_secret where argon2_hash like 'mds_%%'")


def test_all_that_is_wrong_is_said_at_once(bea: Visitor) -> None:
    bea.get("/intake/partners/new")
    wrong = bea.send("/intake/partners/new", legalBases="other")
    assert wrong.status_code == 400
    assert "Er kloppen 3 dingen nog niet" in wrong.text
    bea.get("/intake/partners/new")
    nowhere = bea.send("/intake/partners/new", name="Iemand", **{**AGREED, "where": "some"})
    assert "Kies één of meer gemeenten" in nowhere.text
    bea.get("/intake/partners/new")
    untold = bea.send("/intake/partners/new", name="Iemand", **{**AGREED, "legalBases": "other"})
    assert "legalBasisText-error" in untold.text
    bea.get("/intake/partners/new")
    unticked = bea.send("/intake/partners/new", name="Iemand", **AGREED, usualPurpose="education-support")
    assert "Kies een doel dat je hierboven hebt aangevinkt" in unticked.text


def test_a_name_that_is_taken_is_said_beside_the_name(intake: Intake, bea: Visitor) -> None:
    name = f"Partner {uuid.uuid4().hex[:8]}"
    registered(bea, name)
    bea.get("/intake/partners/new")
    again = bea.send("/intake/partners/new", name=name.upper(), **AGREED)
    assert again.status_code == 400
    assert "Er is al een organisatie met deze naam" in again.text
    path, _ = new_partner(bea, intake)
    bea.get(f"{path}/terms")
    assert "Er is al een organisatie" in bea.send(f"{path}/terms", name=name, **AGREED).text


def test_what_is_not_ticked_any_more_is_not_agreed(intake: Intake, bea: Visitor) -> None:
    path, partner = new_partner(bea, intake)
    bea.get(f"{path}/terms")
    changed = bea.send(
        f"{path}/terms", name="Taalschool Twente " + partner.id[:8], where="some", municipalities=["GM0141", "GM0147"],
        purposes=["guidance-to-activities", "civic-integration"], usualPurpose="civic-integration",
        legalBases=["other"], legalBasisText="artikel 6, lid 1 onder e",
    )  # fmt: skip
    assert changed.headers["Location"] == path
    with intake.operations() as client:
        known = client.get(f"/partners/{partner.id}").json()
    assert known["municipalities"] == ["GM0141", "GM0147"]
    assert known["purposes"] == ["civic-integration", "guidance-to-activities"]
    assert (known["legalBases"], known["feedback"]) == (["other"], [])
    assert "alleen dat de aanmelding binnen is" in bea.follow(changed).text
    bea.get(f"{path}/terms")
    bea.send(f"{path}/terms", name="Taalschool " + partner.id[:8], **AGREED)
    with intake.operations() as client:
        assert client.get(f"/partners/{partner.id}").json()["municipalities"] == []


def test_two_of_operations_do_not_overwrite_each_other(
    intake: Intake, bea: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    path, partner = new_partner(bea, intake)
    operations(other, provider).get(f"{path}/terms")
    bea.get(f"{path}/suspension")
    assert bea.send(f"{path}/suspension").status_code == 303
    assert other.send(f"{path}/terms", name="Anders", **AGREED).status_code == 412
    other.get(f"{path}/secrets/new")
    bea.get(f"{path}/secrets/new")
    assert bea.send(f"{path}/secrets/new").status_code == 303
    # What the page said of two secrets is not done to three.
    assert other.send(f"{path}/secrets/new").status_code == 412
    assert len(intake.rows("select 1 from intake.client_secret where partner_id = %s", partner.id)) == 2


def test_a_stopped_partner_is_out_at_once_and_comes_back_with_its_secret(intake: Intake, bea: Visitor) -> None:
    path, partner = new_partner(bea, intake)
    with partner.client() as client:
        assert client.get("/referrals").status_code == 200
        bea.get(f"{path}/suspension")
        bea.send(f"{path}/suspension")
        assert client.get("/referrals").status_code == 401
    assert "gestopt" in bea.get("/intake/partners?status=suspended&limit=100").text
    bea.get(path)
    assert bea.send(f"{path}/resumption").headers["Location"] == path
    with partner.client() as client:
        assert client.get("/referrals").status_code == 200


def test_a_secret_is_replaced_without_a_moment_in_which_none_works(intake: Intake, bea: Visitor) -> None:
    path, before = new_partner(bea, intake)
    bea.get(f"{path}/secrets/new")
    fresh = SECRET.search(bea.follow(bea.send(f"{path}/secrets/new")).text)
    assert fresh is not None
    after = Partner(intake, before.id, fresh[0])
    assert before.token()
    assert after.token()
    page = bea.get(path).text
    assert page.count("nog niet</p>") == 0, "both were used"
    ending = f"{path}/secrets/{before.secret[4:16]}/end"
    bea.get(ending)
    assert bea.send(ending).headers["Location"] == path
    with intake.client() as client:
        form = {"grant_type": "client_credentials", "client_id": before.id, "client_secret": before.secret}
        assert client.post("/oauth/token", data=form).status_code == 401
    assert after.token()
    assert bea.get(ending).status_code == 404


def test_a_leak_ends_every_secret_and_token_at_once(intake: Intake, bea: Visitor) -> None:
    path, partner = new_partner(bea, intake)
    with partner.client() as client:
        assert client.get("/referrals").status_code == 200
        assert f"mds_{partner.secret[4:16]}_…" in bea.get(f"{path}/revocation").text
        bea.send(f"{path}/revocation")
        assert client.get("/referrals").status_code == 401
    assert "Er is geen geheim" in bea.get(path).text


def test_the_list_is_by_name_in_pages_and_finds_parts_of_names(intake: Intake, bea: Visitor) -> None:
    tag = uuid.uuid4().hex[:8]
    for name in (f"{tag} b", f"{tag.upper()} A", f"{tag} c"):
        intake.partner(name=name, municipalities=["GM0164"])
    first = bea.get(f"/intake/partners?name={tag}&limit=2").text
    names = re.findall(rf">({tag}|{tag.upper()}) (\w)</a>", first)
    assert [letter for _, letter in names] == ["A", "b"]
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    assert f"{tag} c" in bea.get(following[1].replace("&amp;", "&")).text
    assert f"{tag} c" in bea.get(f"/intake/partners?name={tag}&municipality=GM0164").text
    empty = bea.get(f"/intake/partners?name={tag}&municipality=GM0150").text
    assert "Geen partner past bij deze keuze" in empty


def test_a_case_worker_is_added_from_the_page_of_the_partner(intake: Intake, bea: Visitor) -> None:
    path, partner = new_partner(bea, intake)
    form = bea.get(f"/intake/staff/new?partnerId={partner.id}").text
    assert f'value="{partner.id}" selected' in form
    assert re.search(r'value="case-worker" checked', form)
    email = f"{uuid.uuid4().hex[:8]}@example.org"
    sent = bea.send("/intake/staff/new", email=email, provider="test", roles="case-worker", partnerId=partner.id)
    assert sent.status_code == 303
    assert "Eén persoon meldt aan" in bea.get(path).text
    assert email in bea.get(f"/intake/staff?partnerId={partner.id}").text


def test_the_api_ends_one_secret(intake: Intake) -> None:
    partner = intake.partner()
    with intake.operations() as client:
        client.post(f"/partners/{partner.id}/secrets")
        ended = client.delete(f"/partners/{partner.id}/secrets/{partner.secret[4:16]}")
        assert len(ended.json()["secrets"]) == 1
        assert client.delete(f"/partners/{partner.id}/secrets/{partner.secret[4:16]}").status_code == 404
        assert client.delete(f"/partners/{uuid.uuid4()}/secrets/x").status_code == 404
