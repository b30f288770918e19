"""What intake is told by its environment besides what every service is told."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

from chassis import parsers
from chassis.settings import setting
from services.intake.identity_providers import Provider, providers
from services.intake.letters.texts import Texts, read
from services.intake.tokens import SigningKey, signing_keys


def letter_texts(folder: str) -> dict[str, Texts]:
    """The languages of the letter, with those in a folder. Raises ValueError."""
    try:
        return read(Path(folder))
    except OSError as problem:
        raise ValueError("must be a folder with texts of the letter") from problem


@dataclasses.dataclass(frozen=True)
class LetterSettings:
    """In which languages the letter for who was referred can be written."""

    texts: dict[str, Texts] = setting("LETTER_TEXTS", letter_texts, default=read())


@dataclasses.dataclass(frozen=True)
class RoomSettings:
    """Where activities says whether there is room, and the seconds to wait for all that is asked at once."""

    url: str | None = setting("ACTIVITIES_URL", parsers.base_url, default=None)
    patience: float = setting("ACTIVITIES_TIMEOUT", parsers.seconds, default=2.0)


@dataclasses.dataclass(frozen=True)
class TokenSettings:
    """How tokens for partners are signed, and what they say of their origin."""

    keys: tuple[SigningKey, ...] = setting("TOKEN_SIGNING_KEY", signing_keys, secret=True)
    public_url: str = setting("PUBLIC_URL", parsers.base_url)
    named_issuer: str | None = setting("TOKEN_ISSUER", str, default=None)
    audience: str = setting("TOKEN_AUDIENCE", str, default="meedoen")

    @property
    def issuer(self) -> str:
        """Who the tokens say issued them: this service's address unless another name is set."""
        return self.named_issuer or self.public_url


@dataclasses.dataclass(frozen=True)
class RetentionSettings:
    """How long something is kept that is of use for a time only."""

    feed_days: int = setting("FEED_DAYS", parsers.whole(7, 3650), default=90)
    staff_days: int = setting("STAFF_DAYS", parsers.whole(1, 3650), default=365)
    look_days: int = setting("PROCESSING_LOG_DAYS", parsers.whole(180, 7310), default=1826)
    file_result_days: int = setting("FILE_RESULT_DAYS", parsers.whole(7, 3650), default=400)

    @property
    def feed(self) -> timedelta:
        """How long partners can follow what happened; after that they begin with the list."""
        return timedelta(days=self.feed_days)

    @property
    def staff(self) -> timedelta:
        """How long somebody who was taken out is known by name."""
        return timedelta(days=self.staff_days)

    @property
    def looks(self) -> timedelta:
        """How long it is known who looked at whom: by default the five years in which somebody can claim."""
        return timedelta(days=self.look_days)

    @property
    def file_results(self) -> timedelta:
        """How long a partner can see what was wrong in the rows of a file that is done."""
        return timedelta(days=self.file_result_days)


@dataclasses.dataclass(frozen=True)
class SignInSettings:
    """Where staff sign in. Without a provider nobody can, and only the API is used."""

    providers: tuple[Provider, ...] = setting("IDENTITY_PROVIDERS", providers, default=(), secret=True)

    def provider(self, provider_id: str) -> Provider | None:
        """The provider with this id."""
        return next((one for one in self.providers if one.id == provider_id), None)
