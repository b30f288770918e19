"""What intake counts besides what every service counts."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter

from chassis.metrics import REGISTRY

referrals_received: Final = Counter(
    "meedoen_referrals_received_total",
    "Referrals by what the rules made of them: accepted, or triage for a coordinator.",
    ["outcome"],
    registry=REGISTRY,
)
file_rows: Final = Counter(
    "meedoen_file_rows_total",
    "Rows of partners' files by what became of them: taken_in, repeated, refused.",
    ["outcome"],
    registry=REGISTRY,
)
tokens_asked: Final = Counter(
    "meedoen_tokens_asked_total",
    "Requests for a token by result: issued, or RFC 6749's error code.",
    ["result"],
    registry=REGISTRY,
)
facts_past: Final = Counter(
    "meedoen_facts_past_total",
    "Facts from planning that changed nothing, because the need had ended or the place was given up before.",
    ["fact"],
    registry=REGISTRY,
)
sign_ins: Final = Counter(
    "meedoen_sign_ins_total",
    "Sign-ins of staff by identity provider and result: signed-in, refused, taken-out, not-begun-here, provider-away.",
    ["provider", "result"],
    registry=REGISTRY,
)
room_not_told: Final = Counter(
    "meedoen_room_not_told_total",
    "Times that nobody could tell whether there is room: nobody-to-ask, too-many-ask, too-late, away, not-understood.",
    ["reason"],
    registry=REGISTRY,
)
