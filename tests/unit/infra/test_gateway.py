"""The gateway knows the services' prefixes and limits, and has words for each refusal of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from chassis.http.openapi import operations
from chassis.loading import service_in
from chassis.settings import HttpSettings, read
from contracts.catalogue import SERVICES

FOLDER = Path(__file__).parents[3] / "infra" / "gateway"
SETTINGS = (FOLDER / "nginx.conf").read_text()
PROBLEMS = (FOLDER / "problems.conf").read_text()
MAX_BODY = read(HttpSettings, {"PUBLIC_URL": "https://meedoen.example/any"}).max_body


def _bytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([km]?)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"": 1, "k": 1 << 10, "m": 1 << 20}[unit]


def _limits() -> tuple[int, dict[str, int]]:
    """The most bytes of a body, and for which paths it is another number."""
    (general,) = re.findall(r"^        client_max_body_size (\w+);", SETTINGS, re.MULTILINE)
    special = re.findall(r"location = (\S+) \{\s*client_max_body_size (\w+);", SETTINGS)
    return _bytes(general), {path: _bytes(size) for path, size in special}


def test_prefixes_are_those_of_the_services() -> None:
    named = "|".join(SERVICES)
    assert f'"~^/(?<prefix>{named})(?:/|$)" $prefix;' in SETTINGS
    assert f"location ~ ^/({named})(/|$) {{" in SETTINGS


@pytest.mark.parametrize("service", SERVICES)
def test_bodies_may_be_as_large_as_the_service_takes_and_no_larger(service: str) -> None:
    general, special = _limits()
    assert general == MAX_BODY
    for _, operation in operations(service_in(f"services.{service}.service")):
        if operation.method in {"POST", "PUT", "PATCH"}:
            path = operation.mounts(service)[0]
            wanted = operation.max_bytes or MAX_BODY
            # A smaller limit is the service's own to refuse.
            assert special.get(path, general) == max(wanted, general), path


def test_each_special_path_is_one_that_a_service_answers() -> None:
    answered = {
        path
        for service in SERVICES
        for _, operation in operations(service_in(f"services.{service}.service"))
        for path in operation.mounts(service)
    }
    special = set(re.findall(r"location = (\S+) \{", SETTINGS)) - {"/health", "/"}
    assert special
    assert special <= answered


def test_each_refusal_has_its_words() -> None:
    refused = set(re.findall(r"error_page .*/problems/(\d+);", SETTINGS))
    for words in ("title", "detail"):
        (block,) = re.findall(rf"map \$problem_status \$problem_{words} {{(.*?)\n}}", PROBLEMS, re.DOTALL)
        assert set(re.findall(r"^    (\d+) \"[^\"\\]+\";$", block, re.MULTILINE)) == refused


def test_nothing_of_a_request_that_may_name_a_person_is_logged() -> None:
    (line,) = re.findall(r"log_format line(.*?);\n", SETTINGS, re.DOTALL)
    logged = set(re.findall(r"\$(\w+)", line))
    assert logged == {
        "time_iso8601", "request_method", "upstream", "status", "upstream_status", "request_time", "request_length",
        "bytes_sent", "trace_id",
    }  # fmt: skip
    assert "error_log /dev/stderr crit;" in SETTINGS


def test_a_redirect_of_its_own_names_no_host_and_no_port() -> None:
    """It knows neither: people come by what ends TLS, or by a port that is published under another number."""
    assert re.search(r"^    absolute_redirect off;$", SETTINGS, re.MULTILINE)
    assert re.findall(r"return 30\d (\S+);", SETTINGS) == ["/intake"]


def _trusted(proxies: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", FOLDER / "trusted.sh"], env={"TRUSTED_PROXIES": proxies}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("proxies", "written"),
    [
        ("", []),
        ("172.31.240.1", ["set_real_ip_from 172.31.240.1;"]),
        (" 10.0.0.0/24  fd00::1 ", ["set_real_ip_from 10.0.0.0/24;", "set_real_ip_from fd00::1;"]),
    ],
)
def test_who_is_believed_about_the_callers_address_is_configured(proxies: str, written: list[str]) -> None:
    assert (_trusted(proxies).returncode, _trusted(proxies).stdout.splitlines()) == (0, written)


@pytest.mark.parametrize("proxies", ["proxy.example", "10.0.0.1;", "10.0.0.1,10.0.0.2", "*", "/24", "10.0.0.0/2/4"])
def test_what_is_no_address_stops_the_gateway(proxies: str) -> None:
    refused = _trusted(proxies)
    assert (refused.returncode, refused.stdout) == (78, "")
    assert refused.stderr.startswith(f"TRUSTED_PROXIES: {proxies} ")


def test_nobody_else_is_believed() -> None:
    assert "set_real_ip_from" not in SETTINGS
    assert SETTINGS.count("include /tmp/trusted.conf;") == 1
