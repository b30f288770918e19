"""The rows of the demo's tables. `payload()` is the body to POST, as the service's HTTP description has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Library:
    """A library with its mailbox and the area it serves; no kinds means every kind."""

    library_id: str
    name: str
    mailbox: str
    language: str
    municipalities: tuple[str, ...]
    kinds: tuple[str, ...]

    def payload(self) -> dict[str, Any]:
        serves = [{"municipality": code, "kinds": list(self.kinds)} for code in self.municipalities]
        return {
            "libraryId": self.library_id,
            "name": self.name,
            "mailbox": self.mailbox,
            "language": self.language,
            "serves": serves,
        }


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner, with the file in `examples/` that it sends (None: it only takes part)."""

    partner_id: str
    name: str
    municipalities: tuple[str, ...]
    file: str | None

    def payload(self) -> dict[str, Any]:
        return {"partnerId": self.partner_id, "name": self.name, "municipalities": list(self.municipalities)}


@dataclass(frozen=True, slots=True)
class Programme:
    """What a library offers of one kind."""

    programme_id: str
    library_id: str
    kind: str
    title: str

    def payload(self) -> dict[str, Any]:
        return {
            "programmeId": self.programme_id,
            "libraryId": self.library_id,
            "kind": self.kind,
            "title": self.title,
        }


@dataclass(frozen=True, slots=True)
class Activity:
    """A weekly series. `branch` is None for visits at home; times are local (Europe/Amsterdam)."""

    activity_id: str
    programme_id: str
    title: str
    municipality: str
    branch: str | None
    start_date: date
    start_time: str
    minutes: int
    weeks: int
    capacity: int
    lowest_level: str | None
    highest_level: str | None
    literacy: tuple[str, ...]
    age_bands: tuple[str, ...]
    features: tuple[str, ...]

    def payload(self) -> dict[str, Any]:
        place = {"branch": self.branch} if self.branch else {"homeVisits": True}
        suits = {"literacy": list(self.literacy), "ageBands": list(self.age_bands)}
        levels = {"lowestLevel": self.lowest_level, "highestLevel": self.highest_level}
        return {
            "activityId": self.activity_id,
            "programmeId": self.programme_id,
            "title": self.title,
            "municipality": self.municipality,
            **place,
            "capacity": self.capacity,
            "series": {
                "startDate": self.start_date.isoformat(),
                "startTime": self.start_time,
                "durationMinutes": self.minutes,
                "rule": f"FREQ=WEEKLY;COUNT={self.weeks}",
                "skipHolidays": True,
            },
            "suits": suits | {name: level for name, level in levels.items() if level},
            "features": list(self.features),
        }


@dataclass(frozen=True, slots=True)
class StaffUser:
    """Someone who signs in at the identity provider of the local installation."""

    username: str
    name: str
    role: str
    library_ids: tuple[str, ...]
    municipalities: tuple[str, ...]
    partner_id: str | None

    def claims(self) -> dict[str, Any]:
        """The claims of this user's token."""
        organisation = {"org": self.partner_id} if self.partner_id else {}
        return {
            "sub": self.username,
            "name": self.name,
            "email": f"{self.username}@example.org",
            "roles": [self.role],
            "libraries": list(self.library_ids),
            "municipalities": list(self.municipalities),
            **organisation,
        }


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything that the demo begins with, in the order in which it is to be registered."""

    libraries: tuple[Library, ...]
    partners: tuple[Partner, ...]
    programmes: tuple[Programme, ...]
    activities: tuple[Activity, ...]
    staff: tuple[StaffUser, ...]
