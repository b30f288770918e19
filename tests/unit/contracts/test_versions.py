"""An event in two versions: one message, read by whoever knows either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.outbox_rows import prepare
from chassis.queues import binding_keys
from contracts import versions
from contracts.catalogue import Told
from contracts.envelope import MAX_BYTES, BreaksSchema, Event, TooLarge, UnknownType, parse, render
from contracts.event import EventData
from contracts.fields import CodeToCome, Id
from contracts.intake import ReferralAccepted, ReferralRejected
from tests.support.events import placement_agreed, referral_accepted
from tests.support.releases.accepted import ReferralAcceptedV2, levels_apart
from tests.support.releases.declaring import FIRST, SECOND, both_declared, second_declared
from tests.support.releases.tree import in_second_version
from tests.support.saying import said, says_it_too

EITHER = {ReferralAccepted, ReferralAcceptedV2}


@pytest.fixture
def beside() -> Iterator[None]:
    """This process is of a release that declares both versions."""
    with both_declared():
        yield


@pytest.fixture
def alone() -> Iterator[None]:
    """This process is of a release that declares the second version alone."""
    with second_declared():
        yield


@pytest.fixture
def told_in_both() -> Event:
    return in_second_version(referral_accepted())


def test_of_an_event_in_one_version_nothing_is_said_of_versions() -> None:
    envelope = json.loads(render(referral_accepted()))
    assert "versions" not in envelope
    assert not envelope["data"].keys() & {"v1", "v2"}


def test_one_message_holds_both(told_in_both: Event) -> None:
    envelope = json.loads(render(told_in_both))
    assert (envelope["type"], envelope["versions"]) == (ReferralAccepted.type, "1 2")
    assert envelope["dataschema"].endswith("/referral-accepted.v1.json")
    assert "spokenLevel" in envelope["data"]
    assert envelope["data"]["v2"]["decidedBy"] == envelope["data"]["acceptedBy"] == "rule"


def test_it_travels_under_the_older(told_in_both: Event) -> None:
    assert prepare(told_in_both).type == ReferralAccepted.type


def test_a_release_that_knows_the_first_reads_that(told_in_both: Event) -> None:
    """So does the release before this one, which ignores fields and attributes that it does not know."""
    event = parse(render(told_in_both))
    assert event.event is ReferralAccepted
    assert event.data == parse(render(replace(event, event=ReferralAccepted))).data
    assert not {"v2", "levels"} & event.data.keys()


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("hears", "read"),
    [
        (None, ReferralAcceptedV2),
        (EITHER, ReferralAcceptedV2),
        ({ReferralAcceptedV2}, ReferralAcceptedV2),
        ({ReferralAccepted}, ReferralAccepted),
        (set(), ReferralAcceptedV2),
    ],
)
def test_the_newest_that_is_heard_is_read(
    told_in_both: Event, hears: set[type[EventData]] | None, read: type[EventData]
) -> None:
    assert parse(render(told_in_both), hears).event is read


@pytest.mark.usefixtures("beside")
def test_a_message_from_before_holds_the_first_alone() -> None:
    assert parse(referral_accepted().raw, EITHER).event is ReferralAccepted


def test_told_alone_it_has_its_own_type(told_in_both: Event, alone: None) -> None:
    envelope = json.loads(render(told_in_both))
    assert (envelope["type"], envelope["data"]["decidedBy"]) == (ReferralAcceptedV2.type, "rule")
    assert "versions" not in envelope
    assert prepare(told_in_both).type == ReferralAcceptedV2.type


def test_without_the_first_a_message_of_both_is_read(told_in_both: Event, request: pytest.FixtureRequest) -> None:
    """Such messages wait in queues, are retried, and are told again, for weeks after."""
    both = render(told_in_both)
    request.getfixturevalue("alone")
    assert parse(both).event is ReferralAcceptedV2


def test_without_the_first_a_message_of_the_first_alone_is_unknown(request: pytest.FixtureRequest) -> None:
    first = referral_accepted()
    request.getfixturevalue("alone")
    with pytest.raises(UnknownType):
        parse(first.raw)


@pytest.mark.usefixtures("beside")
def test_whoever_hears_the_second_is_bound_to_both() -> None:
    keys = set(binding_keys("activities", 0, 1))
    assert {f"{ReferralAccepted.type}.*", f"{ReferralAcceptedV2.type}.*"} <= keys
    with second_declared():
        assert set(binding_keys("activities", 0, 1)) == keys


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("wrong", [{"v2": None}, {"v2": {"needs": []}}, {"v2": "text"}, {"v2": [1]}])
def test_what_breaks_a_version_is_not_read_in_another(told_in_both: Event, wrong: dict[str, Any]) -> None:
    envelope = json.loads(render(told_in_both))
    envelope["data"] |= wrong
    with pytest.raises(BreaksSchema):
        parse(json.dumps(envelope).encode())


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("data", [None, [], "text", {"v2": {}, "v99": {}}, {"v0": {}, "v²": 1}])
@pytest.mark.parametrize("said_of_versions", ["1 2", "", 7, None])
def test_nonsense_is_refused_with_a_reason(told_in_both: Event, data: Any, said_of_versions: Any) -> None:
    envelope = json.loads(render(told_in_both)) | {"data": data, "versions": said_of_versions}
    with pytest.raises(BreaksSchema):
        parse(json.dumps(envelope).encode())


def test_both_together_are_no_more_than_64_kb(told_in_both: Event) -> None:
    need = told_in_both.data["needs"][0]
    room = (MAX_BYTES - len(render(told_in_both))) // len(json.dumps(need))
    told_in_both.data["needs"] = [need] * (room // 2)
    prepare(told_in_both)
    told_in_both.data["needs"] = [need] * room
    with pytest.raises(TooLarge):
        prepare(told_in_both)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=said(ReferralAcceptedV2))
def test_whatever_the_second_says_both_are_read_as_told(beside: None, data: dict[str, Any]) -> None:
    told = in_second_version(placed := referral_accepted())
    raw = render(replace(told, data=data))
    second, first = parse(raw, {ReferralAcceptedV2}), parse(raw, {ReferralAccepted})
    assert levels_apart(second.data) == first.data
    assert (first.id, first.sequence, first.partition_key) == (second.id, second.sequence, second.partition_key)
    assert first.id == placed.id


# What a second version must satisfy.


def test_what_fits_has_no_problem() -> None:
    assert versions.problems([FIRST, SECOND]) == []
    assert versions.newest([FIRST, SECOND]) == [SECOND]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([SECOND], "ReferralAcceptedV2 replaces ReferralAccepted, which is not in the catalogue"),
        (
            [FIRST, replace(SECOND, by="activities")],
            "ReferralAcceptedV2 has another teller, subject or order than ReferralAccepted: it is another event",
        ),
        (
            [replace(FIRST, heard_by=frozenset({"activities"})), replace(SECOND, heard_by=frozenset({"reporting"}))],
            "reporting hears ReferralAcceptedV2 and not ReferralAccepted, which messages from before hold alone",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_found(rows: list[Told], problem: str) -> None:
    assert versions.problems(rows) == [problem]


THE_SAME = classmethod(lambda _, data: data)


def declaring(name: str, **body: Any) -> Told:
    return Told(
        type(name, (EventData,), {"referral_id": Id(required=True), **body}), "intake", "referral", FIRST.heard_by
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (declaring("ReferralAcceptedV2"), "ReferralAcceptedV2 does not say that it replaces ReferralAccepted"),
        (
            declaring("ReferralAcceptedV3", replaces=ReferralAccepted, as_before=THE_SAME),
            "ReferralAcceptedV3 replaces ReferralAccepted, which is not the version before",
        ),
        (
            declaring("ReferralAcceptedV2", replaces=ReferralAccepted),
            "ReferralAcceptedV2 does not say what ReferralAccepted says of the same (as_before)",
        ),
        (
            declaring("ReferralAcceptedV2", referral_id=None, replaces=ReferralAccepted, as_before=THE_SAME),
            "ReferralAcceptedV2 has no referral_id, by which ReferralAccepted is told apart or kept in order",
        ),
        (
            declaring("ReferralDreamt", v2=Id()),
            "ReferralDreamt: a field may not be called v2; newer versions' data are told there",
        ),
    ],
)  # fmt: skip
def test_a_class_that_does_not_fit_is_found(row: Told, problem: str) -> None:
    first = replace(FIRST, by_referral=row.by_referral)
    assert versions.problems([first, row]) == [problem]


def test_a_second_version_that_says_more_than_the_first_can_is_found() -> None:
    class ReferralRejectedV2(EventData):
        """A reason too many."""

        replaces = ReferralRejected
        reason = CodeToCome(("other",), coming=("moved",), required=True)

        @classmethod
        def as_before(cls, data: dict[str, Any]) -> dict[str, Any]:
            return data

    with pytest.raises(ValueError, match="would break its own schema"):
        says_it_too(ReferralRejectedV2, {"reason": "moved"})


def test_a_version_is_not_inherited() -> None:
    class ReferralAcceptedAnewV2(ReferralAcceptedV2):
        """Another event, with the same data."""

    assert ReferralAcceptedAnewV2.replaces is None
    assert ReferralAcceptedAnewV2.carrier is ReferralAcceptedAnewV2
    assert (ReferralAcceptedAnewV2.slug, ReferralAcceptedAnewV2.version) == ("referral-accepted-anew", 2)


# Codes that readers learn first.


class ReferralMoved(EventData):
    """It moved."""

    reason = CodeToCome(("moved", "other"), coming=("lost",), required=True)


def test_a_code_to_come_is_read_and_not_told() -> None:
    assert ReferralMoved().load({"reason": "lost"}) == {"reason": "lost"}
    assert ReferralMoved().dump({"reason": "moved"}) == {"reason": "moved"}
    with pytest.raises(ValueError, match="lost may not be told before every reader knows it"):
        ReferralMoved().dump({"reason": "lost"})


@given(st.sampled_from([referral_accepted(), placement_agreed("00000000-0000-4000-8000-000000000001")]))
def test_one_version_is_one_version_whoever_hears(event: Event) -> None:
    assert parse(event.raw, EITHER) == parse(event.raw, set()) == parse(event.raw) == event
