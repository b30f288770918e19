"""Web pages of any service, rendered on the server (ADR 0021). Knows no library words; services import from here."""

from chassis.pages import once
from chassis.pages.call import PageCall, SeeOther, Shown
from chassis.pages.forms import Form, shown_at
from chassis.pages.known import KnowsSessions
from chassis.pages.page import page
from chassis.pages.service import Pages
from chassis.pages.settings import PageSettings
from chassis.pages.wording import marked

__all__ = [
    "Form",
    "KnowsSessions",
    "PageCall",
    "PageSettings",
    "Pages",
    "SeeOther",
    "Shown",
    "marked",
    "once",
    "page",
    "shown_at",
]
