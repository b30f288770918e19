"""Settings from the environment, one frozen dataclass per concern, checked whole at start.

A field says which variable it comes from, how its text is read and what it is without one. :func:`read` collects every
wrong setting before it raises, so that an operator mends them in one go.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar

from limits import RateLimitItem

from chassis import parsers

S = TypeVar("S")
_REQUIRED: Final = object()
_META: Final = "setting"
LONGEST_GRACE_S: Final = 60
"""Seconds that a process may take at most to end in order: whoever runs it must leave it more (docker-compose.yml)."""
LAST_GRACE_S: Final = 5
"""Seconds after its grace at which a process gives up by itself."""


class SettingsError(Exception):
    """One or more settings are missing or wrong; each line of `problems` begins with the variable's name."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclasses.dataclass(frozen=True, slots=True)
class _Source:
    variable: str
    parse: Callable[[str], Any]
    default: Any


def setting(variable: str, parse: Callable[[str], Any] = str, *, default: Any = _REQUIRED, secret: bool = False) -> Any:
    """A dataclass field that is read from `variable`.

    `parse` turns its text into the value and raises ValueError with what it wants instead. `default` is a value, not
    text; without one the variable is required. An empty variable counts as none. A secret never shows in a repr.
    """
    return dataclasses.field(metadata={_META: _Source(variable, parse, default)}, repr=not secret)


def read(cls: type[S], environ: Mapping[str, str] | None = None) -> S:
    """The settings of one concern. Raises SettingsError with one line per wrong setting."""
    found: S = read_all(cls, environ=environ)[0]
    return found


def read_all(*classes: type[Any], environ: Mapping[str, str] | None = None) -> tuple[Any, ...]:
    """Several concerns at once, in the order asked. Raises SettingsError with the problems of all of them."""
    source = os.environ if environ is None else environ
    problems: list[str] = []
    found = []
    for cls in classes:
        values, wrong = _values(cls, source)
        problems += wrong
        if wrong:
            continue
        try:
            found.append(cls(**values))
        except SettingsError as conflict:
            problems += conflict.problems
    if problems:
        raise SettingsError(list(dict.fromkeys(problems)))
    return tuple(found)


def variables(cls: type[Any]) -> dict[str, bool]:
    """Each variable of a concern, and whether it is required."""
    return {source.variable: source.default is _REQUIRED for source in _sources(cls).values()}


def _sources(cls: type[Any]) -> dict[str, _Source]:
    return {field.name: field.metadata[_META] for field in dataclasses.fields(cls) if _META in field.metadata}


