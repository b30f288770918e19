"""Forms that count once, however often they are sent: what endpoints do by Idempotency-Key (ADR 0006), for people.

The key stands in the form. The same form again gets the answer of the first time; another text under the same key (a
form that somebody went back to) is shown again with a new key, because it may well be somebody else.
"""

from __future__ import annotations

from typing import Final

import orjson

from chassis.http.idempotency import Idempotency, Ticket
from chassis.http.problem import TYPE_HOME, BadInput, Problem
from chassis.pages.call import PageCall
from chassis.pages.forms import ONCE

SENT_BEFORE: Final = "sent-before"
LOOKS: Final = 40
SECONDS_BETWEEN: Final = 0.25
"""How often, and how far apart, it is looked whether the first of two clicks has been handled."""
_RUNNING: Final = f"{TYPE_HOME}idempotency-running"
_REUSED: Final = f"{TYPE_HOME}idempotency-key-reused"


def ticket(idempotency: Idempotency, call: PageCall) -> Ticket:
    """Of this form, by this person. Raises a Problem, 400, for one without a key: no page of ours makes that."""
    key = call.typed.get(ONCE, [""])[0]
    if not key or call.session is None:
        raise Problem(400, "Not a form", "The form has no key under which it counts once.", type="invalid-input")
    said = {name: values for name, values in call.typed.items() if not name.startswith("_")}
    parts = (call.method.encode(), call.path.encode(), orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    return idempotency.ticket(key, *parts, caller=f"page:{call.session.owner}")


def is_running(problem: Problem) -> bool:
    """Whether the first of two is still being handled."""
    return problem.type == _RUNNING


def told(problem: Problem) -> Problem:
    """A form that was used for something else is told as one thing to put right; any other problem as it is."""
    if problem.type != _REUSED:
        return problem
    return BadInput.field("", "This form was sent before with something else in it.", SENT_BEFORE)
