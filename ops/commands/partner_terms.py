"""What is agreed with a partner, as it is typed and as it is shown."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from contracts.codes import LEGAL_BASES
from ops.commands.shared import municipality
from ops.trouble import Wrong

Purposes = Annotated[
    list[str] | None,
    typer.Option("--purpose", help="What it refers people for; repeat for more. The first is the usual one."),
]
LegalBases = Annotated[
    list[str] | None,
    typer.Option("--legal-basis", "-b", help=f"On which it refers, of {', '.join(LEGAL_BASES)}; repeat for more."),
]
LegalBasisText = Annotated[str | None, typer.Option("--legal-basis-text", help="Which one the legal basis “other” is.")]
Feedback = Annotated[
    list[str] | None,
    typer.Option("--feedback", "-f", help="What it learns of each need; repeat for more. “none” for nothing."),
]
_NONE: Final = "none"


def terms(
    *, purposes: list[str] | None, legal_bases: list[str] | None, text: str | None, feedback: list[str] | None
) -> dict[str, Any]:
    """The parts that were said, as intake takes them. Raises Wrong for a legal basis that there is not."""
    unknown = sorted(set(legal_bases or ()) - set(LEGAL_BASES))
    if unknown:
        raise Wrong(f"There is no legal basis “{unknown[0]}”. Choose of {', '.join(LEGAL_BASES)}.")
    said: dict[str, Any] = {}
    if purposes:
        said["purposes"] = purposes
    if legal_bases:
        said["legalBases"] = legal_bases
    if text is not None:
        said["legalBasisText"] = text
    if feedback:
        said["feedback"] = [level for level in feedback if level != _NONE]
    return said


def area(municipalities: list[str] | None, everywhere: bool) -> dict[str, Any]:
    """From where it refers, if anything was said of that. Raises Wrong."""
    if municipalities and everywhere:
        raise Wrong("Give municipalities or --everywhere, one of the two.")
    if municipalities or everywhere:
        return {"municipalities": [municipality(each) for each in municipalities or ()]}
    return {}


def refers_from(partner: dict[str, Any]) -> str:
    """The codes of its municipalities, or that it refers from all."""
    return ", ".join(partner["municipalities"]) or "all"


def described(partner: dict[str, Any]) -> dict[str, str]:
    """A partner as `meedoen partner show` shows it."""
    bases = [f"{basis} ({partner['legalBasisText']})" if basis == "other" else basis for basis in partner["legalBases"]]
    secrets = [
        f"{one['secretId']}, made {one['createdAt'][:10]}, last used {(one['lastUsedAt'] or 'never')[:16]}"
        for one in partner["secrets"]
    ]
    return {
        "name": partner["name"],
        "client id": partner["clientId"],
        "status": partner["status"],
        "refers from": refers_from(partner),
        "for": ", ".join(partner["purposes"]),
        "on": ", ".join(bases),
        "learns": ", ".join(partner["feedback"]) or "that it is worked on, no more",
        **{f"secret {count}": said for count, said in enumerate(secrets, start=1)},
    }
