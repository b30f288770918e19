"""What somebody of the library can do about a referral: one page each. The course says which of them are possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chassis.pages import marked
from services.intake.domain.needs import Step
from services.intake.domain.todo import Todo


@dataclass(frozen=True, slots=True)
class Action:
    """One of them: the decision it takes, the last part of its address, and what people call it."""

    step: Step
    path: str
    title: str
    hint: str


ACTIONS: Final = (
    Action(Step.CONTACTED, "contact-attempts", marked("Record a contact attempt"),
           marked("You called, sent a message or wrote. Here you also plan the intake talk.")),
    Action(Step.TALKED, "intake-talks", marked("Record the intake talk"),
           marked("What you found, what the person wishes and what you agreed.")),
    Action(Step.ANSWERED, "answers", marked("Write down the partner's answer"),
           marked("The case worker told you by telephone or in person.")),
    Action(Step.ASKED, "questions", marked("Ask the partner something"),
           marked("The referral waits until the case worker has answered.")),
    Action(Step.CHANGED, "changes", marked("Correct what is known"),
           marked("Levels, times, languages, distance and what else is known.")),
    Action(Step.ADDED, "needs", marked("Add a need"),
           marked("Somebody wants to learn something else too, or something else fits better.")),
    Action(Step.CLOSED, "onward", marked("Refer onward"),
           marked("Another organisation helps this person further.")),
    Action(Step.CLOSED, "closures", marked("Close"),
           marked("The goal was reached, or it stops for another reason.")),
    Action(Step.TRANSFERRED, "transfers", marked("Transfer to another library"),
           marked("That library decides anew. You do not see the referral any more.")),
)  # fmt: skip
"""In the order of the page."""

FIRST: Final[Mapping[Todo, tuple[str, ...]]] = MappingProxyType(
    {
        Todo.DECIDE: ("questions",),
        Todo.ANSWER: ("answers",),
        Todo.CONTACT: ("contact-attempts", "intake-talks"),
        Todo.PLACE: (),
        Todo.TALK: ("intake-talks", "contact-attempts"),
        Todo.SEARCH: ("changes", "needs", "onward"),
        Todo.FOLLOW: (),
    }
)
"""The actions that come first when this has to be done, by the end of their address. A place is answered at a need."""


def possible(allowed: Collection[Step]) -> list[Action]:
    """Those that are possible now."""
    return [action for action in ACTIONS if action.step in allowed]
