"""Histories of a few referrals, drawn by hypothesis, and what must be counted of them."""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from contracts.activities import EnrolmentEnded, NeedUnplaced, ParticipantEnrolled, ParticipantWaitlisted, PlaceHeld
from contracts.casework import (
    NeedAdded,
    ReferralChanged,
    ReferralClosed,
    ReferralOverdue,
    ReferralTransferred,
    ReferralWithdrawn,
)
from contracts.envelope import Event
from contracts.intake import (
    ParticipantsLinked,
    ParticipantsUnlinked,
    PlacementAgreed,
    ReferralAccepted,
    ReferralReceived,
    ReferralRejected,
)
from tests.support.publishers import Publishers


def name(text: str) -> str:
    """An id that is the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))


PERSONS = [name(f"person {number}") for number in range(5)]
PARTNERS = [name(f"partner {number}") for number in range(2)]
LIBRARIES = [name(f"library {number}") for number in range(2)]
MUNICIPALITIES = ["GM0153", "GM0193"]
KINDS = ["language-group", "language-buddy", "digital-skills"]
MOMENTS = [
    datetime(2026, 9, 30, 21, 59, tzinfo=UTC),  # still September in Amsterdam
    datetime(2026, 9, 30, 22, 30, tzinfo=UTC),  # October there already
    datetime(2026, 10, 12, 9, 0, tzinfo=UTC),
]
NEXT = {
    "": ("wait", "unplaced", "hold", "enrol"),
    "wait": ("hold", "enrol", "unplaced"),
    "unplaced": ("wait", "hold", "enrol", "unplaced"),
    "hold": ("enrol", "end", "end and wait"),
    "enrol": ("end",),
    "end": ("wait", "unplaced", "hold"),
    "end and wait": ("hold", "unplaced"),
}
"""What can become of a need after what became of it before."""
STATE = {"wait": "waiting", "unplaced": "unplaced", "hold": "held", "enrol": "placed", "end": "ended"}


@dataclass
class Expected:
    """One need as it stands in the end, with all that it is counted by."""

    referral: str
    person: str
    partner: str
    library: str | None
    municipality: str | None
    month: str
    kind: str
    decision: str
    state: str
    overdue: bool


@dataclass
class History:
    """What was told, in the order in which it happened, and how every need stands in the end."""

    told: list[Event] = field(default_factory=list)
    needs: list[Expected] = field(default_factory=list)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One to five referrals of five persons, some of whom turn out to be one."""
    world = Publishers()
    links = dict(draw(st.sampled_from([(), ((1, 0),), ((1, 0), (3, 2)), ((1, 0), (2, 0))])))
    # Some of them were handed over to another library afterwards, and are of their own again.
    apart = draw(st.sets(st.sampled_from(sorted(links)))) if links else set()
    stay = {one: other for one, other in links.items() if one not in apart}
    needs: list[Expected] = []
    links_at = draw(st.integers(0, 4))
    for number in range(draw(st.integers(1, 5))):
        if number == links_at:
            _link(world, links)
        needs += _referral(draw, world, number, stay)
    if links_at >= len({need.referral for need in needs}):
        _link(world, links)
    for one in sorted(apart):
        world.tell(ParticipantsUnlinked, participant_id=PERSONS[one], library_id=LIBRARIES[0])
    return History(world.told, needs)


def _link(world: Publishers, links: dict[int, int]) -> None:
    for one, other in links.items():
        world.tell(ParticipantsLinked, participant_id=PERSONS[one], same_as=PERSONS[other], library_id=LIBRARIES[0])


def _referral(draw: st.DrawFn, world: Publishers, number: int, links: dict[int, int]) -> list[Expected]:
    referral_id = name(f"referral {number}")
    person = draw(st.integers(0, 4))
    moment = draw(st.sampled_from(MOMENTS))
    needs = [
        {"need_id": name(f"need {number}.{n}"), "goal": "speaking", "kind": draw(st.sampled_from(KINDS))}
        for n in range(draw(st.integers(1, 3)))
    ]
    about: dict[str, Any] = {
        "referral_id": referral_id,
        "participant_id": PERSONS[person],
        "partner_id": draw(st.sampled_from(PARTNERS)),
        "library_id": draw(st.sampled_from([None, *LIBRARIES])),
        "municipality": draw(st.sampled_from([None, *MUNICIPALITIES])),
        "received_at": moment,
        "needs": needs,
    }
    world.tell(ReferralReceived, **about, triage_reasons=[])
    decision = draw(st.sampled_from(["in_triage", "rejected", "accepted", "accepted", "accepted"]))
    if decision == "rejected":
        world.tell(
            ReferralRejected, referral_id=referral_id, participant_id=PERSONS[person], partner_id=about["partner_id"],
            reason="duplicate",
        )  # fmt: skip
    if decision == "accepted":
        about |= {
            "library_id": about["library_id"] or LIBRARIES[0],
            "municipality": about["municipality"] or MUNICIPALITIES[0],
            # Who decides may see that another kind is meant, or that a goal is no need.
            "needs": [need | {"kind": draw(st.sampled_from(KINDS))} for need in needs[: draw(st.integers(1, 3))]],
        }
        world.tell(ReferralAccepted, **about, accepted_by="coordinator")
    states = {
        need["need_id"]: _place(draw, world, about, need) if decision == "accepted" else decision
        for need in about["needs"]
    }
    if decision == "accepted":
        decision = _aftermath(draw, world, about, states)
    overdue = draw(st.booleans())
    if overdue:
        told = {name: about[name] for name in ("referral_id", "partner_id", "municipality", "received_at")}
        world.tell(
            ReferralOverdue, **told, library_id=about["library_id"] or LIBRARIES[0], contact_by=date(2026, 11, 2)
        )
    return [
        Expected(
            referral=referral_id,
            person=PERSONS[links.get(person, person)],
            partner=about["partner_id"],
            library=about["library_id"],
            municipality=about["municipality"],
            month=moment.astimezone(ZoneInfo("Europe/Amsterdam")).strftime("%Y-%m"),
            kind=need["kind"],
            decision=decision,
            state=states[need["need_id"]],
            overdue=overdue,
        )
        for need in about["needs"]
    ]


