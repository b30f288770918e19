"""Cookies as we set them: for this origin alone, not sent along from other sites, and unseen by scripts."""

from __future__ import annotations

from typing import Final

from werkzeug.http import dump_cookie
from werkzeug.wrappers import Request

from chassis.pages.settings import PageSettings

SESSION: Final = "meedoen-session"
FLASH: Final = "meedoen-told"
LANGUAGE: Final = "meedoen-language"
YEAR: Final = 365 * 24 * 3600


class Cookies:
    """Reads and writes cookies. Over https their names begin with `__Host-`: then no other host could have set them."""

    def __init__(self, settings: PageSettings) -> None:
        self._secure = settings.is_secure

    def named(self, name: str) -> str:
        """The name as the browser knows it."""
        return f"__Host-{name}" if self._secure else name

    def read(self, request: Request, name: str) -> str | None:
        return request.cookies.get(self.named(name))

    def write(self, name: str, value: str, max_age: int) -> str:
        """A value of Set-Cookie; `max_age` in seconds."""
        return dump_cookie(
            self.named(name), value, max_age=max_age, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )

    def clear(self, name: str) -> str:
        """A value of Set-Cookie that ends this cookie."""
        return self.write(name, "", 0)
