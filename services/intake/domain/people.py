"""Facts about a person that rules need: how old, how to recognise one that was referred before, how to reach."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

OLDEST: Final = 120
"""Years; a birth date further back is a typing error."""

CHILD_BELOW: Final = 16
"""Years; below it a parent or guardian decides (AVG, article 8; UAVG, article 5)."""

_BANDS: Final = ((15, "0-15"), (17, "16-17"), (27, "18-27"), (45, "28-45"), (66, "46-66"))
_EMAIL: Final = re.compile(
    r"^[^@\s,;<>\"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$", re.IGNORECASE
)


def age_on(birth_date: date, day: date) -> int:
    """Age in whole years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def age_band(birth_date: date | None, day: date) -> str:
    """The age band on a day, as a code of `AGE_BANDS`: all that ever leaves intake about an age."""
    if birth_date is None:
        return "unknown"
    age = age_on(birth_date, day)
    return next((band for oldest, band in _BANDS if age <= oldest), "67-plus")


def is_child(birth_date: date | None, day: date) -> bool:
    """Whether a parent or guardian decides for this person on a day. Not known of someone without a birth date."""
    return birth_date is not None and age_on(birth_date, day) < CHILD_BELOW


def possible_birth_date(birth_date: date, day: date) -> bool:
    """Not in the future, and nobody is older than :data:`OLDEST`."""
    return birth_date <= day and age_on(birth_date, day) <= OLDEST


def possible_name(name: str) -> bool:
    """A name has letters, and at most three digits ("Jan 2" stands for a second Jan; a telephone number is no name)."""
    return any(c.isalpha() for c in name) and sum(c.isdigit() for c in name) <= 3


def identity(given_name: str | None, family_name: str, birth_date: date | None) -> str | None:
    """What makes two referrals probably one person: the name, however it was spelled or ordered, and the birth date.

    None without a birth date: a name alone is shared by too many.
    """
    if birth_date is None:
        return None
    words = sorted(_plain(f"{given_name or ''} {family_name}").split())
    return f"{' '.join(words)}|{birth_date.isoformat()}"


def _plain(text: str) -> str:
    """Letters and digits only, without case and accents; what separates words is one space."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^\w]+|_+", " ", bare)


def phone_number(text: str) -> str | None:
    """A telephone number in international form (`+31612345678`), or None when it cannot be one.

    A Dutch number that lost its 0 to a spreadsheet (nine digits) gets it back.
    """
    digits = re.sub(r"[\s().\-/]", "", text.replace("(0)", ""))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if re.fullmatch(r"[1-9][0-9]{8}", digits):
        digits = f"0{digits}"
    if re.fullmatch(r"0[1-9][0-9]{8}", digits):
        digits = f"+31{digits[1:]}"
    if digits.startswith("+31"):
        return digits if re.fullmatch(r"\+31[1-9][0-9]{8}", digits) else None
    return digits if re.fullmatch(r"\+[1-9][0-9]{7,14}", digits) else None


def work_number(text: str) -> str | None:
    """The same for somebody at work, whose organisation may have a short number (`14 053`, `0800 1234`)."""
    digits = re.sub(r"[\s.\-]", "", text)
    short = re.fullmatch(r"140[1-9][0-9]{1,2}|0[89]00[0-9]{4}(?:[0-9]{3})?", digits)
    return digits if short else phone_number(text)


def email_address(text: str) -> str | None:
    """An e-mail address without stray spaces, or None when it cannot be one."""
    address = text.strip()
    return address if len(address) <= 254 and _EMAIL.match(address) else None