def _values(cls: type[Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, source in _sources(cls).items():
        text = environ.get(source.variable, "").strip()
        if not text and source.default is _REQUIRED:
            problems.append(f"{source.variable}: is required")
        elif not text:
            values[name] = source.default
        else:
            try:
                values[name] = source.parse(text)
            except ValueError as problem:
                problems.append(f"{source.variable}: {problem}")
    return values, problems


@dataclasses.dataclass(frozen=True)
class DatabaseSettings:
    """Where this service keeps what it owns."""

    url: str = setting("DATABASE_URL", parsers.database_url, secret=True)
    pool_size: int = setting("DATABASE_POOL_SIZE", parsers.whole(1, 500), default=20)


@dataclasses.dataclass(frozen=True)
class BrokerSettings:
    """Where events travel, and which partitions of this service's queues this process takes."""

    uri: str = setting("AMQP_URI", parsers.amqp_uri, secret=True)
    partitions: tuple[int, ...] = setting("PARTITIONS", parsers.partitions, default=(0,))
    partition_count: int = setting("PARTITION_COUNT", parsers.one_of(1, 2, 4, 8, 16), default=1)

    def __post_init__(self) -> None:
        if max(self.partitions) >= self.partition_count:
            raise SettingsError(
                [f"PARTITIONS: {max(self.partitions)} does not exist; PARTITION_COUNT is {self.partition_count}"]
            )


@dataclasses.dataclass(frozen=True)
class HttpSettings:
    """Where and how this service listens. Times are seconds, sizes bytes.

    Several processes may share `address`. Each then listens at a `process_address` too, for who wants to know how that
    one process is.
    """

    address: str = setting("HTTP_ADDRESS", parsers.address, default="127.0.0.1:8001")
    process_address: str | None = setting("PROCESS_ADDRESS", parsers.address, default=None)
    public_url: str = setting("PUBLIC_URL", parsers.base_url)
    workers: int = setting("HTTP_WORKERS", parsers.whole(1, 1000), default=50)
    connections: int = setting("HTTP_CONNECTIONS", parsers.whole(1, 20_000), default=1000)
    max_body: int = setting("HTTP_MAX_BODY", parsers.whole(1024, 1 << 30), default=1 << 20)
    read_timeout: float = setting("HTTP_READ_TIMEOUT", parsers.seconds, default=15.0)
    keep_alive: float = setting("HTTP_KEEP_ALIVE", parsers.seconds, default=65.0)
    rate_limit: RateLimitItem | None = setting(
        "RATE_LIMIT", parsers.rate_limit, default=parsers.rate_limit("1200/minute")
    )
    stop_grace: float = setting("STOP_GRACE", parsers.seconds_up_to(LONGEST_GRACE_S), default=25.0)


@dataclasses.dataclass(frozen=True)
class KeepingSettings:
    """Days that what was told can be told again, and that what was taken is remembered.

    The second must be more, of every service that hears: an event that is told again must meet the inbox row of its
    first arrival, or it is parked as too old to tell. Services and relays see each other's days where they have one
    environment; across machines it is for who sets them (`.env.example`).
    """

    published_days: int = setting("PUBLISHED_DAYS", parsers.whole(1, 3650), default=35)
    retention_days: int = setting("INBOX_RETENTION_DAYS", parsers.whole(2, 3660), default=42)

    def __post_init__(self) -> None:
        if self.retention_days <= self.published_days:
            raise SettingsError(
                [
                    f"INBOX_RETENTION_DAYS: must be more than PUBLISHED_DAYS, which is {self.published_days}; "
                    f"it is {self.retention_days}"
                ]
            )


@dataclasses.dataclass(frozen=True)
class IdentitySettings:
    """Whose tokens this service accepts."""

    issuers: tuple[parsers.Issuer, ...] = setting("TRUSTED_ISSUERS", parsers.issuers)


@dataclasses.dataclass(frozen=True)
class SealingSettings:
    """The key that wraps all other keys."""

    master_key: bytes = setting("MASTER_KEY", parsers.key_32, secret=True)


@dataclasses.dataclass(frozen=True)
class OrganisationSettings:
    """Who runs this installation; becomes part of each event's source."""

    number: str = setting("ORGANISATION_NUMBER", parsers.organisation_number)

    @property
    def urn(self) -> str:
        """The organisation as the NL GOV profile for CloudEvents names it: by OIN (20 digits) or KvK number (8)."""
        return f"urn:nld:{'oin' if len(self.number) == 20 else 'kvknr'}:{self.number}"


@dataclasses.dataclass(frozen=True)
class LogSettings:
    """How much is logged, and in which form."""

    level: str = setting("LOG_LEVEL", parsers.one_of("debug", "info", "warning", "error"), default="info")
    format: str = setting("LOG_FORMAT", parsers.one_of("json", "console"), default="json")


@dataclasses.dataclass(frozen=True)
class TracingSettings:
    """Where traces go; nowhere unless it is said."""

    endpoint: str | None = setting("OTEL_EXPORTER_OTLP_ENDPOINT", parsers.base_url, default=None)


@cache
def current(cls: type[S]) -> S:
    """The settings of a concern as this process was started with; read once."""
    return read(cls)
