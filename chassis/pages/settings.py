"""Settings of every service that has pages; all services on one origin share the same values."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from chassis import parsers
from chassis.settings import setting


@dataclass(frozen=True)
class PageSettings:
    """How sessions in a browser are sealed and how long they last."""

    keys: tuple[bytes, ...] = setting("SESSION_KEY", parsers.keys_32, secret=True)
    idle_minutes: int = setting("SESSION_IDLE_MINUTES", parsers.whole(1, 720), default=60)
    hours: int = setting("SESSION_HOURS", parsers.whole(1, 24), default=10)
    public_url: str = setting("PUBLIC_URL", parsers.base_url)

    @property
    def origin(self) -> str:
        """Scheme, host and port that browsers see."""
        url = urlsplit(self.public_url)
        return f"{url.scheme}://{url.netloc}"

    @property
    def is_secure(self) -> bool:
        """Whether cookies may travel over https alone."""
        return self.public_url.startswith("https:")
