"""docker-compose.yml runs what there is, with the settings that there are, and knows no secret itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.settings import LAST_GRACE_S, LONGEST_GRACE_S
from contracts.catalogue import SERVICES
from infra.containers.environment import main, rendered

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()
RELAYS = tuple(f"{service}-relay" for service in SERVICES)
SERVERS = ("postgres", "rabbitmq")
DEMO = ("mail-catcher", "identity-provider")
CONTAINERS: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]

TOLD_TO = {
    "the gateway, in containers": ("gateway",),
    "every service and every relay": (*SERVICES, *RELAYS),
    "every service": SERVICES,
    "every relay": RELAYS,
    "intake and activities: who is signed in in a browser": ("intake", "activities"),
    **{service: (service,) for service in SERVICES},
}
"""Who needs the settings below each heading of .env.example."""


PER_PROCESS = {"PARTITION_COUNT", "PARTITIONS"}
"""Not for all of a kind: an override file gives them to one."""


def _settings() -> dict[str, tuple[str, ...]]:
    """Each setting of .env.example, with the processes that take it."""
    found: dict[str, tuple[str, ...]] = {}
    takers: tuple[str, ...] = ()
    for line in (ROOT / ".env.example").read_text().splitlines():
        if heading := re.fullmatch(r"# --- (.*?) -+", line):
            takers = TOLD_TO[heading[1]]
        elif setting := re.match(r"#?([A-Z_]+)=", line):
            found[setting[1]] = (*found.get(setting[1], ()), *takers)
    return found


def _values(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_every_process_has_a_container() -> None:
    assert set(CONTAINERS) == {"gateway", *SERVICES, *RELAYS, *SERVERS, *DEMO, "meedoen"}
    for service in SERVICES:
        assert CONTAINERS[service]["command"][-1] == f"services.{service}.service"
        assert CONTAINERS[f"{service}-relay"]["command"] == ["python", "-m", "chassis.relay", service]


@pytest.mark.parametrize(
    ("setting", "takers"), [(setting, takers) for setting, takers in _settings().items() if setting not in PER_PROCESS]
)
def test_each_setting_reaches_who_takes_it(setting: str, takers: tuple[str, ...]) -> None:
    assert [name for name in takers if setting not in CONTAINERS[name]["environment"]] == []


@pytest.mark.parametrize("name", [*SERVICES, *RELAYS])
def test_no_process_is_given_what_it_does_not_take(name: str) -> None:
    taken = {setting for setting, takers in _settings().items() if name in takers}
    # A relay stops in a time of its own, by the same name.
    assert set(CONTAINERS[name]["environment"]) - taken <= {"STOP_GRACE"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_one_service_is_divided_into_is_not_said_to_all(name: str) -> None:
    assert CONTAINERS[name]["environment"].keys().isdisjoint(PER_PROCESS)


@pytest.mark.parametrize("name", [*SERVICES, *RELAYS])
def test_no_process_is_killed_within_the_time_that_it_is_given_to_end(name: str) -> None:
    gives_up_s = LONGEST_GRACE_S + LAST_GRACE_S
    assert int(CONTAINERS[name]["stop_grace_period"].removesuffix("s")) > gives_up_s


def test_a_database_and_keys_of_its_own_for_each_service() -> None:
    for service in SERVICES:
        given = CONTAINERS[service]["environment"]
        password = f"${{{service.upper()}_DATABASE_PASSWORD:?"
        assert given["DATABASE_URL"].startswith(f"postgresql://{service}:{password}")
        assert given["DATABASE_URL"].endswith(f"@postgres:5432/{service}")
        assert given["MASTER_KEY"].startswith(f"${{{service.upper()}_MASTER_KEY:?")
        assert given["PUBLIC_URL"].endswith(f"/{service}")
        assert CONTAINERS[f"{service}-relay"]["environment"]["DATABASE_URL"] == given["DATABASE_URL"]
    loop = re.search(r"^for service in (.*); do$", (ROOT / "infra/postgres/databases.sh").read_text(), re.MULTILINE)
    assert loop
    assert tuple(loop[1].split()) == SERVICES


def test_no_secret_has_a_default() -> None:
    uses = re.findall(r"\$\{([A-Z_]+)(:\?|:-|-|\})", TEXT)
    secret = [(name, how) for name, how in uses if re.search(r"PASSWORD|KEY|SECRET|SMTP_URL", name)]
    assert secret
    demanded = {name for name, how in secret if how == ":?"}
    assert {name for name, _ in secret} == demanded
    assert {how for _, how in secret} <= {":?", "}"}
    for name, container in CONTAINERS.items():
        for variable, value in (container.get("environment") or {}).items():
            if re.search(r"PASS(WORD)?$|KEY$|SECRET", variable):
                assert str(value).startswith("${"), f"{name}: {variable} has a value of its own"


def test_what_is_demanded_is_made_or_waits_to_be_filled_in() -> None:
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    demo, ours = _values(rendered(demo=True)), _values(rendered())
    assert demanded <= demo.keys()
    assert all(demo.values())
    assert demanded <= ours.keys()
    assert {name for name, value in ours.items() if not value} == {
        "ORGANISATION_NUMBER", "PUBLIC_ORIGIN", "STAFF_ISSUER", "STAFF_JWKS_URI", "IDENTITY_PROVIDERS", "SMTP_URL",
        "MAIL_FROM",
    }  # fmt: skip
    used = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    assert (demo.keys() | ours.keys()) - used == {"COMPOSE_PROFILES"}


def test_every_installation_has_secrets_of_its_own() -> None:
    once, again = _values(rendered()), _values(rendered())
    secret = [name for name in once if re.search(r"PASSWORD|KEY$", name)]
    assert len(secret) == 4 + 2 * len(SERVICES)
    assert len({values[name] for values in (once, again) for name in secret}) == 2 * len(secret)


def test_the_file_is_for_its_owner_and_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--demo"]) == 0
    file = tmp_path / ".env"
    before = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert main([]) == 0
    assert file.read_text() == before
    assert "has all" in capsys.readouterr().out


@pytest.mark.parametrize("demo", [True, False])
def test_an_older_file_gets_what_it_lacks_and_keeps_the_rest(
    demo: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    new = rendered(demo=demo, gateway="127.0.0.1:9090", identity="127.0.0.1:9091")
    lacks = ("SESSION_KEY", "IDENTITY_PROVIDERS")
    older = "\n".join(line for line in new.splitlines() if not line.startswith(lacks)) + "\n# STAFF_ALGORITHM=ES256"
    older = older.replace("STAFF_ALGORITHM=RS256\n", "")
    (tmp_path / ".env").write_text(older)
    assert main([]) == 0
    now = (tmp_path / ".env").read_text()
    assert now.startswith(older)
    added = now.removeprefix(older)
    assert set(_values(added)) == set(lacks)
    assert ("127.0.0.1:9091" in added) == demo
    assert len(_values(added)["SESSION_KEY"]) > 40
    assert "added: " in capsys.readouterr().out


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_can_do_no_more_than_its_work(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert not container.get("privileged")
    assert bool(container.get("cap_add")) == (name == "postgres")
    assert container["restart"] == ("no" if name == "meedoen" else "unless-stopped")


def test_only_the_gateway_and_the_demos_sign_in_listen_and_on_this_machine_unless_told() -> None:
    ports = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert set(ports) == {"gateway", "identity-provider"}
    assert all(":-127.0.0.1:" in port for published in ports.values() for port in published)


def test_databases_and_broker_are_reached_from_inside_alone() -> None:
    networks = yaml.safe_load(TEXT)["networks"]
    assert networks["back"] == {"internal": True}
    for name in (*SERVERS, *RELAYS):
        assert CONTAINERS[name]["networks"] == ["back"]
    assert CONTAINERS["gateway"]["networks"] == ["front"]


def test_everything_starts_after_what_it_needs_is_well() -> None:
    needs = {name: container.get("depends_on", {}) for name, container in CONTAINERS.items()}
    assert set(needs["gateway"]) == set(SERVICES)
    for name in (*SERVICES, *RELAYS):
        assert set(needs[name]) == set(SERVERS)
    assert all(need == {"condition": "service_healthy"} for found in needs.values() for need in found.values())
    assert [name for name in CONTAINERS if "healthcheck" not in CONTAINERS[name]] == ["meedoen"]


def test_only_the_demo_and_the_command_stay_away_from_a_plain_start() -> None:
    profiles = {name: container["profiles"] for name, container in CONTAINERS.items() if "profiles" in container}
    assert profiles == {"meedoen": ["tools"], **{name: ["demo"] for name in DEMO}}


def test_the_image_takes_nothing_of_what_lies_about() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert all((ROOT / path).exists() for path in let_in)
    assert {path.partition("/")[0] for path in let_in} == {
        "chassis", "contracts", "infra", "ops", "requirements", "services"
    }  # fmt: skip
