"""From a browser's fields to a payload, and from an address outside to one that stays here."""

from __future__ import annotations

import pytest
from marshmallow import fields

from chassis.http.problem import Problem
from chassis.http.schemas import Schema
from chassis.pages.addresses import within
from chassis.pages.forms import Form, initial, payload, typed_in


class Inner(Schema):
    on = fields.Date()
    how_long = fields.Integer()


class Outer(Schema):
    name = fields.String()
    roles = fields.List(fields.String())
    inner = fields.Nested(Inner)


def test_dots_become_nesting_lists_stay_lists_and_what_is_empty_is_not_there() -> None:
    typed = typed_in(b"name=+Sanne+&roles=a&roles=b&inner.on=2026-01-05&inner.howLong=&_csrf=x&_version=3")
    assert payload(typed, Outer()) == {"name": "Sanne", "roles": ["a", "b"], "inner": {"on": "2026-01-05"}}
    assert payload(typed_in(b"roles=a&name=&inner.on="), Outer()) == {"roles": ["a"]}


def test_a_field_given_twice_or_unknown_reaches_the_schema_which_refuses_it() -> None:
    assert payload(typed_in(b"name=a&name=b&other=c"), Outer()) == {"name": ["a", "b"], "other": "c"}


@pytest.mark.parametrize("raw", [b"\xff", b"a=%00", b"&".join(b"a=1" for _ in range(501)), b"a=%ff", b"_version=3%0A"])
def test_what_is_no_form_is_refused(raw: bytes) -> None:
    with pytest.raises(Problem) as refused:
        typed_in(raw)
    assert refused.value.status == 400


def test_a_field_knows_its_errors_and_where_they_stand() -> None:
    wrong = [{"location": "body", "field": "inner.on", "message": "Vul dit in.", "code": "required"},
             {"location": "body", "field": "", "message": "Samen kan dit niet.", "code": "invalid"}]  # fmt: skip
    form = Form("decide", "/x", initial({"name": "Sanne", "roles": ["a", "b"], "none": None}), wrong)  # type: ignore[arg-type]
    assert form.field("inner.on").errors == ["Vul dit in."]
    assert form.field("inner.on").id == "decide-inner-on"
    assert form.field("name").value == "Sanne"
    assert form.field("roles").values == ["a", "b"]
    assert form.field("none").value == ""


@pytest.mark.parametrize(
    "address", ["/", "/intake", "/intake/referrals?status=requested&after=x%2Fy", "/a/../b", "/%2F/x"]
)
def test_addresses_of_this_origin_are_gone_on_to(address: str) -> None:
    assert within(address, "/home") == address


@pytest.mark.parametrize(
    "address",
    [None, "", "intake", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
     "/\t/evil.example", "/\n/evil", " /intake", "javascript:alert(1)", "/é", "/" + "a" * 2001, "/intake\\evil"],
)  # fmt: skip
def test_all_others_are_not(address: str | None) -> None:
    assert within(address, "/home") == "/home"
