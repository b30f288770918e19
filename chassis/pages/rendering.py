"""From a template and facts to the bytes of a page, in the language of who looks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chassis.http.problem import FieldError
from chassis.pages import wording
from chassis.pages.forms import CSRF, ONCE, VERSION, Typed
from chassis.pages.statics import static
from chassis.pages.visit import Visit
from chassis.pages.wording import marked
from contracts.pages import LANGUAGES, ROLE_NAMES, ROLE_TASKS, SIGN_IN_SERVICE, menu_for

_HERE: Final = Path(__file__).parent
SERVICES: Final = _HERE.parents[1] / "services"
ERRORS: Final = {
    "required": marked("Fill this in."),
    "invalid": marked("This is not right. Check it."),
    "unknown": marked("This does not belong here."),
    "sent-before": marked(
        "You sent this form before, with something else in it. Is this something new? Then send it once more."
    ),
    "too-long": marked(
        "This is too long. There is room for %(most)s characters, and these are %(over)s more. Make it shorter."
    ),
    "date-in-future": marked("This day is still to come. Fill in a day in the past, or today."),
}
"""What is wrong with a field, by its code; a service has words of its own for `error.<code>`."""


class Renderer:
    """Renders the pages of one service: its own templates and words before those that all share."""

    def __init__(self, service: str, words: Mapping[str, str]) -> None:
        own = SERVICES / service / "pages"
        self._service, self._own, self._words = service, own, words
        self._languages = {
            language: self._environment(language, own, words) for language in LANGUAGES
        }  # fmt: skip

    def _environment(self, language: str, own: Path, words: Mapping[str, str]) -> Environment:
        environment = Environment(
            loader=FileSystemLoader([own / "templates", _HERE / "templates"]), autoescape=True,
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )  # fmt: skip
        said = wording.translations(language, wording.HERE, own / "locale")
        environment.install_gettext_translations(said, newstyle=True)  # type: ignore[attr-defined]

        def word(code: str, kind: str) -> str:
            return said.gettext(words.get(f"{kind}.{code}", str(code)))

        environment.filters |= {
            "day": partial(wording.day, language=language),
            "moment": partial(wording.moment, language=language),
            "days_since": wording.days_since,
            "word": word,
        }
        environment.globals["worded"] = lambda kind, codes: [(code, word(code, kind)) for code in codes]
        environment.globals |= {
            "language": language, "languages": LANGUAGES, "service": self._service, "static": self._static,
            "role_names": {role: names[language] for role, names in ROLE_NAMES.items()},
            "role_tasks": {role: said[language] for role, said in ROLE_TASKS.items()},
            "csrf_field": CSRF, "version_field": VERSION, "once_field": ONCE, "sign_in_service": SIGN_IN_SERVICE,
        }  # fmt: skip
        return environment

    def _static(self, name: str) -> str:
        return f"/{self._service}/static/{static(name)[1]}/{name}"

    def told(self, language: str, error: FieldError, typed: Typed) -> str:
        """What is wrong with a field, in a language: by its code, or else what its message says."""
        say = wording.translations(language, wording.HERE, self._own / "locale").gettext
        code = error["code"]
        if "most" in error:
            length = max((len(value.strip()) for value in typed.get(error["field"], ())), default=0)
            over = length - error["most"]
            # A list has other bounds than a text.
            if over <= 0:
                return say(ERRORS["invalid"])
            return say(ERRORS["too-long"]) % {"most": error["most"], "over": over}
        return say(self._words.get(f"error.{code}") or ERRORS.get(code) or error["message"])

    def page(self, template: str, visit: Visit, *, path: str, csrf: str, **facts: Any) -> bytes:
        """The bytes of a page. Raises jinja2.TemplateError for a template that is wrong."""
        found = self._languages[visit.language].get_template(template)
        scopes = visit.session.caller.scopes if visit.session else frozenset()
        shared = {
            "session": visit.session, "told": visit.told, "path": path, "csrf_token": csrf, "menu": menu_for(scopes),
            "now": datetime.now(UTC), "form_errors": False,
        }  # fmt: skip
        return found.render(**shared | facts).encode()
