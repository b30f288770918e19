"""The letter over HTTP: for who may see the referral, in a language that there is."""

from __future__ import annotations

from tests.support.intake_process import Intake, fresh_place, referral


def test_partner_and_library_print_the_letter_and_nobody_else(intake: Intake) -> None:
    here = fresh_place()
    library = intake.library(here, name=f"Bibliotheek van {here}")
    partner = intake.partner()
    with partner.client() as client, intake.coordinator(library) as coordinator, intake.coordinator() as other:
        made = client.post("/referrals", json=referral(municipality=here)).json()
        path = f"/referrals/{made['referralId']}/letter"
        dutch, english = client.get(path), coordinator.get(path, params={"language": "en"})
        assert other.get(path).status_code == 404
        unknown = client.get(path, params={"language": "tlh"})
    assert dutch.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "style-src 'sha256-" in dutch.headers["Content-Security-Policy"]
    assert dutch.headers["Cache-Control"] == "no-store"
    for page, title in ((dutch.text, "U bent aangemeld"), (english.text, "You have been referred")):
        assert title in page
        assert made["referenceNumber"] in page
        assert f"Bibliotheek van {here}" in page
        assert "Joris Velhuizen" in page
        assert "Qadirovane" not in page
    assert [error["field"] for error in unknown.json()["errors"]] == ["language"]
    assert "en, nl" in unknown.json()["detail"]
