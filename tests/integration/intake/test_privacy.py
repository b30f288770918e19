"""What names a person is in sealed columns alone: not in another column, not in an event, not in a log line.

Everything that can be done with a person is done over HTTP with words that occur nowhere else, and then every column
of every table, every event and every line of the log is searched for them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from chassis.sealing import Sealer
from tests.support.intake_process import Intake, referral, until
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name

SECRETS = (
    "Wibrandina", "Kwezeltjesma", "1987-03-29", "29-03-1987", "0600007766", "600007766", "wibrandina@example.org",
    "Klinkhamertaal", "DOSSIER-ZX81", "breiwerkje", "Fedde Omstander", "600008811", "omstander@example.org",
    "Gezinssleutel77", "vreemdebestandsnaam", "Rijtjeshuizen", "Oldrik Voogdersma", "600009911",
    "voogdersma@example.org", "Marsiaans", "Strandrechtgrond",
)  # fmt: skip
PERSON = {"givenName": "Wibrandina", "familyName": "Kwezeltjesma", "birthDate": "1987-03-29", "phone": "06-00007766",
          "email": "wibrandina@example.org", "contactLanguage": "Klinkhamertaal", "shieldedAddress": True,
          "contactPerson": {"name": "Oldrik Voogdersma", "relation": "relative", "phone": "0600009911",
                            "email": "voogdersma@example.org"},
          "household": {"adults": 2, "childrenAges": [13, 17]}}  # fmt: skip
WORKER = {"name": "Fedde Omstander", "phone": "0600008811", "email": "omstander@example.org"}
CSV = (
    "Voornaam;Achternaam;Geboortedatum;Telefoon;E-mail;Gemeente;Leervraag 1;Contacttaal;Referentie;Opmerking;Gezin;"
    "Grondslag;Geïnformeerd op;Verwijzer;Verwijzer e-mail\n"
    "Wibrandina;Kwezeltjesma;29-03-1987;0600007766;;Zwolle;spreken oefenen;Klinkhamertaal;DOSSIER-ZX81;breiwerkje;"
    "Gezinssleutel77;toestemming;01-10-2026;Fedde Omstander;omstander@example.org\n"
    "Wibrandina;Kwezeltjesma;29-03-1987;Rijtjeshuizen;;Zwolle;Rijtjeshuizen;;;heeft PTSS breiwerkje;;;;Fedde;\n"
)


@pytest.fixture
def lived_in(postgres: TestPostgres, staff: Issuer) -> Iterator[Intake]:
    """An intake in which these people were referred in every way, decided about, looked at and refused."""
    name = fresh_name()
    with Intake(postgres.create(name), staff) as intake:
        library, partner = intake.library("GM0193"), intake.partner()
        with partner.client() as client, intake.coordinator(library) as coordinator:
            said = referral(participant=PERSON, municipality="GM0193", caseWorker=WORKER, reference="DOSSIER-ZX81",
                            remarks="breiwerkje", householdKey="Gezinssleutel77", legalBasis=None, postcode4="8899",
                            informed={"on": "2026-01-05", "language": "Marsiaans", "how": "oral", "interpreter": True},
                            legalBasisText="Strandrechtgrond", travel={"minutes": 25, "by": ["bicycle"]})  # fmt: skip
            made = client.post("/referrals", json=said, headers={"Idempotency-Key": "k-1"}).json()
            client.post("/referrals", json=said | {"participant": PERSON | {"phone": "Rijtjeshuizen"}})
            client.post("/referrals", json=said | {"Rijtjeshuizen": 1})
            path, decision = f"/referrals/{made['referralId']}", {"decision": "accept", "legalBasis": "consent"}
            as_seen = {"If-Match": coordinator.get(path).headers["ETag"]}
            decided = coordinator.post(f"{path}/decisions", json=decision, headers=as_seen)
            assert decided.status_code == 201
            assert decided.json()["caseWorker"] == WORKER | {"phone": "+31600008811"}
            seen = coordinator.get(f"/participants/{made['participantId']}")
            assert seen.json()["familyName"] == "Kwezeltjesma"
            assert seen.json()["postcode4"] == "8899"
            assert seen.json()["household"] == {"adults": 2, "childrenAges": [13, 17]}
            letter = coordinator.get(f"/referrals/{made['referralId']}/letter")
            assert found(letter.text) == ["Fedde Omstander", "600008811", "omstander@example.org"]
            file = client.post(
                "/referral-files", params={"fileName": "vreemdebestandsnaam.csv"}, content=CSV.encode(),
                headers={"Content-Type": "text/csv", "Idempotency-Key": "k-2"},
            ).json()  # fmt: skip
            path = f"/referral-files/{file['referralFileId']}"
            done = until(lambda: _done(client.get(path).json()), "the file is done")
            assert (done["takenIn"], done["refused"]) == (1, 1)
            problems = client.get(f"{path}/problems")
            assert not found(problems.text)
        yield intake
    postgres.drop(name)


def _done(file: dict[str, Any]) -> dict[str, Any] | None:
    return file if file["status"] == "done" else None


def found(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret.casefold() in text.casefold()]


def test_no_column_no_event_and_no_log_line_names_anyone(lived_in: Intake) -> None:
    connection = psycopg2.connect(lived_in.database_url)
    searched = 0
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', table_schema, table_name), column_name from information_schema.columns "
            "where table_schema in ('intake', 'chassis')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'select "{column}" from {table} where "{column}" is not null')
            for (value,) in cursor.fetchall():
                said = bytes(value).decode("latin-1") if isinstance(value, memoryview) else str(value)
                assert not found(said), f"{table}.{column}"
                searched += 1
        cursor.execute("select count(*) from chassis.outbox")
        assert cursor.fetchone()[0] >= 8
    connection.close()
    assert searched > 200
    assert lived_in.log.count("http_request") >= 8
    assert not found(lived_in.log)


def test_the_rows_of_a_file_and_its_key_are_gone_when_it_is_done(lived_in: Intake) -> None:
    assert lived_in.rows("select count(*) from intake.referral_file_row") == [(0,)]
    assert lived_in.rows("select wrapped_key from intake.referral_file") == [(None,)]


def test_each_look_at_a_person_left_a_line(lived_in: Intake) -> None:
    lines = lived_in.rows(
        "select name, trace_id, span_id, status_code, processing_activity_id, data_subject_id_type, "
        "sealed_data_subject_id, sealed_user_id, start_time <= end_time from intake.processing_log order by log_id"
    )
    assert [line[0] for line in lines] == ["see-referral", "see-referral", "see-participant", "see-letter"]
    ((participant,),) = lived_in.rows("select participant_id from intake.participant order by created_at limit 1")
    sealer = Sealer(base64.urlsafe_b64decode(lived_in.settings["MASTER_KEY"]))
    for _, trace, span, status, activity, kind, subject, user, in_order in lines:
        assert (len(trace), len(span), status, kind, in_order) == (32, 16, 1, "participant", True)
        assert activity.startswith("https://")
        assert sealer.unseal("log-subject", bytes(subject)).decode() == participant
        assert sealer.unseal("log-user", bytes(user)).decode() == "coordinator-7"


def test_events_hold_an_age_band_and_four_digits_and_no_more(lived_in: Intake) -> None:
    bodies = [json.loads(body) for (body,) in lived_in.rows("select body from chassis.outbox order by id")]
    accepted = [body["data"] for body in bodies if body["type"] == "nl.newcomers.referral-accepted.v1"]
    assert [one["ageBand"] for one in accepted] == ["28-45", "28-45"]
    assert accepted[0]["postcode4"] is None, "the address is shielded"
    assert lived_in.rows("select postcode4 from intake.referral where row_number is null") == [(None,)]
