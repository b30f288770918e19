"""Structured logs: one event per line, snake_case with keys, bound to the trace and event at hand.

Nothing that names a person is logged: no bodies, no query strings, no messages of exceptions that may hold data
(:func:`describe`). Libraries log through the same pipe, from warnings up.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import orjson
import psycopg2
import structlog

_TELLING: Final = (OSError, TypeError, AttributeError, NameError, ImportError, NotImplementedError, AssertionError)
"""Exceptions whose message is about the program or the network and holds no data of a request."""

_FORBIDDEN: Final = frozenset(
    {
        "body",
        "payload",
        "name",
        "first_name",
        "last_name",
        "email",
        "e_mail",
        "phone",
        "birth_date",
        "query_string",
        "authorization",
        "token",
        "secret",
        "password",
    }
)
"""Keys that no log line may carry; a line that has one loses it and says so."""

_LEVELS: Final = {"nameko": "WARNING", "kombu": "WARNING", "amqp": "WARNING", "pika": "WARNING", "httpx": "WARNING",
                  "httpcore": "WARNING", "urllib3": "WARNING", "opentelemetry": "WARNING"}  # fmt: skip


def configure(level: str, form: str, service: str, stream: TextIO | None = None) -> None:
    """Send this process' logs to standard output (or another stream), as `json` or for a `console`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _explain_exceptions,
        _strip_forbidden,
    ]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    render = _renderer(form, service)
    out = stream or sys.stdout
    # Our own lines go straight out: a record of the standard library costs several times as much under eventlet.
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_library, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    handler.addFilter(_not_told_twice)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    for library, least in _LEVELS.items():
        logging.getLogger(library).setLevel(max(threshold, logging.getLevelNamesMapping()[least]))
    logging.captureWarnings(True)


def describe(error: BaseException) -> dict[str, Any]:
    """What may be said of an exception: its type, where it arose, and its message only where that holds no data.

    A database's error tells its SQLSTATE, constraint and table: its text may quote a row.
    """
    said: dict[str, Any] = {"error": type(error).__qualname__, "at": _frames(error)}
    if isinstance(error, psycopg2.Error):
        said |= {
            "sqlstate": error.pgcode,
            "constraint": getattr(error.diag, "constraint_name", None),
            "table": getattr(error.diag, "table_name", None),
        }
        if error.pgcode is None and isinstance(error, psycopg2.OperationalError):
            said["message"] = str(error).strip().partition("\n")[0]
    elif isinstance(error, _TELLING) or getattr(error, "tells_no_data", False):
        said["message"] = str(error)
    if error.__cause__ is not None:
        said["cause"] = describe(error.__cause__)
    return said


def _frames(error: BaseException, most: int = 8) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-most:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def _explain_exceptions(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = line.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line["exception"] = describe(error)
    line.pop("stack_info", None)
    return line


def _strip_forbidden(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    found = sorted(_FORBIDDEN & line.keys())
    for key in found:
        del line[key]
    if found:
        line["withheld"] = found
    return line


def _name_library(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = line.get("_record")
    if record is not None:
        line["message"] = line.get("event")
        line["event"] = "library_message"
        line["logger"] = record.name
    return line


def _not_told_twice(record: logging.LogRecord) -> bool:
    """nameko logs a worker's exception with its text; our entrypoints report it themselves, without data."""
    told = isinstance(record.msg, str) and "error handling worker" in record.msg
    return not (record.name.startswith("nameko") and told)


def _renderer(form: str, service: str) -> Any:
    if form == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())

    def render(_: Any, __: str, line: MutableMapping[str, Any]) -> str:
        ordered = {"time": line.pop("time", None), "level": line.pop("level", None), "service": service, **line}
        return orjson.dumps(ordered, default=str).decode()

    return render
