"""What the commands share: their epilogue and the names of things as people type them."""

from __future__ import annotations

from contracts.municipalities import code_of
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
