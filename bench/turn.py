"""One turn of one pipeline: warm up, as many as go through, then a steady fifty per second; what it took and cost."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from bench import costs
from bench.load import Job, Sent, written
from bench.pipeline import Pipeline
from bench.referrals import referrals
from infra.local.installation import ROOT

CLIENTS = 16
RATE = 50.0
_LINES = 32
"""Open at the start of the steady part; more are opened when these are all in use."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How many referrals each part of a turn has."""

    warm: int = 200
    full: int = 1500
    steady: int = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """What one turn showed. Times are milliseconds, memory megabytes by process."""

    per_second: float
    processor: float
    post_p50: float
    post_p99: float
    counted_p50: float
    counted_p99: float
    steady_processor: float
    generator: float
    memory: dict[str, float]
    processors: dict[str, float]


class Refused(Exception):
    """A referral was not taken: the message holds what the service said."""


def turn(pipeline: Pipeline, seed: int, amount: Amount) -> Figures:
    """Start the pipeline, measure it, stop it."""
    people = referrals(seed)
    pipeline.start()
    try:
        pipeline.calm()
        _part(pipeline, people, amount.warm, None)
        full = _part(pipeline, people, amount.full, None)
        steady = _part(pipeline, people, amount.steady, RATE)
        memory = {name: costs.megabytes(pid) for name, pid in pipeline.pids.items()}
    finally:
        pipeline.stop()
    return Figures(
        per_second=amount.full / full.seconds,
        processor=sum(full.processors.values()),
        post_p50=_percentile(steady.posts, 50),
        post_p99=_percentile(steady.posts, 99),
        counted_p50=_percentile(steady.counts, 50),
        counted_p99=_percentile(steady.counts, 99),
        steady_processor=sum(steady.processors.values()),
        generator=full.generator,
        memory=memory,
        processors=full.processors,
    )


def push(pipeline: Pipeline, seed: int, count: int) -> None:
    """Push so many referrals through a pipeline that runs, to their end."""
    _part(pipeline, referrals(seed), count, None)


@dataclass(frozen=True, slots=True)
class _Part:
    seconds: float
    """From the first push until the last was counted and noticed."""
    processors: dict[str, float]
    """Milliseconds per referral, by process."""
    posts: list[float]
    counts: list[float]
    generator: float
    """Processor time of the load generator, as a share of one core."""


def _part(pipeline: Pipeline, people: Iterator[bytes], count: int, rate: float | None) -> _Part:
    before, since = _used(pipeline), time.time()
    sent, generator = _push(pipeline, people, count, rate)
    ids = _ids(sent)
    pipeline.settle(count, since)
    used = {name: seconds - before[name] for name, seconds in _used(pipeline).items()}
    due = dict(zip(ids, (one.due for one in sent), strict=True))
    counted, noticed = pipeline.counted_at(ids), pipeline.noticed_at(ids)
    begun = min(due.values())
    pushing = max(one.done for one in sent) - begun
    return _Part(
        seconds=max(*counted.values(), *noticed.values()) - begun,
        processors={name: seconds * 1000 / count for name, seconds in used.items()},
        posts=[(one.done - one.due) * 1000 for one in sent],
        counts=[(counted[one] - due[one]) * 1000 for one in ids],
        generator=generator / pushing,
    )


def _used(pipeline: Pipeline) -> dict[str, float]:
    return {name: costs.processor_seconds(pid) for name, pid in pipeline.pids.items()}


def _push(pipeline: Pipeline, people: Iterator[bytes], count: int, rate: float | None) -> tuple[list[Sent], float]:
    address, path, token = pipeline.target()
    host, _, port = address.rpartition(":")
    common = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")]
    requests = [
        written(address, path, [*common, ("Idempotency-Key", uuid4().hex)], body) for body in islice(people, count)
    ]
    job = Job(host, int(port), requests, _LINES if rate else CLIENTS, rate)
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(asdict(job)), cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return [Sent(**one) for one in found["sent"]], found["cpu"]


def _ids(sent: list[Sent]) -> list[str]:
    if refused := next((one for one in sent if one.status != 201), None):
        raise Refused(f"{refused.status} {refused.body[:500]}")
    return [json.loads(one.body)["referralId"] for one in sent]


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
