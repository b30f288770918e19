"""Which notice follows while people work on a referral, and whether it is mailed.

A mail is for what asks somebody of the library to act: a deadline that passed, a question that was answered, a referral
that another library handed over. What its own people did is seen in the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notifications.domain.notices import Notice, of_received
from services.notifications.domain.terms import AllTerms

Data = Mapping[str, Any]


def of_question(data: Data) -> Notice | None:
    """The partner was asked something; None when no library has the referral."""
    return _notice("referral-information-requested", data, {"question": data["question"]})


def of_changed(data: Data, at: datetime, terms: AllTerms) -> Notice | None:
    """The partner answered: somebody can go on. Other changes are the library's own."""
    if "answer" not in data["changes"] or data["library_id"] is None:
        return None
    facts = {"contact_by": terms.contact_by(data["library_id"], at)}
    return _notice("referral-answered", data, facts, mail="now")


def of_added_need(data: Data) -> Notice | None:
    """A need came to a referral."""
    kind = next(need["kind"] for need in data["needs"] if need["need_id"] == data["need_id"])
    return _notice("need-added", data, {"kind": kind}, need_id=data["need_id"])


def of_attempt(data: Data) -> Notice | None:
    """Somebody tried to reach the participant."""
    return _notice("contact-attempted", data, {"channel": data["channel"], "outcome": data["outcome"]})


def of_talk(data: Data) -> Notice | None:
    """The intake talk was held."""
    return _notice("intake-talk-recorded", data, {"spoken_level": data["spoken_level"]})


def of_transfer(data: Data, at: datetime, terms: AllTerms) -> list[Notice]:
    """The library that has it now decides, and is mailed; the one before sees where it went."""
    there = of_received({**data, "referral_file_id": None}, at, terms)
    left = {**data, "library_id": data["from_library_id"]}
    here = _notice("referral-transferred", left, {"reason": data["reason"]})
    return [notice for notice in (there, here) if notice]


def of_withdrawal(data: Data) -> Notice | None:
    """The partner took it back."""
    return _notice("referral-withdrawn", data, {"reason": data["reason"]})


def of_closure(data: Data) -> Notice | None:
    """Needs of it were ended."""
    return _notice("referral-closed", data, {"reason": data["reason"], "needs": len(data["need_ids"])})


def of_overdue(data: Data) -> Notice | None:
    """Nobody tried to reach the participant in time."""
    return _notice("referral-overdue", data, {"contact_by": data["contact_by"].isoformat()}, mail="now")


def _notice(code: str, data: Data, facts: dict[str, Any], **more: Any) -> Notice | None:
    if data["library_id"] is None:
        return None
    return Notice(
        code=code,
        library_id=data["library_id"],
        referral_id=data["referral_id"],
        partner_id=data.get("partner_id"),
        facts=facts,
        **more,
    )
