"""What becomes of each letter of a batch, as a pure question."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chassis.inbox.reading import Delivery, Letter, read
from chassis.inbox.sorting import judge, portions, sort
from contracts.intake import PlacementAgreed, ReferralAccepted
from tests.support.events import placement_agreed, referral_accepted

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def letters(*raws: bytes) -> list[Letter]:
    return [read(Delivery(raw)) for raw in raws]


def test_new_events_of_free_keys_are_applied_and_known_ones_are_repetitions() -> None:
    known, fresh = letters(referral_accepted().raw, referral_accepted().raw)
    found = sort([known, fresh, fresh], new={fresh.id}, blocked=[])
    assert (found.apply, found.repeated, found.aside) == ([fresh], [known, fresh], [])


def test_an_event_of_a_blocked_key_waits() -> None:
    waits, goes_on = letters(referral_accepted().raw, referral_accepted().raw)
    found = sort([waits, goes_on], new={waits.id, goes_on.id}, blocked=[waits.partition_key or ""])
    assert (found.apply, found.aside) == ([goes_on], [waits])


def test_what_follows_a_parked_event_of_its_key_in_the_same_batch_waits() -> None:
    first = referral_accepted()
    before, bad, after = letters(
        first.raw, placement_agreed(first.subject_id).raw.replace(b"placement-agreed.v1", b"placement-agreed.v8"),
        placement_agreed(first.subject_id, sequence=3).raw,
    )  # fmt: skip
    found = sort([before, bad, after], new={before.id, bad.id, after.id}, blocked=[])
    assert (found.apply, found.aside) == ([before], [bad, after])


def test_bytes_without_a_key_block_nothing() -> None:
    junk, good = letters(b"junk", referral_accepted().raw)
    found = sort([junk, good], new={junk.id, good.id}, blocked=[])
    assert (found.apply, found.aside) == ([good], [junk])


def test_an_event_older_than_the_inbox_remembers_is_parked_and_the_limit_itself_is_not() -> None:
    (letter,) = letters(referral_accepted(time=datetime(2027, 1, 1, tzinfo=UTC)).raw)
    limit = letter.time or LONG_AGO
    assert judge(letter, handled={ReferralAccepted}, oldest=limit).reason is None
    assert judge(letter, handled={ReferralAccepted}, oldest=limit + timedelta(microseconds=1)).reason == "too-old"


def test_an_event_without_a_handler_is_parked_not_dropped() -> None:
    (letter,) = letters(referral_accepted().raw)
    assert judge(letter, handled={PlacementAgreed}, oldest=LONG_AGO).reason == "no-handler"


def test_a_letter_delivered_twice_in_vain_is_alone_in_its_portion() -> None:
    fresh, once, suspect = (
        replace(letter, redeliveries=count)
        for count, letter in enumerate(letters(*(referral_accepted().raw for _ in range(3))))
    )
    assert list(portions([suspect, suspect, once, fresh, suspect])) == [[suspect], [suspect], [once, fresh], [suspect]]
