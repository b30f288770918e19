"""What a request leaves behind: a trace, log lines, numbers; and nothing of a person."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.support.issuer import Issuer
from tests.support.service_process import ServiceProcess

PERSON = "Yasmin-Haddad"


def test_a_trace_goes_on_and_marks_every_line(running: ServiceProcess, api: httpx.Client) -> None:
    trace_id, span_id = uuid.uuid4().hex, "00f067aa0ba902b7"
    said = api.get("/traces", headers={"traceparent": f"00-{trace_id}-{span_id}-01"}).json()["traceparent"]
    version, found, span, flags = said.split("-")
    assert (version, found, flags) == ("00", trace_id, "01")
    assert span != span_id
    running.wait_for_line("traced", trace_id=trace_id)
    line = running.wait_for_line("http_request", trace_id=trace_id)
    assert line["route"] == "/traces"
    assert line["status"] == 200


@pytest.mark.parametrize(
    "header", ["", "nonsense", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "ff-" + "a" * 32 + "-" + "b" * 16 + "-01"]
)
def test_without_a_sound_trace_one_is_begun(api: httpx.Client, header: str) -> None:
    first, second = (api.get("/traces", headers={"traceparent": header}).json()["traceparent"] for _ in range(2))
    assert first.split("-")[1] != second.split("-")[1]


def test_a_problem_names_the_trace_that_the_log_has(running: ServiceProcess, api: httpx.Client) -> None:
    trace_id = api.post("/failures", json={"text": "x"}).json()["traceId"]
    failed = running.wait_for_line("request_failed", trace_id=trace_id)
    assert failed["exception"]["error"] == "ValueError"
    assert any("probe.py" in frame for frame in failed["exception"]["at"])
    assert failed["level"] == "error"


def test_nothing_of_a_person_is_logged_or_counted(running: ServiceProcess, api: httpx.Client) -> None:
    api.post("/notes", json={"text": PERSON, "surname": PERSON}, headers={"Idempotency-Key": PERSON})
    api.post("/failures", json={"text": PERSON})
    api.post("/violations", json={"text": PERSON})
    api.get(f"/notes?kinds={PERSON}&name={PERSON}")
    api.get(f"/people/{PERSON}")
    api.request(PERSON.upper().replace("-", ""), "/notes")
    api.post("/notes", content=f'{{"{PERSON}'.encode(), headers={"Content-Type": "application/json"})
    last = api.get("/traces", headers={"User-Agent": PERSON, "X-Name": PERSON}).json()["traceparent"].split("-")[1]
    running.wait_for_line("http_request", trace_id=last)
    assert PERSON.lower() not in "".join(running.text).lower()
    assert "haddad" not in httpx.get(f"{running.address}/metrics", trust_env=False).text.lower()


def test_staff_are_logged_as_staff_only(running: ServiceProcess, staff_issuer: Issuer) -> None:
    headers = staff_issuer.bearer(sub="j.jansen@library.example", org=None, roles=["coordinator"])
    trace_id = uuid.uuid4().hex
    httpx.get(f"{running.address}/probe/v1/me", trust_env=False,
              headers=headers | {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})  # fmt: skip
    assert running.wait_for_line("http_request", trace_id=trace_id)["caller"] == "staff"
    assert "jansen" not in "".join(running.text)


def test_a_violated_constraint_is_logged_by_its_name(running: ServiceProcess, api: httpx.Client) -> None:
    trace_id = api.post("/violations", json={"text": "x"}).json()["traceId"]
    failed = running.wait_for_line("request_failed", trace_id=trace_id)
    assert failed["exception"]["sqlstate"] == "23505"
    assert failed["exception"]["constraint"] == "note_pkey"


def test_latency_is_counted_by_route_template(running: ServiceProcess, api: httpx.Client) -> None:
    api.get(f"/notes/{uuid.uuid4()}")
    api.get(f"/{PERSON}")
    text = httpx.get(f"{running.address}/metrics", trust_env=False).text
    assert 'method="GET",route="/notes/{noteId}",status="404"' in text
    assert 'route="(unknown)",status="404"' in text


class Collector:
    """Takes spans as an OTLP collector does."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def test_spans_reach_a_collector_where_one_is_configured(own: ServiceProcess, collector: Collector) -> None:
    own.start(
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server.server_port}", OTEL_BSP_SCHEDULE_DELAY="100"
    )
    trace_id = uuid.uuid4().hex
    headers = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    said = httpx.get(f"{own.address}/probe/v1/traces", headers=headers, trust_env=False).json()["traceparent"]
    assert said.split("-")[1] == trace_id
    own.wait_until(lambda: any(bytes.fromhex(trace_id) in body for body in collector.bodies), "spans")
    sent = b"".join(collector.bodies)
    assert b"GET /traces" in sent
    assert bytes.fromhex(said.split("-")[2]) in sent
    assert own.stop() == 0


def test_a_collector_that_is_away_disturbs_nothing(own: ServiceProcess) -> None:
    own.start(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_BSP_SCHEDULE_DELAY="50")
    for _ in range(5):
        assert httpx.get(f"{own.address}/probe/v1/traces", trust_env=False).status_code == 200
    assert own.stop() == 0


def test_every_line_is_json(running: ServiceProcess) -> None:
    for text in running.text:
        line = json.loads(text)
        assert {"time", "level", "service", "event"} <= line.keys()
