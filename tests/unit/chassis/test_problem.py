"""Problems say what RFC 9457 asks, and schemas leave nothing unbounded."""

from __future__ import annotations

import json

import pytest
from marshmallow import ValidationError, fields, validate

from chassis.http import BadInput, Conflict, Problem, endpoint, field_error
from chassis.http.call import Call
from chassis.http.operation import BadDeclaration, Operation
from chassis.http.problem import Unauthenticated
from chassis.http.schemas import CommaList, Schema


def test_a_problem_has_its_members() -> None:
    said = json.loads(Conflict("It is closed.", type="closed", allowed=["reopen"]).body("t" * 32))
    assert said == {
        "type": "https://meedoen.example/problems/closed",
        "title": "Conflict",
        "status": 409,
        "detail": "It is closed.",
        "allowed": ["reopen"],
        "traceId": "t" * 32,
    }


def test_without_a_type_of_its_own_it_is_about_blank() -> None:
    assert json.loads(Problem(404).body())["type"] == "about:blank"


def test_fields_are_listed_by_place() -> None:
    said = json.loads(BadInput([field_error("query", "limit", "Too much."), field_error("body", "", "No.")]).body())
    assert said["status"] == 400
    assert said["detail"] == "2 fields are invalid."
    assert said["errors"][0] == {"in": "query", "field": "limit", "message": "Too much.", "code": "invalid"}


def test_a_challenge_names_the_error_only_when_there_was_a_token() -> None:
    assert Unauthenticated("No.").headers["WWW-Authenticate"] == 'Bearer realm="meedoen"'
    assert 'error="invalid_token"' in Unauthenticated("No.", "invalid_token").headers["WWW-Authenticate"]


class Everything(Schema):
    """One of each."""

    text = fields.String()
    mail = fields.Email()
    code = fields.String(validate=validate.OneOf(("a",)))
    short = fields.String(validate=validate.Length(min=1))
    number = fields.Integer()
    texts = fields.List(fields.String())
    numbers = CommaList(fields.Integer())


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"text": "x" * 4001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"mail": "a\0b@x.nl"}, "mail"),
        ({"short": "x" * 4001}, "short"),
        ({"number": 2**31}, "number"),
        ({"number": -(2**31)}, "number"),
        ({"texts": ["x\0"]}, "texts"),
        ({"texts": ["x"] * 1001}, "texts"),
        ({"numbers": f"1,{2**31}"}, "numbers"),
        ({"other": 1}, "other"),
    ],
)
def test_what_has_no_bound_gets_one(sent: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything().load(sent)
    assert list(caught.value.messages_dict) == [field]


def test_bounds_do_not_leak_into_the_declaration() -> None:
    for _ in range(3):
        schema = Everything()
    assert len(schema.fields["text"].validators) == 2
    assert len(schema.fields["number"].validators) == 1


def test_a_comma_list_takes_both_ways_of_writing() -> None:
    assert Everything().load({"numbers": "1, 2"}) == {"numbers": [1, 2]}
    assert Everything().load({"numbers": ["1", "2,3"]}) == {"numbers": [1, 2, 3]}


@pytest.mark.parametrize(
    "declared",
    [
        {"method": "FETCH"},
        {"path": "/notes/"},
        {"path": "notes"},
        {"scope": "notes:read"},
        {"method": "GET", "idempotent": True},
        {"scope": None, "idempotent": True},
    ],
)
def test_what_cannot_work_is_refused_at_import(declared: dict[str, object]) -> None:
    with pytest.raises(BadDeclaration):
        Operation(**({"method": "POST", "path": "/notes", "scope": "referrals:write"} | declared))  # type: ignore[arg-type]


def test_a_handler_takes_what_its_path_gives() -> None:
    def wrong(self: object, call: Call, other_id: str) -> None:
        """Takes another id."""

    with pytest.raises(BadDeclaration, match="other_id"):
        endpoint("GET", "/notes/<uuid:note_id>", scope=None)(wrong)


def test_paths_are_described_as_clients_write_them() -> None:
    operation = Operation("GET", "/a/<uuid:first_id>/b/<string:second_name>/<third>", None)
    assert operation.template == "/a/{firstId}/b/{secondName}/{third}"
    assert operation.parameters == [("first_id", "uuid"), ("second_name", "string"), ("third", "string")]
    assert operation.mounts("intake") == [f"/intake/v1{operation.path}"]
