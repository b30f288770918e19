"""What every service with pages answers and does beside its own pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from marshmallow import fields, validate

from chassis.http import Answer, Call, NotFound, endpoint
from chassis.http.schemas import AnyQuery, Schema
from chassis.pages.addresses import within
from chassis.pages.call import PageCall, SeeOther
from chassis.pages.kept import KeptForms
from chassis.pages.page import page
from chassis.pages.statics import FOR_NOW, FOREVER, static
from chassis.store import Stores
from chassis.timers import every
from contracts.pages import LANGUAGES

_MOST_FORGOTTEN: Final = 1000


class LanguageChoice(Schema):
    """In which language somebody reads on, and where."""

    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    next = fields.String(load_default="", validate=validate.Length(max=2000))


class Pages:
    """A mixin for the class of a service that has pages. `page_words` maps `list.code` to what people call it."""

    name: ClassVar[str]
    page_words: ClassVar[Mapping[str, str]] = {}

    kept_forms: KeptForms = Stores(KeptForms)

    @endpoint("GET", "/static/<digest>/<name>", scope=None, query=AnyQuery, below="pages")
    def static_file(self, call: Call, digest: str, name: str) -> Answer:
        """The stylesheet or the script. Kept for a year under its own digest; another release's is looked up anew."""
        try:
            content, current, media_type = static(name)
        except KeyError as missing:
            raise NotFound from missing
        kept = FOREVER if digest == current else FOR_NOW
        return Answer(content, headers={"Cache-Control": kept}, content_type=media_type)

    @page("POST", "/language", scope=None, form=LanguageChoice)
    def choose_language(self, call: PageCall) -> SeeOther:
        """Read on in another language; this browser remembers it."""
        call.cookies.append(call.visits.speak(call.body["language"]))
        return SeeOther(within(call.body["next"], f"/{self.name}"), elsewhere=True)

    @every(seconds=600, name="forget-kept-forms")
    def forget_kept_forms(self) -> bool:
        """Forms whose owner did not come back go after two hours."""
        return self.kept_forms.forget_old(_MOST_FORGOTTEN) == _MOST_FORGOTTEN