def _aftermath(draw: st.DrawFn, world: Publishers, about: dict[str, Any], states: dict[str, str]) -> str:
    """What people did with an accepted referral; its last decision. `about` and `states` are changed with it."""
    ids = {name: about[name] for name in ("referral_id", "partner_id", "library_id")}
    match draw(
        st.sampled_from(["nothing", "changed", "added", "closed", "withdrawn", "transferred", "there and back"])
    ):
        case "changed":
            world.tell(ReferralChanged, **about, accepted_by="rule", changes=["levels"])
        case "added":
            need = {"need_id": name(f"{about['referral_id']} added"), "goal": "speaking", "kind": KINDS[0]}
            about["needs"] = [*about["needs"], need]
            states[need["need_id"]] = "matching"
            world.tell(NeedAdded, **about, accepted_by="rule", need_id=need["need_id"])
        case "closed":
            ended = draw(st.lists(st.sampled_from(sorted(states)), min_size=1, unique=True))
            states |= dict.fromkeys(ended, "ended")
            world.tell(ReferralClosed, **ids, need_ids=ended, reason="job", over=len(ended) == len(states))
        case "withdrawn":
            states |= dict.fromkeys(states, "withdrawn")
            world.tell(ReferralWithdrawn, **ids, reason="moved")
            return "withdrawn"
        case "transferred" | "there and back" as how:
            about["library_id"] = LIBRARIES[1]
            moved = {"from_library_id": ids["library_id"], "reason": "moved", "triage_reasons": ["transferred"]}
            world.tell(ReferralTransferred, **about, **moved)
            if how == "transferred":
                states |= dict.fromkeys(states, "in_triage")
                return "in_triage"
            world.tell(ReferralAccepted, **about, accepted_by="coordinator")
    return "accepted"


def _place(draw: st.DrawFn, world: Publishers, about: dict[str, Any], need: dict[str, Any]) -> str:
    base = {key: about[key] for key in ("referral_id", "library_id", "municipality")}
    base |= {"need_id": need["need_id"], "kind": need["kind"]}
    # Activities either gives a need a new enrolment each time, or the same one again: both must count alike.
    fresh = draw(st.booleans())
    enrolments = itertools.count()
    enrolment = ""
    done = ""
    for _ in range(draw(st.integers(0, 6))):
        step = draw(st.sampled_from(NEXT[done]))
        if step in ("hold", "enrol") and done != "hold":
            enrolment = name(f"enrolment {need['need_id']} {next(enrolments) if fresh else 0}")
        place = base | {"enrolment_id": enrolment, "activity_id": name("activity"), "starts_at": MOMENTS[2]}
        if step in ("hold", "enrol") and done in ("wait", "unplaced") and draw(st.booleans()):
            # Told by a transaction that had begun before the need joined the line, and waited for its lock.
            world.tell(PlaceHeld if step == "hold" else ParticipantEnrolled, earlier=timedelta(seconds=5), **place)
        elif step == "hold":
            world.tell(PlaceHeld, **place)
        elif step == "enrol":
            if done == "hold":
                answer = {"answered_by": "participant", "channel": "call", "answered_at": world.now}
                ids = {key: place[key] for key in ("referral_id", "need_id", "enrolment_id")}
                world.tell(PlacementAgreed, **ids, **answer)
            world.tell(ParticipantEnrolled, **place)
        elif step.startswith("end"):
            world.tell(EnrolmentEnded, **place, reason="declined")
        if step == "wait":
            world.tell(ParticipantWaitlisted, **base, position=1)
        elif step == "end and wait":
            world.tell_at_once(ParticipantWaitlisted, **base, position=1)
            step = "wait"
        elif step == "unplaced":
            world.tell(NeedUnplaced, **base, reasons=["times-differ"])
        done = step
    return STATE.get(done, "matching")


def expected(needs: Sequence[Expected], by: Sequence[str]) -> dict[tuple[str, ...], dict[str, int]]:
    """The counts of a history, by the plainest means: group, and count distinct."""
    groups: dict[tuple[str, ...], list[Expected]] = defaultdict(list)
    for need in needs:
        groups[tuple(_KEYS[dimension](need) if dimension in by else "" for dimension in _KEYS)].append(need)
    return {key: _counts(group) for key, group in groups.items()}


_KEYS: dict[str, Callable[[Expected], str]] = {
    "month": lambda need: need.month,
    "municipality": lambda need: need.municipality or "",
    "library": lambda need: need.library or "00000000-0000-0000-0000-000000000000",
    "partner": lambda need: need.partner,
    "kind": lambda need: need.kind,
}


def _counts(needs: Sequence[Expected]) -> dict[str, int]:
    counts: dict[str, int] = {"persons": len({need.person for need in needs})}
    for decision in ("in_triage", "accepted", "rejected", "withdrawn"):
        counts[f"referrals_{decision}"] = len({need.referral for need in needs if need.decision == decision})
    counts["referrals_overdue"] = len({need.referral for need in needs if need.overdue})
    for state in ("in_triage", "rejected", "withdrawn", "matching", "waiting", "unplaced", "held", "placed", "ended"):
        counts[f"needs_{state}"] = sum(need.state == state for need in needs)
    return counts
