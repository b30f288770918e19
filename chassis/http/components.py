"""What the descriptions of all services share: how to sign in, problems, headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from apispec import APISpec

from chassis.http.problem import CONTENT_TYPE as PROBLEM_TYPE
from chassis.http.problem import TYPE_HOME
from chassis.http.reading import KEY_HEADER
from contracts.access import SCOPES

VERSION_HEADER: Final = {"$ref": "#/components/headers/ApiVersion"}


def add_components(spec: APISpec, public_url: str) -> None:
    """Add what the descriptions of all services share."""
    token_url = public_url.rsplit("/", 1)[0] + "/intake/v1/oauth/token"
    flow = {"tokenUrl": token_url, "scopes": dict(sorted(SCOPES.items()))}
    spec.components.security_scheme(
        "clients",
        {"type": "oauth2", "description": "Partners and other machines.", "flows": {"clientCredentials": flow}},
    )
    spec.components.security_scheme(
        "staff",
        {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An OpenID Connect id_token."},
    )
    spec.components.header(
        "ApiVersion",
        {"description": "Full version of the API.", "schema": {"type": "string"}, "example": "1.0.0"},
    )
    spec.components.parameter("IdempotencyKey", "header", _IDEMPOTENCY_KEY)
    spec.components.parameter("IfMatch", "header", _IF_MATCH)
    spec.components.schema("Problem", _PROBLEM)
    for code in sorted(_PROBLEMS):
        spec.components.response(f"Problem{code}", _problem_response(code))


_IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "name": KEY_HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Makes the request repeatable for 7 days: the same key and request get the same answer.",
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
_IF_MATCH: Final[dict[str, Any]] = {
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The ETag of what is changed, as it was when you read it. When it changed meanwhile: 412.",
    "example": '"7"',
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "traceId": {"type": "string", "description": "Name this when you ask about it."},
        "errors": {
            "type": "array",
            "description": "Every invalid field.",
            "items": {
                "type": "object",
                "required": ["in", "field", "message", "code"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
                    "field": {"type": "string", "description": "Its path, with dots."},
                    "message": {"type": "string"},
                    "messageDutch": {"type": "string", "description": "For people who read Dutch, where there is one."},
                    "code": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
_PROBLEMS: Final[dict[int, str]] = {
    400: "One or more fields are invalid, or the body cannot be read; all invalid fields are told at once.",
    401: "No valid token.",
    403: "The token gives no right to this.",
    404: "It is not there, or not for this caller to know of.",
    408: "The body came too slowly.",
    409: "Its state does not allow this, or the same Idempotency-Key is still being handled.",
    410: "What it goes on from is no longer kept; begin anew.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is of another media type.",
    422: "The Idempotency-Key came with another request before.",
    428: "It was not said which version was seen (If-Match).",
    429: "Too many requests.",
    431: "The headers are too large.",
    500: "Something went wrong on the server's side.",
    503: "Something that this needs is away; the request may be sent again.",
}


def _problem_response(code: int) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": _PROBLEMS[code],
    }
    if code == 400:
        missing = {
            "in": "body",
            "field": "needs.0.goal",
            "message": "Missing data for required field.",
            "code": "required",
        }
        example |= {"type": f"{TYPE_HOME}invalid-input", "title": "Invalid input", "detail": "One field is invalid.",
                    "errors": [missing]}  # fmt: skip
    return {
        "description": _PROBLEMS[code],
        "headers": {"API-Version": VERSION_HEADER},
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
