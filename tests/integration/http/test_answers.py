"""What a client gets back, right or wrong."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.integration.http.test_idempotency import counted
from tests.support.service_process import ServiceProcess

JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    assert len(said["traceId"]) == 32
    assert "Traceback" not in answer.text
    return said


def test_all_invalid_fields_at_once(api: httpx.Client) -> None:
    body = {"text": "", "timesRead": "many", "parts": [{"goal": "flying"}, {}], "colour": "red"}
    said = problem(api.post("/notes", json=body), 400)
    assert {(e["in"], e["field"], e["code"]) for e in said["errors"]} == {
        ("body", "text", "invalid"),
        ("body", "timesRead", "invalid"),
        ("body", "parts.0.goal", "invalid"),
        ("body", "parts.1.goal", "required"),
        ("body", "colour", "unknown"),
    }
    assert all(e["message"] for e in said["errors"])


def test_an_unknown_field_is_named_as_it_was_sent(api: httpx.Client) -> None:
    said = problem(api.post("/notes", json={"text": "x", "times_read": 1}), 400)
    assert [e["field"] for e in said["errors"]] == ["times_read"]


def test_a_header_that_would_break_the_answer_undoes_the_request(api: httpx.Client, probe_database: str) -> None:
    before = counted(probe_database)
    for text in ("a\r\nSet-Cookie: x=y", "é"):
        answer = api.post("/headers", json={"text": text})
        problem(answer, 500)
        assert "Set-Cookie" not in answer.headers
    assert counted(probe_database) == before


def test_all_invalid_query_parameters_at_once(api: httpx.Client) -> None:
    said = problem(api.get("/notes?limit=999&kinds=a,z&colour=red&limit=3"), 400)
    assert {(e["in"], e["field"]) for e in said["errors"]} == {
        ("query", "limit"),
        ("query", "kinds.1"),
        ("query", "colour"),
    }


@pytest.mark.parametrize("value", ["a,b", "a&kinds=b"])
def test_a_list_in_a_query_may_be_written_in_both_ways(api: httpx.Client, value: str) -> None:
    assert api.get(f"/notes?kinds={value}").status_code == 200


@pytest.mark.parametrize("body", [b"{", b"", b"[1]", b'"text"', b"null", b"\xff\xfe", b'{"text": NaN}', b"{" * 5000])
def test_what_is_not_a_json_object_is_400(api: httpx.Client, body: bytes) -> None:
    problem(api.post("/notes", content=body, headers=JSON), 400)


def test_text_that_a_database_cannot_keep_is_400(api: httpx.Client) -> None:
    said = problem(api.post("/notes", content=b'{"text": "a\\u0000b"}', headers=JSON), 400)
    assert said["errors"][0]["field"] == "text"
    problem(api.get("/notes?after=%00"), 400)
    problem(api.get("/notes/%00"), 404)


def test_numbers_that_no_column_takes_are_400(api: httpx.Client) -> None:
    for number in (2**31, -(2**63), 10**40):
        problem(api.post("/notes", json={"text": "n", "timesRead": number}), 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=latin1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "multipart/form-data; boundary=form"},
        {"Content-Type": "multipart/form-data"},
        {},
    ],
)
def test_other_media_types_charsets_and_encodings_are_415(api: httpx.Client, headers: dict[str, str]) -> None:
    problem(api.post("/notes", content=b'{"text": "x"}', headers=headers), 415)


def test_a_charset_that_says_utf_8_is_fine(api: httpx.Client) -> None:
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    assert api.post("/notes", content='{"text": "é"}'.encode(), headers=headers).json()["text"] == "é"


def test_a_body_above_the_limit_is_413(api: httpx.Client) -> None:
    problem(api.post("/notes", content=b"x" * ((1 << 20) + 1), headers=JSON), 413)
    problem(api.post("/notes", content=iter([b"x" * (1 << 20)] * 2), headers=JSON), 413)


def test_an_upload_has_a_limit_of_its_own(api: httpx.Client) -> None:
    csv = {"Content-Type": "text/csv"}
    assert api.post("/uploads", content=b"x" * (3 << 20), headers=csv).json() == {"bytes": 3 << 20, "type": "text/csv"}
    assert api.post("/uploads", content=iter([b"x" * 1000] * 9), headers=csv).json()["bytes"] == 9000
    problem(api.post("/uploads", content=b"x" * ((3 << 20) + 1), headers=csv), 413)


def test_a_form_is_read_strictly(api: httpx.Client) -> None:
    assert api.post("/forms", data={"grant_type": "client_credentials"}).json() == {"grant_type": "client_credentials"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(api.post("/forms", content=b"grant_type=a&grant_type=b", headers=form), 400)
    problem(api.post("/forms", content=b"grant_type=%ff", headers=form), 400)
    problem(api.post("/forms", content=b"", headers=form), 400)


@pytest.mark.parametrize("path", ["/nowhere", "/notes/", "/notes/123", "//notes", "/../notes", "/NOTES"])
def test_unknown_paths_are_404(running: ServiceProcess, api: httpx.Client, path: str) -> None:
    with httpx.Client(base_url=running.address, headers=api.headers, trust_env=False) as client:
        problem(client.get(f"/probe/v1{path}"), 404)


def test_other_methods_are_405_and_say_which_are_allowed(api: httpx.Client) -> None:
    for method in ("DELETE", "TRACE", "BREW"):
        answer = api.request(method, "/notes")
        problem(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_options_says_what_is_allowed_and_opens_nothing_to_other_origins(api: httpx.Client) -> None:
    answer = api.options("/notes", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 204
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_only_the_description_is_open_to_other_origins(api: httpx.Client) -> None:
    assert api.get("/openapi.json").headers["Access-Control-Allow-Origin"] == "*"
    assert api.options("/openapi.json").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in api.get("/notes").headers


def test_head_says_what_get_would_without_a_body(api: httpx.Client) -> None:
    head, get = api.head("/traces"), api.get("/traces")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert api.get("/traces").status_code == 200  # the connection is still in step


@pytest.mark.parametrize("path", ["/notes", "/nowhere", "/notes/123", "/openapi.json"])
def test_every_answer_has_the_security_headers(api: httpx.Client, path: str) -> None:
    headers = api.get(path).headers
    assert headers["API-Version"] == "1.0.0"
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_what_nobody_expected_is_500_without_its_text_and_leaves_nothing(
    api: httpx.Client, probe_database: str
) -> None:
    before = counted(probe_database)
    for path in ("/failures", "/violations"):
        answer = api.post(path, json={"text": "Yasmin"})
        problem(answer, 500)
        assert "Yasmin" not in answer.text
        assert "ValueError" not in answer.text
    assert counted(probe_database) == before


def test_a_problem_carries_its_own_members_and_undoes_what_was_written(api: httpx.Client, probe_database: str) -> None:
    before = counted(probe_database)
    said = problem(api.post("/conflicts", json={"text": "x"}), 409)
    assert said["type"] == "https://meedoen.example/problems/may-not-be"
    assert said["allowed"] == ["nothing"]
    assert counted(probe_database) == before


def test_links_are_absolute_and_as_clients_reach_them(api: httpx.Client) -> None:
    made = api.post("/notes", json={"text": "linked"})
    assert made.headers["Location"] == f"https://libraries.example/probe/v1/notes/{made.json()['noteId']}"


def test_an_id_in_capitals_is_the_same_id(api: httpx.Client) -> None:
    note = api.post("/notes", json={"text": "id"}).json()["noteId"]
    assert api.get(f"/notes/{note.upper()}").json()["noteId"] == note
    problem(api.get(f"/notes/{uuid.uuid4()}"), 404)


def test_a_change_of_what_was_changed_meanwhile_is_412(api: httpx.Client) -> None:
    path = f"/notes/{api.post('/notes', json={'text': 'v1'}).json()['noteId']}"
    seen = api.get(path).headers["ETag"]
    assert api.get(path, headers={"If-None-Match": seen}).status_code == 304
    changed = api.put(path, json={"text": "v2"}, headers={"If-Match": seen})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != seen
    problem(api.put(path, json={"text": "v3"}, headers={"If-Match": seen}), 412)
    assert api.get(path).json()["text"] == "v2"


def test_a_page_after_page_shows_each_row_once_in_order(api: httpx.Client) -> None:
    made = [api.post("/notes", json={"text": f"row {number}"}).json()["noteId"] for number in range(100)]
    seen: list[str] = []
    url: str | None = "/notes?limit=7&kinds=a"
    added = 0
    while url is not None:
        page = api.get(url.replace("https://libraries.example/probe/v1", "")).json()
        seen += [row["noteId"] for row in page["items"]]
        assert len(page["items"]) <= 7
        assert page["next"] is None or page["next"].startswith("https://libraries.example/probe/v1/notes?")
        assert page["next"] is None or ("limit=7" in page["next"] and "kinds=a" in page["next"])
        url = page["next"]
        if added < 3:  # rows that come in meanwhile shift nothing
            made.append(api.post("/notes", json={"text": "meanwhile"}).json()["noteId"])
            added += 1
    assert len(seen) == len(set(seen))
    assert [one for one in seen if one in set(made)] == made


def test_a_made_up_cursor_is_400(api: httpx.Client) -> None:
    for cursor in ("abc", "!!!!", "A" * 80):
        said = problem(api.get("/notes", params={"after": cursor}), 400)
        assert said["errors"][0]["field"] == "after"
