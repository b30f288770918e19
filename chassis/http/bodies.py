"""A request's body off the socket: bounded in size and in time."""

from __future__ import annotations

from typing import Final

import eventlet
from eventlet.wsgi import ChunkReadError
from werkzeug.wrappers import Request

from chassis.http.problem import Problem

SLOWEST: Final = 16 * 1024
"""Bytes per second that a client must manage, on top of the usual time to read."""


def read_body(request: Request, limit: int) -> bytes:
    """All of it. Raises a Problem: 413 above `limit` bytes, 408 when it comes too slowly, 400 when it is cut off."""
    announced = _announced(request)
    if announced is not None and announced > limit:
        raise _too_large(limit)
    allowed = request.environ.get("meedoen.read_timeout", 15.0) + (announced or limit) / SLOWEST
    source = request.environ["wsgi.input"]
    try:
        with eventlet.Timeout(allowed):
            raw: bytes = source.read(limit + 1) if announced is None else source.read(announced)
    except (eventlet.Timeout, TimeoutError) as problem:
        raise Problem(408, detail="The body came too slowly.", headers={"Connection": "close"}) from problem
    except (ChunkReadError, OSError) as problem:
        raise _broken() from problem
    if len(raw) > limit:
        raise _too_large(limit)
    if announced is not None and len(raw) < announced:
        raise _broken()
    return raw


def _announced(request: Request) -> int | None:
    if request.environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    length = request.environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() else 0


def _too_large(limit: int) -> Problem:
    return Problem(413, detail=f"The body may have {limit} bytes at most.", headers={"Connection": "close"})


def _broken() -> Problem:
    return Problem(400, "Broken body", "The body was cut off or is wrongly chunked.", headers={"Connection": "close"})
