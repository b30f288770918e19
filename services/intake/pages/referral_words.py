"""What people call the codes that a referral can hold, beside those of `words`. The Dutch is in `locale/nl.po`."""

from __future__ import annotations

from typing import Final

from chassis.pages import marked

REFERRAL_WORDS: Final[dict[str, str]] = {
    "feature.evening-only": marked("in the evening only"),
    "withdrawal.no-longer-needed": marked("no longer needed"),
    "withdrawal.declined": marked("the person does not want it any more"),
    "withdrawal.moved": marked("moved"),
    "withdrawal.referred-elsewhere": marked("is helped by another organisation"),
    "withdrawal.duplicate": marked("was referred before"),
    "withdrawal.other": marked("another reason"),
    "withdrawal.entered-in-error": marked("it was a mistake: this referral should not be there"),
    "business.started": marked("the first meeting has been"),
    "step.started": marked("The first meeting has begun"),
    "rule.started": marked("a fixed rule: the day of the first meeting came. It does not say who was there"),
    "do.reach-corrected": marked("correct how to reach the person"),
    "feedback.started": marked("that the first meeting has been; not who was there"),
    "step.reach-corrected": marked("How to reach the person was corrected"),
    "room.capacity": marked("there is room"),
    "room.waitlist": marked("waiting list"),
    "room.no-capacity": marked("no room"),
    "error.left-out": marked("This is not filled in yet."),
    "error.referred-before": marked(
        "Your organisation probably referred this person already. See at the bottom of the form."
    ),
    "error.contact-missing": marked("Fill in a telephone number or an e-mail address. One is enough."),
    "error.municipality-missing": marked("Choose the municipality, or fill in the postcode."),
}
"""`list.code` to the words."""
