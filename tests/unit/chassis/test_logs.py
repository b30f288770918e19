"""Log lines say what happened and nothing of whom."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
import structlog

from chassis import logs, tracing


class Lines:
    """What was logged since it was last asked."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def __call__(self) -> list[dict[str, Any]]:
        said = self.stream.getvalue()
        self.stream.truncate(0)
        return [json.loads(line) for line in said.splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines = Lines()
    logs.configure("info", "json", "probe", lines.stream)
    yield lines
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_json_with_its_keys(lines: Lines) -> None:
    with tracing.step("t") as trace:
        structlog.get_logger().info("row_kept", rows=3)
    (line,) = lines()
    assert line["event"] == "row_kept"
    assert line["service"] == "probe"
    assert line["rows"] == 3
    assert line["level"] == "info"
    assert str(line["time"]).endswith("Z")
    assert line["trace_id"] == trace.trace_id


def test_keys_that_may_name_somebody_are_withheld(lines: Lines) -> None:
    structlog.get_logger().info("row_kept", name="Yasmin", email="y@x.nl", rows=1)
    (line,) = lines()
    assert line["withheld"] == ["email", "name"]
    assert "Yasmin" not in json.dumps(line)


def test_an_exception_is_told_by_type_and_place_without_its_text(lines: Lines) -> None:
    try:
        int("Yasmin")
    except ValueError:
        structlog.get_logger().exception("row_failed")
    (line,) = lines()
    assert "Yasmin" not in json.dumps(line)
    assert line["exception"]["error"] == "ValueError"
    assert "test_logs.py" in line["exception"]["at"][-1]


def test_exceptions_about_the_network_keep_their_text() -> None:
    assert logs.describe(ConnectionRefusedError(111, "refused"))["message"] == "[Errno 111] refused"
    assert logs.describe(psycopg2.OperationalError("no route\nDETAIL: x"))["message"] == "no route"
    assert "message" not in logs.describe(KeyError("Yasmin"))


def test_a_cause_is_told_in_the_same_way() -> None:
    error = ValueError("Yasmin")
    error.__cause__ = KeyError("Yasmin")
    said = logs.describe(error)
    assert said["cause"]["error"] == "KeyError"
    assert "Yasmin" not in str(said)


def test_libraries_log_through_the_same_pipe_from_warnings_up(lines: Lines) -> None:
    logging.getLogger("kombu.connection").warning("lost %s", "it")
    logging.getLogger("kombu.connection").info("chatter")
    logging.getLogger("nameko.containers").error("error handling worker %s: %s", "w", "Yasmin")
    (line,) = lines()
    assert line["event"] == "library_message"
    assert line["message"] == "lost it"
    assert line["logger"] == "kombu.connection"


def test_steps_nest_and_end() -> None:
    assert tracing.current() is None
    with tracing.step("a", "00-" + "a" * 32 + "-" + "b" * 16 + "-00") as outer, tracing.step("b") as inner:
        assert outer.trace_id == inner.trace_id == "a" * 32
        assert outer.span_id != inner.span_id
        assert inner.traceparent.endswith("-00")
        assert tracing.current_traceparent() == inner.traceparent
    assert tracing.current_traceparent() is None


@pytest.mark.parametrize(
    "header",
    [None, "", "00-x", "00-" + "A" * 32 + "-" + "b" * 16 + "-01", "00-" + "a" * 32 + "-" + "b" * 16 + "-01-more"],
)
def test_headers_that_w3c_calls_invalid_are_ignored(header: str | None) -> None:
    assert tracing.parse(header) is None


def test_a_later_version_of_the_header_is_read_as_far_as_we_know_it() -> None:
    assert tracing.parse("01-" + "a" * 32 + "-" + "b" * 16 + "-01-more") is not None
