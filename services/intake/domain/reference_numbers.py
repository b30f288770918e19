"""The number by which people speak of a referral: short, without look-alikes, and wrong when one character is.

Referrals are counted in the database; the count is scattered over all numbers of seven characters, so that neighbours
look nothing alike, and a check character follows. Left out are the vowels (no words come about), 0, 1, B, L, S and Z
(they look like others), W and Y. That leaves 23 characters, a prime, so a check with weights finds every wrong
character and every two that were swapped.
"""

from __future__ import annotations

import re
from typing import Final

ALPHABET: Final = "23456789CDFGHJKMNPQRTVX"
LENGTH: Final = 7
_BASE: Final = len(ALPHABET)
HOW_MANY: Final[int] = _BASE**LENGTH
"""3.4 milliard: as many referrals can be told apart."""
_SCATTER: Final = 2_041_267_013
_SHIFT: Final = 1_618_033_988
_BACK: Final = int(pow(_SCATTER, -1, HOW_MANY))
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def number_of(count: int) -> str:
    """The number of the referral with this count (from 0 below :data:`HOW_MANY`), as people read it: `4K7F-9QXC`."""
    if not 0 <= count < HOW_MANY:
        raise ValueError("there is no such count")
    rest = (count * _SCATTER + _SHIFT) % HOW_MANY
    values = []
    for _ in range(LENGTH):
        rest, value = divmod(rest, _BASE)
        values.append(value)
    text = "".join(ALPHABET[value] for value in [*values, _check(values)])
    return f"{text[:4]}-{text[4:]}"


def count_of(text: str) -> int | None:
    """The count behind a number as somebody typed it: case, spaces and hyphens do not matter. None: it is none."""
    bare = re.sub(r"[\s-]", "", text).upper()
    if len(bare) != LENGTH + 1 or any(character not in _VALUES for character in bare):
        return None
    *values, check = (_VALUES[character] for character in bare)
    if check != _check(values):
        return None
    scattered = sum(value * _BASE**place for place, value in enumerate(values))
    return int((scattered - _SHIFT) * _BACK % HOW_MANY)


def _check(values: list[int]) -> int:
    return sum(weight * value for weight, value in enumerate(values, start=2)) % _BASE
