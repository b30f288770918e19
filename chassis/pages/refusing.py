"""Problems as a person can read them: what happened, in plain words, and what to do now."""

from __future__ import annotations

from typing import Any, Final

from werkzeug.wrappers import Request

from chassis.http.problem import Problem
from chassis.pages.wording import marked

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "400": (marked("This request is not right"),
            marked("The address or the form holds something that we cannot read. Go back and try again.")),
    "401": (marked("You are not signed in any more"),
            marked("What you typed was not sent. Sign in in a new tab and go back here with the button Back of your "
                   "browser. Look whether what you typed is still there: not every browser keeps it.")),
    "403": (marked("You may not see this"),
            marked("Your account does not have the right to this page. Do you need it for your work? Ask the people "
                   "who manage Meedoen in your organisation.")),
    "form-expired": (marked("Your form was too old"),
                     marked("For your safety a form can be sent for a limited time only. Go back, load the page anew "
                            "and send it again.")),
    "form-of-another": (marked("Somebody else is signed in now"),
                        marked("Another person filled this in than who is signed in now, so nothing was sent. Is it "
                               "yours? It is kept for two hours. Leave this page open, sign out in another tab, sign "
                               "in there as yourself, and then go on here.")),
    "404": (marked("This page is not here"),
            marked("Perhaps it is somebody else's, or the address is not right.")),
    "409": (marked("This is not possible any more"),
            marked("Something changed in the meantime. Look at the page again to see how it stands now.")),
    "412": (marked("Somebody else was first"),
            marked("While this page was open to you, somebody else changed it. Nothing of yours was saved, so nothing "
                   "of theirs is lost. Look at the page again to see how it stands now.")),
    "413": (marked("This is too much at once"), marked("What you sent is too long. Make it shorter and try again.")),
    "429": (marked("Your organisation did this too often"),
            marked("Nothing of what you sent now was saved. Wait a minute, go back and send it again.")),
    "500": (marked("Something went wrong with us"),
            marked("It is not your fault. We were told about it. Try again later.")),
    "503": (marked("Meedoen is not available just now"),
            marked("Nothing of yours is lost. Wait a minute and try again.")),
    "took-too-long": (marked("This took too long"),
                      marked("Nothing of it was saved. Try again later. Were you searching? Then look for less at "
                             "once.")),
}  # fmt: skip
"""By status, or by a code that says it more precisely: what happened, and what to do."""


def facts_of(problem: Problem, trace_id: str, back: str | None, *, is_sent: bool) -> dict[str, Any]:
    """What the template of a problem shows. Who merely looks and is refused lost nothing that was typed."""
    general = "500" if problem.status >= 500 else "400"
    code = "403" if problem.status == 401 and not is_sent else str(problem.extra.get("code", problem.status))
    title, text = _WORDS.get(code) or _WORDS.get(str(problem.status)) or _WORDS[general]
    said = {"status": problem.status, "title": title, "text": text, "extra": problem.extra}
    return said | {"trace_id": trace_id, "back": back}


def wants_problem(request: Request) -> bool:
    """Whether who asks is a machine that would rather have `application/problem+json`."""
    offered = ["text/html", "application/problem+json", "application/json"]
    return request.accept_mimetypes.best_match(offered, default="text/html") != "text/html"
