"""The letter says in each language who has the data, why, how long and what the person can do, and names nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest

from contracts.codes import GOALS, LEGAL_BASES
from services.intake.domain.asked import PURPOSES
from services.intake.letters.texts import BUILT_IN, BadText, read
from services.intake.letters.writing import POLICY, STYLE, Facts, letter

TEXTS = read()
FACTS = Facts(
    number="4K7F-9QXC", referred_on=date(2026, 11, 23), partner="Taalschool Twente",
    goals=("speaking", "computer-digid"), purpose="guidance-to-activities", legal_basis="consent",
    library="Bibliotheek Borne", mailbox="taalhuis@example.org",
    case_worker={"name": "Joris Velhuizen", "phone": "06-00000002"},
)  # fmt: skip


class Reading(HTMLParser):
    """What a person reads, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def read_aloud(language: str, facts: Facts) -> str:
    reading = Reading(letter(language, TEXTS[language], facts))
    assert reading.open == []
    return re.sub(r"\s+", " ", reading.text)


@pytest.mark.parametrize("language", TEXTS)
def test_everything_that_can_be_in_a_letter_has_words(language: str) -> None:
    for goal, purpose, basis, library in product(GOALS, PURPOSES, (*LEGAL_BASES, None), ("Bibliotheek Borne", None)):
        facts = replace(FACTS, goals=(goal,), purpose=purpose, legal_basis=basis, library=library,
                        legal_basis_text="Zorgplicht" if basis == "other" else None)  # fmt: skip
        text = read_aloud(language, facts)
        assert "{" not in text
        assert "None" not in text
        assert ("Bibliotheek Borne" in text) == bool(library)
        assert ("Zorgplicht" in text) == (basis == "other")


def test_the_dutch_letter_answers_what_somebody_wants_to_know() -> None:
    text = read_aloud("nl", FACTS)
    for said in (
        "Uw nummer: 4K7F-9QXC", "op 23 november 2026 aangemeld bij Bibliotheek Borne", "Nederlands leren spreken",
        "Wie heeft uw gegevens?", "Waarom mag dat?", "u heeft toestemming gegeven", "Hoe lang?", "Wat kunt u doen?",
        "vragen om alles weg te halen", "Autoriteit Persoonsgegevens", "taalhuis@example.org",
        "Joris Velhuizen van Taalschool Twente", "Telefoon: 06-00000002.",
    ):  # fmt: skip
        assert said in text, said


def test_what_people_wrote_is_text_and_never_markup() -> None:
    page = letter("nl", TEXTS["nl"], replace(FACTS, partner="<script>{number}</script>", legal_basis="other",
                                             legal_basis_text="a & b <i>"))  # fmt: skip
    assert "<script>" not in page
    assert "&lt;script&gt;{number}&lt;/script&gt;" in page
    assert "a &amp; b &lt;i&gt;" in page


def test_nothing_is_loaded_and_the_style_is_the_one_that_is_allowed() -> None:
    page = letter("en", TEXTS["en"], FACTS)
    assert f"<style>{STYLE}</style>" in page
    assert "style-src 'sha256-" in POLICY
    assert not re.search(r"\b(src|href|style)=|@import|url\(", page)


def test_a_letter_without_a_case_worker_still_says_whom_to_ask() -> None:
    assert "Of vraag het aan Taalschool Twente." in read_aloud("nl", replace(FACTS, case_worker=None))


def added(folder: Path, name: str, change: tuple[str, str]) -> dict[str, object]:
    text = (BUILT_IN / "en.toml").read_text()
    assert change[0] in text
    (folder / name).write_text(text.replace(*change))
    return read(folder)


def test_a_language_is_added_by_a_file(tmp_path: Path) -> None:
    texts = added(tmp_path, "ar.toml", ('direction = "ltr"', 'direction = "rtl"'))
    assert sorted(texts) == ["ar", "en", "nl"]
    page = letter("ar", texts["ar"], FACTS)
    assert '<html lang="ar" dir="rtl">' in page


@pytest.mark.parametrize(
    ("name", "change", "wrong"),
    [
        ("arabisch taal.toml", ("{goals}", "{goals}"), "is not called after a language"),
        ("ar.toml", ("{goals}", "{doelen}"), "{doelen}"),
        ("ar.toml", ("{goals}", "{goals"), "stray brace"),
        ("ar.toml", ('speaking = "to learn to speak Dutch"\n', ""), "goals.speaking is missing"),
        ("ar.toml", ('[goals]\n', '[goals]\nsinging = "to sing"\n'), "goals.singing is not known"),
        ("ar.toml", ('title = "', 'title = ["a"]\nextra = "'), "must be a text"),
        ("ar.toml", ('title = "', 'title = '), "ar.toml"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_at_start_with_what_is_wrong(
    tmp_path: Path, name: str, change: tuple[str, str], wrong: str
) -> None:
    with pytest.raises(BadText, match=re.escape(wrong)):
        added(tmp_path, name, change)
