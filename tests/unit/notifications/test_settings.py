"""How the settings of mail are read."""

from __future__ import annotations

import pytest

from chassis.http.openapi import operations
from chassis.settings import SettingsError, read
from services.intake.service import IntakeService
from services.notifications.settings import MailSettings, SmtpServer

GOOD = {"SMTP_URL": "smtp://127.0.0.1:2525", "MAIL_FROM": "Meedoen <meedoen@libraries.example>"}


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:2525", SmtpServer("127.0.0.1", 2525, "none")),
        ("smtp://mail.example", SmtpServer("mail.example", 25, "none")),
        ("smtp+starttls://a:b@mail.example", SmtpServer("mail.example", 587, "starttls", "a", "b")),
        ("smtps://a%40x:b%2Fc@mail.example", SmtpServer("mail.example", 465, "tls", "a@x", "b/c")),
        ("smtp://a:b@localhost:25", SmtpServer("localhost", 25, "none", "a", "b")),
    ],
)
def test_a_mail_server_is_read(url: str, server: SmtpServer) -> None:
    assert read(MailSettings, GOOD | {"SMTP_URL": url}).server == server


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SMTP_URL": ""}, "SMTP_URL: is required"),
        ({"SMTP_URL": "mail.example:25"}, "SMTP_URL: must look like"),
        ({"SMTP_URL": "smtp://mail.example:99999"}, "SMTP_URL: is not an address"),
        ({"SMTP_URL": "smtp://a:b@mail.example"}, "SMTP_URL: would send a password in the clear"),
        ({"MAIL_FROM": "Meedoen"}, "MAIL_FROM: must be an e-mail address"),
        ({"MAIL_FROM": "meedoen@localhost"}, "MAIL_FROM: must be an e-mail address"),
        ({"MAIL_FROM": "a@x.example, b@x.example"}, "MAIL_FROM: must be an e-mail address"),
        ({"MAIL_ATTEMPTS": "0"}, "MAIL_ATTEMPTS: must be a whole number"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as found:
        read(MailSettings, GOOD | changed)
    assert said in str(found.value)


def test_mails_lead_to_the_page_with_the_work_and_there_is_one() -> None:
    assert read(MailSettings, GOOD).work_url is None
    found = read(MailSettings, GOOD | {"STAFF_URL": "https://libraries.example/"}).work_url
    assert found == "https://libraries.example/intake/referrals"
    pages = [mount for _, one in operations(IntakeService) if one.below == "pages" for mount in one.mounts("intake")]
    assert found.removeprefix("https://libraries.example") in pages


def test_a_password_never_shows() -> None:
    settings = read(MailSettings, GOOD | {"SMTP_URL": "smtps://clerk:hush@mail.example"})
    assert "hush" not in repr(settings) + repr(settings.server)
