"""`python -m bench.load`: sends requests over connections that stay open, and says when each was due and answered.

A process of its own, so that what it costs is not counted. The job comes as JSON on standard input and the result goes
as JSON to standard output. Sockets and bytes alone: it needs a tenth of what a usual client does.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: when it was due and when its answer was there (seconds since the epoch), and what it said."""

    due: float
    done: float
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Job:
    """What to send: `requests` are whole HTTP/1.1 requests.

    With a `rate` (per second) each is due at its moment whatever became of those before it, and its latency counts from
    that moment. Without, `clients` send one after the other, each when its last was answered.
    """

    host: str
    port: int
    requests: list[str]
    clients: int
    rate: float | None = None
    seconds: float = 120.0


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes, due: float) -> Sent:
        """Send a request and wait for all of its answer. Raises OSError or asyncio.IncompleteReadError."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        return Sent(due, time.time(), int(head[9:12]), body.decode())

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


class Load:
    """Carries out one job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._requests = [request.encode() for request in job.requests]
        self._lines: list[Line] = []

    async def carry_out(self) -> list[Sent]:
        """Do it, within its seconds. Raises TimeoutError."""
        try:
            async with asyncio.timeout(self._job.seconds):
                first = [await self._line() for _ in range(self._job.clients)]
                return await (self._closed(first) if self._job.rate is None else self._paced(first, self._job.rate))
        finally:
            for line in self._lines:
                await line.close()

    async def _line(self) -> Line:
        line = Line(*await asyncio.open_connection(self._job.host, self._job.port))
        self._lines.append(line)
        return line

    async def _closed(self, lines: list[Line]) -> list[Sent]:
        """On each line the next request as soon as its last was answered."""
        waiting = deque(self._requests)
        sent: list[Sent] = []

        async def client(line: Line) -> None:
            while waiting:
                sent.append(await line.ask(waiting.popleft(), time.time()))

        await asyncio.gather(*map(client, lines))
        return sent

    async def _paced(self, free: list[Line], rate: float) -> list[Sent]:
        """Each request at its moment, on a line that is free or a new one."""
        begin = time.time() + 0.1

        async def one(number: int, request: bytes) -> Sent:
            due = begin + number / rate
            await asyncio.sleep(due - time.time())
            line = free.pop() if free else await self._line()
            answer = await line.ask(request, due)
            free.append(line)
            return answer

        return await asyncio.gather(*(one(number, request) for number, request in enumerate(self._requests)))


def written(host: str, path: str, headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """A POST as it goes over the line."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body.decode()])


def main() -> None:
    job = Job(**json.load(sys.stdin))
    sent = asyncio.run(Load(job).carry_out())
    used = resource.getrusage(resource.RUSAGE_SELF)
    found: dict[str, Any] = {"sent": [asdict(one) for one in sent], "cpu": used.ru_utime + used.ru_stime}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
