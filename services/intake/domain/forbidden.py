"""What may not be written to us: citizen service numbers, V-numbers and health.

A library needs none of them to help someone learn, so it may not hold them (AVG, articles 5, 9 and 87; UAVG, article
46). The rules look at text only; what they return is a code, never the text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_NINE: Final = re.compile(r"(?<![\w+])(?:\d{9}|\d{3}([ .-])\d{3}\1\d{3}|\d{4}([ .-])\d{2}\2\d{3})(?!\w)")
"""Nine digits at a stretch, or grouped as people group them: 111.222.333 and 1112.22.333."""
_TEN: Final = re.compile(r"(?<![^\W_vV])(?<!\+)[1-9](?:\d{9}|\d{2}([ .-])\d{3}\1\d{4})(?!\w)")
"""Ten digits, none before them but perhaps a V. Dutch telephone numbers of ten digits begin with a 0."""
_NAMED: Final = re.compile(r"\b(?:bsn|sofi|burgerservice)[\w-]*\W{0,5}(?:nr|nummer|is)?\W{0,5}\d{4}", re.IGNORECASE)
_NAMED_V: Final = re.compile(r"\bv[ -]?(?:nr|nummer|number)\W{0,5}(?:is)?\W{0,5}\d{4}", re.IGNORECASE)

_HEALTH: Final = re.compile(
    r"\b(?:"
    r"ptss|ptsd|trauma\w*|getraumatiseerd\w*|depressi\w*|depressed|angststoornis\w*|psychos\w*|psychisch\w*|psychiat\w*|"
    r"psychol\w*|suicid\w*|verslaafd\w*|verslaving\w*|addict\w*|diagnos\w*|medicatie|medicijn\w*|medication|"
    r"kanker\w*|chemo\w*|hiv|aids|hepatitis|tuberculose|tbc|epilep\w*|diabet\w*|suikerziekte|autis\w*|adhd|dementi\w*|"
    r"zwanger\w*|pregnan\w*|miskraam|hartaanval|hartpatient\w*|hartprobleem|hartproblemen|nierpatient\w*|dialyse|"
    r"handicap\w*|gehandicapt\w*|invalide|beperkt belastbaar|lichamelijke beperking\w*|verstandelijke beperking\w*|"
    r"burn-?out|zieke?|ziekte\w*|gezondheidsklacht\w*|gezondheidsprobl\w*|operatie ondergaan|blind|slechtziend\w*|"
    r"doof|slechthorend\w*|rolstoel\w*|wheelchair|disab\w*|illness\w*|disease\w*"
    r")\b"
)


def has_citizen_number(text: str) -> bool:
    """Whether a BSN stands in it: nine digits that pass the 11-test, or any number that is called one."""
    return bool(_NAMED.search(text)) or any(passes_eleven_test(found.group()) for found in _NINE.finditer(text))


def passes_eleven_test(text: str) -> bool:
    """The 11-test of the BSN: 9a+8b+…+2h−i is a multiple of 11 (and the number is not 0)."""
    digits = [int(c) for c in text if c.isdecimal()]
    if len(digits) != 9 or not any(digits):
        return False
    weighted = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=False))
    return (weighted - digits[8]) % 11 == 0


def has_foreigner_number(text: str) -> bool:
    """Whether a V-number (*vreemdelingennummer*) stands in it: ten digits, which is no Dutch telephone number."""
    return bool(_NAMED_V.search(text)) or bool(_TEN.search(text))


def mentions_health(text: str) -> bool:
    """Whether it says something about someone's health. A word list: it explains itself and errs on the safe side."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return bool(_HEALTH.search(plain))


def found_in(text: str, *, free_text: bool = False) -> list[str]:
    """The codes of what may not stand in a text; health is looked for in free text only."""
    found = []
    if has_citizen_number(text):
        found.append("bsn")
    elif has_foreigner_number(text):
        found.append("v-number")
    if free_text and mentions_health(text):
        found.append("health")
    return found
