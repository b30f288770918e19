"""What a page declares of itself, beside what every operation does."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.http.operation import PARAMETER, BadDeclaration, Operation


@dataclass(frozen=True, slots=True)
class PageOperation(Operation):
    """One page, or one form that is sent.

    `signed_in` asks for a session where no scope is asked. `again` names the handler whose page holds the form: it is
    shown once more when something is wrong, and after signing in again. `back` names the handler of the page to go back
    to from a refusal; it is that of `again` unless it is said. Forms of who is signed in carry a token.
    `once`: the form carries a key, and sent twice (a double click, the button Back) it is carried out once.
    """

    shows: str | None = None
    signed_in: bool = True
    again: str | None = None
    back: str | None = None
    once: bool = False

    def filled(self, arguments: dict[str, str]) -> str:
        """The path with its parameters filled in."""
        return PARAMETER.sub(lambda found: arguments[found["name"]], self.path)

    def __post_init__(self) -> None:
        Operation.__post_init__(self)
        if self.method not in {"GET", "POST"}:
            raise BadDeclaration(f"{self.method} {self.path}: browsers send GET and POST")
        if self.scope is not None and not self.signed_in:
            raise BadDeclaration(f"{self.path}: a scope needs somebody who is signed in")
        if self.once and (self.method == "GET" or self.again is None or not self.signed_in):
            raise BadDeclaration(f"{self.path}: what counts once is a form of somebody, with the page that it is on")
        if self.method == "GET" and self.shows is None:
            raise BadDeclaration(f"{self.path}: a page needs a template")
