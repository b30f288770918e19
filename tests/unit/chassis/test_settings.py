"""Settings are read whole, and every wrong one is named."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import pytest

from chassis import parsers
from chassis.inbox.settings import InboxSettings
from chassis.relay.settings import RelaySettings
from chassis.settings import (
    BrokerSettings,
    HttpSettings,
    IdentitySettings,
    SealingSettings,
    SettingsError,
    read,
    read_all,
    setting,
    variables,
)

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
ISSUER = {
    "issuer": "https://idp",
    "jwksUri": "https://idp/jwks",
    "audience": "m",
    "algorithms": ["ES256"],
    "kind": "staff",
}


@dataclass(frozen=True)
class Own:
    wanted: int = setting("OWN_WANTED", parsers.whole(1, 9))
    secret: str = setting("OWN_SECRET", default="none", secret=True)


def test_each_wrong_setting_is_one_line_that_names_it() -> None:
    with pytest.raises(SettingsError) as caught:
        read_all(Own, HttpSettings, SealingSettings, environ={"OWN_WANTED": "many", "HTTP_ADDRESS": "nowhere"})
    assert [line.partition(":")[0] for line in caught.value.problems] == [
        "OWN_WANTED",
        "HTTP_ADDRESS",
        "PUBLIC_URL",
        "MASTER_KEY",
    ]


def test_an_empty_variable_is_none_and_defaults_stand_in() -> None:
    http = read(HttpSettings, {"PUBLIC_URL": "https://x/intake/", "HTTP_WORKERS": " "})
    assert (http.workers, http.public_url, http.address) == (50, "https://x/intake", "127.0.0.1:8001")


def test_what_a_setting_says_is_never_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        read(SealingSettings, {"MASTER_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(read(Own, {"OWN_WANTED": "1", "OWN_SECRET": "hunter2"}))


def test_required_variables_can_be_listed() -> None:
    assert variables(Own) == {"OWN_WANTED": True, "OWN_SECRET": False}


@pytest.mark.parametrize("concern", [InboxSettings, RelaySettings])
@pytest.mark.parametrize(
    "days",
    [{"INBOX_RETENTION_DAYS": "35"}, {"PUBLISHED_DAYS": "42"}, {"INBOX_RETENTION_DAYS": "9", "PUBLISHED_DAYS": "9"}],
)
def test_what_was_taken_is_remembered_longer_than_it_can_be_told_again(concern: type, days: dict[str, str]) -> None:
    """Rule: said at the start. Later it is an event that is told again and parked, because nobody can tell."""
    with pytest.raises(
        SettingsError, match=r"^INBOX_RETENTION_DAYS: must be more than PUBLISHED_DAYS, which is \d+; it is"
    ):
        read(concern, days)
    assert read(concern, {"INBOX_RETENTION_DAYS": "10", "PUBLISHED_DAYS": "9"})


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parsers.database_url, "mysql://x/y"),
        (parsers.database_url, "postgresql://host"),
        (parsers.database_url, "postgresql://host:port/x"),
        (parsers.amqp_uri, "http://x"),
        (parsers.base_url, "ftp://x"),
        (parsers.base_url, "https://x?y"),
        (parsers.address, "8001"),
        (parsers.address, "127.0.0.1:99999"),
        (parsers.whole(1, 5), "6"),
        (parsers.whole(1, 5), "1.5"),
        (parsers.seconds, "0"),
        (parsers.seconds, "nan"),
        (parsers.seconds, "soon"),
        (parsers.seconds_up_to(60), "60.5"),
        (parsers.partitions, "0,x"),
        (parsers.partitions, "16"),
        (parsers.key_32, "AAAA"),
        (parsers.key_32, base64.urlsafe_b64encode(bytes(32)).decode()),
        (parsers.key_32, "é"),
        (parsers.organisation_number, "123"),
        (parsers.issuers, "[]"),
        (parsers.issuers, "{"),
        (parsers.issuers, "[1]"),
        (parsers.issuers, json.dumps([ISSUER | {"algorithms": ["HS256"]}])),
        (parsers.issuers, json.dumps([ISSUER | {"algorithms": ["none"]}])),
        (parsers.issuers, json.dumps([ISSUER | {"algorithms": []}])),
        (parsers.issuers, json.dumps([ISSUER | {"kind": "robots"}])),
        (parsers.issuers, json.dumps([ISSUER | {"audience": ""}])),
        (parsers.issuers, json.dumps([ISSUER | {"jwksUri": "file:///etc/passwd"}])),
    ],
)
def test_what_cannot_be_read_says_what_is_wanted(parse: object, text: str) -> None:
    with pytest.raises(ValueError, match=r"must|needs|is not"):
        parse(text)  # type: ignore[operator]


def test_what_can_be_read() -> None:
    assert parsers.key_32(KEY) == parsers.key_32(KEY.rstrip("=")) == bytes(range(32))
    assert parsers.partitions("2, 0,2") == (0, 2)
    assert read(IdentitySettings, {"TRUSTED_ISSUERS": json.dumps([ISSUER])}).issuers[0].kind == "staff"


def test_a_partition_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="PARTITIONS: 4 does not exist; PARTITION_COUNT is 4"):
        read(BrokerSettings, {"AMQP_URI": "amqp://x", "PARTITIONS": "0,4", "PARTITION_COUNT": "4"})
