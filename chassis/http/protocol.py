"""HTTP/1.1 on one connection, stricter than eventlet's: what is malformed or too slow is refused and the line closed.

Every refusal is `application/problem+json` too, and repeats nothing of what was sent.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from email import errors
from http import HTTPStatus
from typing import Any, ClassVar, Final

import eventlet
from eventlet import wsgi

from chassis.http.headers import Headers
from chassis.http.problem import CONTENT_TYPE, Problem
from chassis.metrics import http_refused

LONGEST_LINE: Final = wsgi.MAX_REQUEST_LINE
_TLS_HANDSHAKE: Final = b"\x16"
_LINGER_SECONDS: Final = 2.0
_ABSOLUTE: Final = re.compile(r"^https?://[^/?#]*", re.IGNORECASE)
"""A target may be written in full (RFC 9112, 3.2.2); the service has one name only."""
_OF_BODIES: Final = (
    errors.NoBoundaryInMultipartDefect,
    errors.StartBoundaryNotFoundDefect,
    errors.CloseBoundaryNotFoundDefect,
    errors.MultipartInvariantViolationDefect,
    errors.InvalidMultipartContentTransferEncodingDefect,
)
"""What the parser of headers misses in a form: it is not given the body. Its media type is refused later, by name."""
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


class Protocol(wsgi.HttpProtocol):
    """One client's connection. `standard` are the headers of every answer."""

    standard: ClassVar[Headers] = []
    rbufsize = 16 << 10
    path: str
    linger = False
    served = 0

    def close_after_answer(self) -> None:
        """Let this be the last answer on this connection, and let the client read it before the line goes."""
        self.close_connection = 1
        self.linger = True

    def _read_request_line(self) -> bytes:
        patience = self.server.keepalive if self.served else self.server.socket_timeout
        self.served += 1
        line = b""
        self.connection.settimeout(None)
        with suppress(OSError, ValueError), eventlet.Timeout(patience, False):
            line = self.rfile.peek(1)[:1]
        if line == _TLS_HANDSHAKE:
            self._refuse(400, "This port speaks HTTP without TLS.")
            return b""
        if not line:
            return b""
        with suppress(OSError), eventlet.Timeout(self.server.socket_timeout, False):
            line = self.rfile.readline(LONGEST_LINE)
        self.connection.settimeout(self.server.socket_timeout)
        if len(line) >= LONGEST_LINE:
            self._refuse(414, "The address is too long.")
            return b""
        return bytes(line) if line.endswith(b"\n") else b""

    def parse_request(self) -> bool:
        refusal: tuple[int, str] | None = None
        try:
            with eventlet.Timeout(self.server.socket_timeout):
                if not super().parse_request():
                    return False
                refusal = _unacceptable(self)
                self.path = _ABSOLUTE.sub("", self.path) or "/"
        except (eventlet.Timeout, TimeoutError):
            refusal = 408, "The headers came too slowly."
        except (wsgi.HeaderLineTooLong, wsgi.HeadersTooLarge):
            refusal = 431, "The headers are too large."
        if refusal is not None:
            self._refuse(*refusal)
        return refusal is None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses; its own text would repeat the request."""
        self._refuse(int(code), f"{HTTPStatus(code).phrase}.")

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["meedoen.protocol"] = self
        environ["meedoen.read_timeout"] = self.server.socket_timeout
        if self.headers.get("content-type") is None:
            environ.pop("CONTENT_TYPE", None)
        given = environ["wsgi.input"]
        if given.chunked_input:
            body = ChunkedInput(given.rfile, None, self.connection, given.wfile, given.wfile_line, chunked_input=True)
            environ["wsgi.input"] = environ["eventlet.input"] = body
        return environ

    def log_message(self, *_: Any) -> None:
        """The application writes the access log; a request line may hold personal data."""

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            self.wfile.flush()
        if self.linger:
            self._let_it_be_read()
        for stream in (self.wfile, self.rfile):
            with suppress(OSError, ValueError):
                stream.close()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def _let_it_be_read(self) -> None:
        # Closing with unread bytes resets the connection, and the client would lose the answer.
        with suppress(OSError, ValueError), eventlet.Timeout(_LINGER_SECONDS, False):
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(64 << 10):
                pass

    def _refuse(self, status: int, detail: str) -> None:
        problem = Problem(status, detail=detail)
        body = problem.body()
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.standard]
        lines += [f"Content-Type: {CONTENT_TYPE}", f"Content-Length: {len(body)}", "Connection: close", "", ""]
        http_refused.labels(str(status)).inc()
        with suppress(OSError, ValueError):
            self.wfile.write("\r\n".join(lines).encode("latin-1") + body)
            self.wfile.flush()
        self.close_after_answer()


class ChunkedInput(wsgi.Input):
    """A chunked body, read to the letter: a lenient reading is how requests are smuggled past a proxy."""

    ended = False
    _left = 0

    def _chunked_read(self, rfile: Any, length: int | None = None, use_readline: bool = False) -> bytes:
        if self.should_send_hundred_continue:
            self.send_hundred_continue_response()
            self.is_hundred_continue_response_sent = True
        parts: list[bytes] = []
        missing = length if length is not None and length >= 0 else 1 << 62
        while missing and not self.ended:
            if not self._left:
                self._left = self._next_size(rfile)
                continue
            data = rfile.read(min(self._left, missing, 1 << 20))
            if not data:
                raise OSError("cut off within a chunk")
            parts.append(data)
            self._left -= len(data)
            missing -= len(data)
            self.position += len(data)
            if not self._left and rfile.readline(3) != b"\r\n":
                raise wsgi.ChunkReadError("a chunk is longer than it said")
        return b"".join(parts)

    def _next_size(self, rfile: Any) -> int:
        found = _CHUNK_SIZE.fullmatch(rfile.readline(4096))
        if found is None:
            raise wsgi.ChunkReadError("not the size of a chunk")
        size = int(found[1], 16)
        if size == 0:
            self.ended = True
            for _ in range(64):
                line = rfile.readline(wsgi.MAX_HEADER_LINE)
                if line in {b"\r\n", b""}:
                    return 0
                if not line.endswith(b"\r\n"):
                    raise wsgi.ChunkReadError("not the end of a trailer")
            raise wsgi.ChunkReadError("too many trailers")
        return size


def _unacceptable(request: Protocol) -> tuple[int, str] | None:
    headers = request.headers
    lengths = headers.get_all("content-length", [])
    encodings = headers.get_all("transfer-encoding", [])
    if request.request_version not in {"HTTP/1.0", "HTTP/1.1"}:
        return 505, "Use HTTP/1.1."
    if any(not isinstance(defect, _OF_BODIES) for defect in headers.defects):
        return 400, "The headers are malformed."
    if request.request_version == "HTTP/1.1" and len(headers.get_all("host", [])) != 1:
        return 400, "The request needs one Host header."
    if len(lengths) > 1 or any(not (length.isascii() and length.isdecimal()) for length in lengths):
        return 400, "The request needs one Content-Length, a number."
    if encodings and (lengths or request.request_version == "HTTP/1.0"):
        return 400, "Content-Length and Transfer-Encoding do not go together."
    if len(encodings) > 1:
        return 400, "The request needs one Transfer-Encoding."
    if encodings and encodings[0].strip().lower() != "chunked":
        return 501, "Of transfer encodings only chunked is understood."
    return None
