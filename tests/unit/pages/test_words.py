"""Everything that pages say is said in Dutch too, and every code that they show has words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from chassis.pages.rendering import SERVICES
from chassis.pages.wording import HERE
from contracts import codes
from contracts.access import ROLES
from contracts.pages import LANGUAGES, MENU, ROLE_NAMES, ROLE_TASKS
from services.intake.casework.changing import CHANGE_OF
from services.intake.casework.knowing import CONSENT, OF_PERSON
from services.intake.domain.asked import (
    CIVIC_ROUTES,
    CONSTRAINTS,
    GUARDIANS,
    HOW_INFORMED,
    PURPOSES,
    RELATIONS,
    TRAVEL_BY,
)
from services.intake.domain.needs import WORDS as STEP_WORDS
from services.intake.domain.needs import Phase, Status, Step
from services.intake.domain.todo import Todo
from services.intake.pages.words import WORDS
from services.intake.worklist import LATE

FOLDERS = [HERE.parent, *(folder for folder in SERVICES.glob("*/pages") if folder.is_dir())]


def said(folder: Path) -> Iterator[str | tuple[str, ...]]:
    """Every sentence in templates and code."""
    html = {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "newstyle_gettext": "true"}
    for _, _, message, _, _ in extract_from_dir(
        folder,
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        options_map={"**.html": html},
        keywords={"marked": None, "gettext": None, "ngettext": (1, 2)},
    ):
        yield message


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_no_sentence_is_translated_twice(folder: Path) -> None:
    text = (folder / "locale" / "nl.po").read_text(encoding="utf-8")
    ids = Counter(re.findall(r'^msgid (".*"(?:\n".*")*)', text, re.MULTILINE))
    assert [sentence for sentence, times in ids.items() if times > 1] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_dutch_catalogue_has_every_sentence_and_no_other(folder: Path) -> None:
    with (folder / "locale" / "nl.po").open("rb") as text:
        catalogue = {message.id: message for message in read_po(text) if message.id}
    assert set(catalogue) == set(said(folder))
    for message in catalogue.values():
        dutch = message.string if isinstance(message.string, tuple) else (message.string,)
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        assert all(dutch), message.id
        assert not message.fuzzy, message.id
        for one in dutch:
            assert placeholders(one) <= placeholders(english[-1]), message.id


def placeholders(text: str) -> set[str]:
    """The names that are filled in: `%(name)s`."""
    return {part.partition(")")[0] for part in text.split("%(")[1:]}


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("status", [status.value for status in Status]),
        ("business", [phase.business_status for phase in Phase if phase.business_status]),
        ("goal", codes.GOALS),
        ("kind", codes.KINDS),
        ("triage", codes.TRIAGE_REASONS),
        ("rejection", codes.REJECTION_REASONS),
        ("basis", codes.LEGAL_BASES),
        ("how", HOW_INFORMED),
        ("guardian", GUARDIANS),
        ("step", STEP_WORDS),
        ("by", ["rule", "coordinator", "library", *codes.ANSWERED_BY]),
        (
            "reason",
            [
                *codes.UNPLACED_REASONS,
                *codes.ENDED_REASONS,
                *codes.REJECTION_REASONS,
                *codes.QUESTIONS,
                *codes.WITHDRAWAL_REASONS,
                *codes.TRANSFER_REASONS,
            ],
        ),
        ("contact", codes.ANSWER_CHANNELS),
        ("todo", list(Todo)),
        ("todo-hint", list(Todo)),
        ("todo-short", [*Todo, LATE]),
        ("do", [step for step in Step if step not in ("withdrawn", "entered-in-error")]),
        ("question", codes.QUESTIONS),
        ("transfer", codes.TRANSFER_REASONS),
        ("outcome", codes.CONTACT_OUTCOMES),
        ("measured", codes.HOW_MEASURED),
        ("spoken", codes.SPOKEN_LEVELS),
        ("literacy", codes.LITERACY_LEVELS),
        ("digital", codes.DIGITAL_SKILLS),
        ("track", codes.LEARNER_TRACKS),
        ("slot", codes.AVAILABILITY_SLOTS),
        ("day", codes.WEEKDAYS),
        ("part", codes.DAYPARTS),
        ("feature", codes.FEATURES),
        ("duty", codes.CIVIC_INTEGRATION_DUTIES),
        ("group", codes.TARGET_GROUPS),
        ("onward", codes.ONWARD_TO),
        ("relation", RELATIONS),
        ("travel", TRAVEL_BY),
        ("route", CIVIC_ROUTES),
        ("rule", ["accepted", "overdue", "started"]),
        ("withdrawal", codes.WITHDRAWAL_REASONS),
        ("feature", CONSTRAINTS),
        ("purpose", PURPOSES),
        ("room", ["capacity", "waitlist", "no-capacity"]),
        (
            "fact",
            [
                "phone",
                "email",
                *CHANGE_OF,
                *OF_PERSON,
                CONSENT,
                "travel",
                "civic_integration_route",
                "case_worker",
                "informed",
            ],
        ),
    ],
)
def test_every_code_that_is_shown_has_words(kind: str, listed: list[str]) -> None:
    assert [code for code in listed if f"{kind}.{code}" not in WORDS] == []


def test_menu_and_roles_are_named_in_every_language() -> None:
    for entry in MENU:
        assert set(entry.titles) == set(entry.hints) == set(LANGUAGES)
    assert set(ROLE_NAMES) == set(ROLE_TASKS) == set(ROLES) - {"partner"}
    assert all(set(names) == set(LANGUAGES) for names in (*ROLE_NAMES.values(), *ROLE_TASKS.values()))


def test_no_sentence_holds_a_formatter_of_another_kind() -> None:
    for folder in FOLDERS:
        for message in said(folder):
            for one in message if isinstance(message, tuple) else (message,):
                assert not [name for _, name, _, _ in Formatter().parse(one) if name], one
