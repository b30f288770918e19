"""The texts of the letter, one TOML file per language, each checked against the Dutch one when it is read.

A language is added by a file beside the others, or in the folder that `LETTER_TEXTS` names; its name is the language's
code (`ar.toml`). Words between braces are filled in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

BUILT_IN: Final = Path(__file__).parent / "texts"
MODEL: Final = "nl"
_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")

Texts = Mapping[str, Any]


class BadText(ValueError):
    """A language's file lacks something, has something that the Dutch one has not, or cannot be read."""


def read(folder: Path | None = None) -> dict[str, Texts]:
    """The texts by language, those of a further folder among them. Raises BadText, or OSError without such a folder."""
    files = [*sorted(BUILT_IN.glob("*.toml")), *(sorted(folder.iterdir()) if folder else ())]
    found = {file.stem: _loaded(file) for file in files if file.suffix == ".toml"}
    for language, texts in found.items():
        if wrong := _differences(texts, found[MODEL]):
            raise BadText(f"letter {language}: {'; '.join(wrong)}")
    return found


def _loaded(file: Path) -> Texts:
    if not _CODE.fullmatch(file.stem):
        raise BadText(f"letter {file.name}: is not called after a language, such as ar.toml")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadText(f"letter {file.name}: {problem}") from problem


def _differences(texts: Any, model: Any, path: str = "") -> list[str]:
    """What is missing, superfluous or of another form; which placeholders are not known."""
    if isinstance(model, dict):
        if not isinstance(texts, dict):
            return [f"{path} must be a table"]
        named = [f"{path}{key} is missing" for key in model.keys() - texts.keys()]
        named += [f"{path}{key} is not known" for key in texts.keys() - model.keys()]
        parts = [_differences(texts[key], model[key], f"{path}{key}.") for key in model.keys() & texts.keys()]
        return sorted(named) + [wrong for part in parts for wrong in part]
    if isinstance(model, list):
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            return [f"{path.rstrip('.')} must be a list of texts"]
        return _placeholders(" ".join(texts), " ".join(model), path)
    return _placeholders(texts, model, path) if isinstance(texts, str) else [f"{path.rstrip('.')} must be a text"]


def _placeholders(text: str, model: str, path: str) -> list[str]:
    used, known = set(_PLACEHOLDER.findall(text)), set(_PLACEHOLDER.findall(model))
    stray = "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text)
    wrong = [f"{path.rstrip('.')} has {{{name}}}, which the Dutch text has not" for name in sorted(used - known)]
    return wrong + ([f"{path.rstrip('.')} has a stray brace"] if stray else [])
