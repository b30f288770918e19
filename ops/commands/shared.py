"""What the commands share: their epilogue and the names of things as people type them."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

import httpx

from contracts.municipalities import code_of
from ops.api import Answered, Api
from ops.trouble import EXIT_CODES, Wrong


def ending(*examples: str) -> str:
    """What stands below a command's help."""
    return "\n\n".join([*(f"Example: {example}" for example in examples), EXIT_CODES])


def municipality(name: str) -> str:
    """The code of a municipality that was typed as a name or a code. Raises Wrong."""
    code = code_of(name)
    if code is None:
        raise Wrong(f"There is no municipality “{name}”. Type its name, or its code such as GM0153.")
    return code


def organisation(name: str) -> str:
    """The name of a library or partner as it was typed. Raises Wrong when it is empty."""
    if not name.strip():
        raise Wrong("Give it a name.")
    return name.strip()


def found(intake: Api, path: str, typed: str, by: str = "name") -> dict[str, Any] | None:
    """What a list of intake has by this id, or by this whole name; None when there is no such one. Raises Trouble."""
    several = all_found(intake, path, typed, by)
    return several[0] if several else None


def all_found(intake: Api, path: str, typed: str, by: str) -> list[dict[str, Any]]:
    """The same where several can have it."""
    typed = typed.strip()
    with suppress(ValueError):
        return _with_id(intake, f"{path}/{uuid.UUID(typed)}")
    return list(intake.pages(path, **{by: typed})) if typed else []


def _with_id(intake: Api, path: str) -> list[dict[str, Any]]:
    try:
        return [intake.get(path)]
    except Answered as refused:
        if refused.status != httpx.codes.NOT_FOUND:
            raise
        return []
