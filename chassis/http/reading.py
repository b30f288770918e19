"""From a request's bytes to a validated call: every invalid field is found before any is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from marshmallow import Schema, ValidationError, fields
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request

from chassis.http.bodies import read_body
from chassis.http.operation import FORM, Operation
from chassis.http.problem import BadInput, FieldError, Problem, field_error
from chassis.http.schemas import CODES
from chassis.http.schemas import Schema as BaseSchema
from contracts.event import camel

KEY_HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r'"?[\x21\x23-\x5b\x5d-\x7e]{1,255}"?')
_TOO_LONG: Final = re.compile(r"Longer than maximum length (\d+)\.")
"""What marshmallow says of it."""


class _NoQuery(BaseSchema):
    """No query parameters."""


class Reader:
    """Reads the requests of one operation; its schemas are made once."""

    def __init__(self, operation: Operation, max_body: int) -> None:
        self._operation = operation
        self._max_body = operation.max_bytes or max_body
        self._query: Schema = (operation.query or _NoQuery)()
        self._lists = {
            field.data_key for field in self._query.fields.values() if isinstance(field, fields.List)
        }  # fmt: skip
        self._body: Schema | None = operation.body() if operation.body else None

    def read(self, request: Request) -> tuple[dict[str, Any], Any, bytes, str]:
        """Query (loaded), body (loaded), the body's bytes and its media type.

        Raises BadInput with all invalid fields, or a Problem for a body that cannot be taken at all.
        """
        errors: list[FieldError] = list(_bad_key(request)) if self._operation.idempotent else []
        query = self._load_query(request, errors)
        media_type = media_type_of(request, self._operation.media_types) if self._operation.media_types else ""
        raw = read_body(request, self._max_body) if media_type else b""
        body = None
        if self._body is not None:
            sent = _form(raw) if media_type == FORM else _json(raw)
            body = load(self._body, sent, "body", errors)
        if errors:
            raise BadInput(errors)
        return query, body, raw, media_type

    def _load_query(self, request: Request, errors: list[FieldError]) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        for name, values in request.args.lists():
            if name in self._lists:
                sent[name] = values
            elif len(values) > 1:
                errors.append(field_error("query", name, "Is given more than once.", "repeated"))
            else:
                sent[name] = values[0]
        found: dict[str, Any] = load(self._query, sent, "query", errors) or {}
        return found


def _bad_key(request: Request) -> Iterator[FieldError]:
    key = request.headers.get(KEY_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        yield field_error("header", KEY_HEADER, "Must be 1 to 255 visible ASCII characters.")


def media_type_of(request: Request, wanted: frozenset[str]) -> str:
    media_type, options = parse_options_header(request.headers.get("Content-Type", ""))
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if media_type.lower() not in wanted:
        raise Problem(
            415,
            detail=f"Send the body as {' or '.join(sorted(wanted))}.",
            headers={"Accept": ", ".join(sorted(wanted))},
        )
    if encoding != "identity":
        raise Problem(415, detail="Send the body without Content-Encoding.", headers={"Accept-Encoding": "identity"})
    textual = media_type.lower() in {"application/json", FORM}
    if textual and options.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise Problem(415, detail="Send the body in UTF-8.")
    return media_type.lower()


def _json(raw: bytes) -> Any:
    if not raw.strip():
        raise Problem(400, detail="The request has no body; send JSON.", type="invalid-input")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise Problem(
            400,
            "Not JSON",
            f"The body is not JSON: line {problem.lineno}, column {problem.colno}.",
            type="invalid-input",
        ) from problem


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as problem:
        raise Problem(400, "Not a form", "The body is not a URL-encoded form.", type="invalid-input") from problem
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadInput([field_error("body", name, "Is given more than once.", "repeated") for name in repeated])
    return dict(pairs)


def load(schema: Schema, sent: Any, location: str, errors: list[FieldError]) -> Any:
    try:
        return schema.load(sent)
    except ValidationError as problem:
        errors += _flat(problem.messages, location)
    return None


def _flat(messages: Any, location: str, path: str = "") -> Iterator[FieldError]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            step = "" if name == "_schema" else _spelled(name, is_ours=inner != ["Unknown field."])
            yield from _flat(inner, location, ".".join(part for part in (path, step) if part))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner, location, path)
    elif too_long := _TOO_LONG.fullmatch(str(messages)):
        yield {**field_error(location, path, str(messages), "too-long"), "most": int(too_long[1])}
    else:
        yield field_error(location, path, str(messages), CODES.get(str(messages), "invalid"))


def _spelled(name: Any, *, is_ours: bool) -> str:
    # A schema's own validator names a field as Python does; the client knows it by its name on the wire.
    return camel(name) if is_ours and isinstance(name, str) and "_" in name.strip("_") else str(name)[:100]
