"""What may not be written to us: citizen service numbers, V-numbers, health and other special data.

A library needs none of them to help someone learn, so it may not hold them (AVG, articles 5, 9, 10 and 87; UAVG,
article 46). The rules look at text only; what they return is a code, never the text. They err on the safe side, so what
is no more than likely can be confirmed to be something else (`domain.asked.CONFIRMABLE`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_NINE: Final = re.compile(
    r"(?<![\w+])(?:\d{9}|\d{3}([ ./_-])\d{3}\1\d{3}|\d{4}([ ./_-])\d{2}\2\d{3}|\d(?:[ ._]\d){8})(?!\w)"
)
"""Nine digits at a stretch, grouped as people group them (111.222.333 and 1112.22.333), or one by one."""
_TEN: Final = re.compile(r"(?<![^\W_vV])(?<!\+)[1-9](?:\d{9}|\d{2}([ ./_-])\d{3}\1\d{4}|(?:[ ._]\d){9})(?!\w)")
"""Ten digits, none before them but perhaps a V. Dutch telephone numbers of ten digits begin with a 0."""
_IS_NUMBER: Final = r"[\w-]{0,25}\W{0,5}(?:nr|nummer|number|is|no)?\W{0,5}(?:is)?\W{0,5}\d(?:[ .-]?\d){3}"
_NAMED: Final = re.compile(
    rf"(?:\bbsn|\bb\.s\.n|\bsofi|\bburgerservice|\bcitizen service|\bsocial security){_IS_NUMBER}", re.IGNORECASE
)
_NAMED_V: Final = re.compile(
    rf"\b(?:v[ .-]{{0,2}}(?:nr|nummer|number)|vreemdelingen(?:nr|nummer)|ind[ -]?(?:nr|nummer|number)|"
    rf"a[ -]?nummer|alien number){_IS_NUMBER}",
    re.IGNORECASE,
)

_HEALTH: Final = re.compile(
    r"\b(?:"
    r"ptss|ptsd|trauma\w*|getraumatiseerd\w*|depressi\w*|depressed|angststoornis\w*|psychos\w*|psychisch\w*|psychiat\w*|"
    r"psychol\w*|psychot\w*|suicid\w*|zelfmoord\w*|verslaafd\w*|verslaving\w*|addict\w*|diagnos\w*|medicatie|medicijn\w*|"
    r"medication|medisch\w*|medical\w*|kanker\w*|chemo\w*|hiv|aids|hepatitis|tuberculose|tbc|epilep\w*|diabet\w*|"
    r"suikerziekte|autis\w*|adhd|dementi\w*|alzheimer\w*|parkinson\w*|beroerte|hersenbloeding\w*|hersenletsel|"
    r"hartinfarct\w*|hartaanval|hartpatient\w*|hartprobleem|hartproblemen|hartklacht\w*|hoge bloeddruk|nierpatient\w*|"
    r"dialyse|astma\w*|asthma\w*|copd|reuma\w*|artrose|hernia|migraine|rugklacht\w*|pijnklacht\w*|covid|corona|"
    r"zwanger\w*|pregnan\w*|miskraam|bevallen|handicap\w*|gehandicapt\w*|invalide|beperkt belastbaar|"
    r"lichamelijke (?:beperking|klacht)\w*|verstandelijke beperking\w*|arbeidsongeschikt\w*|wajong|"
    r"burn-?out|overspannen|zieke?|ziekte\w*|chronisch\w*|gezondheidsklacht\w*|gezondheidsprobl\w*|operatie ondergaan|"
    r"geopereerd|ggz|eetstoornis\w*|anorexia|bipolair\w*|schizofren\w*|borderline|prothese\w*|gehoorapparaat\w*|"
    r"mishandel\w*|verkracht\w*|besneden|besnijdenis|blind|blinde|slechtziend\w*|doof|dove|doofstom|slechthorend\w*|"
    r"rolstoel\w*|rollator\w*|scootmobiel\w*|wheelchair|disab\w*|illness\w*|disease\w*|allergisch\w*|allergie\w*"
    r")\b"
)
_SENSITIVE: Final = re.compile(
    r"\b(?:"
    r"moslim\w*|muslim\w*|islamiti\w*|christen|christenen|christelijk\w*|christian|katholiek\w*|protestants\w*|hindoe\w*|"
    r"boeddhis\w*|jood|joods\w*|jezidi\w*|yezidi\w*|ateist\w*|atheis\w*|bekeerd\w*|geloofsovertuiging\w*|"
    r"homo|homoseksu\w*|lesbi\w*|biseksu\w*|transgender\w*|lhbti?\w*|lgbt\w*|gay|geaardheid|"
    r"strafblad|gedetineerd\w*|detentie|reclassering|veroordeeld\w*|criminal record"
    r")\b"
)


def has_citizen_number(text: str) -> bool:
    """Whether a BSN stands in it: nine digits that pass the 11-test, or any number that is called one."""
    return is_called_citizen_number(text) or any(passes_eleven_test(found.group()) for found in _NINE.finditer(text))


def is_called_citizen_number(text: str) -> bool:
    """Whether a number stands in it that is called a BSN: whoever wrote that cannot mean anything else."""
    return bool(_NAMED.search(text))


def passes_eleven_test(text: str) -> bool:
    """The 11-test of the BSN: 9a+8b+…+2h−i is a multiple of 11 (and the number is not 0)."""
    digits = [int(c) for c in text if c.isdecimal()]
    if len(digits) != 9 or not any(digits):
        return False
    weighted = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=False))
    return (weighted - digits[8]) % 11 == 0


def has_foreigner_number(text: str) -> bool:
    """Whether a V-number (*vreemdelingennummer*) stands in it: ten digits, which is no Dutch telephone number."""
    return is_called_foreigner_number(text) or bool(_TEN.search(text))


def is_called_foreigner_number(text: str) -> bool:
    """Whether a number stands in it that is called a V-number."""
    return bool(_NAMED_V.search(text))


def mentions_health(text: str) -> bool:
    """Whether it says something about someone's health. A word list: it explains itself and errs on the safe side."""
    return bool(_HEALTH.search(_plain(text)))


def mentions_belief_or_past(text: str) -> bool:
    """Whether it says something about belief, orientation or a criminal past, which are nobody's business either."""
    return bool(_SENSITIVE.search(_plain(text)))


def found_in(text: str, *, free_text: bool = False, confirmed: bool = False) -> list[str]:
    """The codes of what may not stand in a text; health and belief are looked for in free text only.

    `confirmed`: its sender looked again and says that it is something else. A number that is called a BSN or a V-number
    is one all the same.
    """
    found = []
    number_is_no_matter = confirmed and not free_text
    if is_called_citizen_number(text) or (has_citizen_number(text) and not number_is_no_matter):
        found.append("bsn")
    elif is_called_foreigner_number(text) or (has_foreigner_number(text) and not number_is_no_matter):
        found.append("v-number")
    if free_text and not confirmed:
        found += ["health"] * mentions_health(text) + ["sensitive"] * mentions_belief_or_past(text)
    return found


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
