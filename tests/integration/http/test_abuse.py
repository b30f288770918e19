"""Bytes that are no decent HTTP: each is refused or dropped, and the service goes on."""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.support.issuer import Issuer
from tests.support.service_process import ServiceProcess


def connected(process: ServiceProcess, seconds: float = 15) -> socket.socket:
    host, port = process.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=seconds)


def everything(line: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    parts = []
    try:
        while part := line.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b"(reset)")
    return b"".join(parts)


def sent(process: ServiceProcess, *pieces: bytes) -> tuple[int, dict[str, object], str]:
    """Status, problem and head of the only answer to these bytes; the other end must close."""
    with closing(connected(process)) as line:
        for piece in pieces:
            line.sendall(piece)
        answer = everything(line)
    assert answer.count(b"HTTP/1.1 ") == 1, answer[:500]
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body), head.decode()


@pytest.fixture(autouse=True)
def still_well(running: ServiceProcess) -> Iterator[None]:
    """Whatever was sent, the next client is served."""
    yield
    assert httpx.get(f"{running.address}/probe/v1/traces", trust_env=False).status_code == 200


def post(body: bytes, *headers: bytes, token: str = "") -> bytes:
    lines = [b"POST /probe/v1/notes HTTP/1.1", b"Host: x", b"Content-Type: application/json", *headers]
    lines += [b"Authorization: Bearer " + token.encode()] if token else []
    return b"\r\n".join([*lines, b"", b""]) + body


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/3.7\r\nHost: x\r\n\r\n", 505),
        (b"GET /probe/v1/traces\r\n\r\n", 505),
        (b"GET /probe/v1/traces HTTP/1.1\r\n\r\n", 400),
        (b"GET /probe/v1/traces HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /probe/v1/traces HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: x\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + (b"X-Large: " + b"y" * 4000 + b"\r\n") * 20 + b"\r\n", 431),
        (post(b"", b"Content-Length: -1"), 400),
        (post(b"", b"Content-Length: 1_0"), 400),
        (post(b"", b"Content-Length: ten"), 400),
        (post(b"", b"Content-Length: 1", b"Content-Length: 2"), 400),
        (post(b"", b"Content-Length: 5", b"Transfer-Encoding: chunked"), 400),
        (post(b"", b"Transfer-Encoding: gzip, chunked"), 501),
        (post(b"", b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"), 400),
        (post(b"", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 400),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_as_a_problem(running: ServiceProcess, request_bytes: bytes, status: int) -> None:
    code, problem, head = sent(running, request_bytes)
    assert code == status
    assert problem["status"] == status
    assert "application/problem+json" in head
    assert "nosniff" in head
    assert "GARBAGE" not in str(problem)


def test_tls_on_a_plain_port_is_told_at_once(running: ServiceProcess) -> None:
    began = time.monotonic()
    code, problem, _ = sent(running, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 100)
    assert code == 400
    assert "TLS" in str(problem["detail"])
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabcde\r\n0\r\n\r\n", b"1_0\r\nabc\r\n0\r\n\r\n", b"3\r\nabcdef\r\n0\r\n\r\n",
     b"FFFFFFFFFFFFFFFF\r\nabc", b"\r\n\r\n", b'd\n{"text": "a"}\r\n0\r\n\r\n', b'd\r\n{"text": "a"}\n0\r\n\r\n',
     b'd\r\n{"text": "a"}\r\n0\n\r\n', b'd\r\n{"text": "a"}\r\n0\r\nTrailer: x\n\r\n',
     b'd\r\n{"text": "a"}\r\n0\r\n\n'],
)  # fmt: skip
def test_wrongly_chunked_bodies_are_400_and_end_the_connection(
    running: ServiceProcess, issuer: Issuer, chunks: bytes
) -> None:
    code, problem, head = sent(running, post(chunks, b"Transfer-Encoding: chunked", token=issuer.token()))
    assert code == 400
    assert problem["title"] == "Broken body"
    assert "Connection: close" in head


def test_a_rightly_chunked_body_is_read_and_the_connection_kept(running: ServiceProcess, issuer: Issuer) -> None:
    body = b'8;note=x\r\n{"text":\r\n5\r\n "ok"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n'
    request = post(body, b"Transfer-Encoding: chunked", token=issuer.token())
    with closing(connected(running)) as line:
        for _ in range(2):
            line.sendall(request)
            assert line.recv(65536).startswith(b"HTTP/1.1 201 ")


def test_a_body_that_is_cut_off_does_nothing(running: ServiceProcess, issuer: Issuer) -> None:
    with closing(connected(running)) as line:
        line.sendall(post(b'{"text": "ha', b"Content-Length: 100", token=issuer.token()))
        line.shutdown(socket.SHUT_WR)
        assert b" 400 " in everything(line).partition(b"\r\n")[0]


def test_headers_that_drip_in_are_cut_off_in_time(running: ServiceProcess) -> None:
    """HTTP_READ_TIMEOUT is 2 seconds here; each byte by itself comes fast enough."""
    began = time.monotonic()
    with closing(connected(running)) as line:
        line.sendall(b"GET /probe/v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        answer = dripped(line, began, 6)
    assert b" 408 " in answer.partition(b"\r\n")[0]
    assert time.monotonic() - began < 6


def dripped(line: socket.socket, began: float, seconds: float) -> bytes:
    line.settimeout(0.2)
    while time.monotonic() - began < seconds:
        try:
            line.sendall(b"x")
            if answer := line.recv(65536):
                return answer
        except TimeoutError:
            continue
        except OSError:
            break
    return b""


def test_a_body_that_drips_in_is_cut_off_in_time(running: ServiceProcess, issuer: Issuer) -> None:
    began = time.monotonic()
    with closing(connected(running)) as line:
        line.sendall(post(b"{", b"Content-Length: 1000", token=issuer.token()))
        answer = dripped(line, began, 6)
    assert b" 408 " in answer.partition(b"\r\n")[0]


def test_silent_connections_hold_nobody_up_and_are_closed(running: ServiceProcess) -> None:
    silent = [connected(running) for _ in range(60)]
    try:
        began = time.monotonic()
        assert httpx.get(f"{running.address}/probe/v1/traces", trust_env=False).status_code == 200
        assert time.monotonic() - began < 1.5
        for line in silent:
            assert line.recv(1) == b""
    finally:
        for line in silent:
            line.close()


def test_resets_in_the_middle_leave_no_trace_but_a_line(running: ServiceProcess, issuer: Issuer) -> None:
    for cut in (b"GET /pro", post(b"{", b"Content-Length: 50", token=issuer.token())):
        for _ in range(20):
            line = connected(running)
            line.sendall(cut)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.close()
    assert not [text for text in running.text if "Traceback" in text]


def test_a_client_that_leaves_before_its_answer_breaks_nothing(running: ServiceProcess, issuer: Issuer) -> None:
    body = b'{"seconds": 0.3}'
    request = post(body, b"Content-Length: %d" % len(body), token=issuer.token()).replace(b"/notes", b"/slow-notes", 1)
    for _ in range(5):
        line = connected(running)
        line.sendall(request)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()
    gone = running.wait_for_line("http_request", route="/slow-notes", status=201)
    assert gone["caller"] == "client"
    assert not [text for text in running.text if "Traceback" in text]


def test_who_sends_on_after_a_refusal_is_not_cut_off_before_reading_it(running: ServiceProcess, issuer: Issuer) -> None:
    """A connection closed with unread bytes is reset, and many systems then throw the answer away."""
    with closing(connected(running)) as line:
        line.sendall(post(b"x", b"Content-Length: 9999999", token=issuer.token()))
        select.select([line], [], [], 10)
        for _ in range(8):
            line.sendall(b"x" * 10_000)
            time.sleep(0.05)
        assert everything(line).startswith(b"HTTP/1.1 413 ")


def test_a_target_written_in_full_is_the_same_target(running: ServiceProcess) -> None:
    with closing(connected(running)) as line:
        line.sendall(b"GET http://libraries.example/probe/v1/traces HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_requests_in_one_go_are_answered_in_order_on_one_connection(running: ServiceProcess) -> None:
    one = b"GET /probe/v1/traces HTTP/1.1\r\nHost: x\r\n\r\n"
    with closing(connected(running)) as line:
        line.sendall(one * 3 + one.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        answer = everything(line)
    assert answer.count(b"HTTP/1.1 200 ") == 4


def test_who_waits_for_100_continue_gets_it_or_the_refusal(running: ServiceProcess, issuer: Issuer) -> None:
    body = b'{"text": "expected"}'
    with closing(connected(running)) as line:
        line.sendall(post(b"", b"Expect: 100-continue", b"Content-Length: %d" % len(body), token=issuer.token()))
        assert line.recv(1000).startswith(b"HTTP/1.1 100 ")
        line.sendall(body)
        assert line.recv(65536).startswith(b"HTTP/1.1 201 ")
    code, _, _ = sent(running, post(b"", b"Expect: 100-continue", b"Content-Length: 9999999", token=issuer.token()))
    assert code == 413
