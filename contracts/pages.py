"""What all pages share: who signs people in, and which entries stand in the menu of whom (design, section 6).

Pages know no service but their own; this table says what the others show, as `catalogue` does for events.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = ("nl", "en")
"""The first is what a visitor gets who chose none."""

SIGN_IN_SERVICE: Final = "intake"
"""Signs people in for all services on one origin, and tells whether a session still counts."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: shown to who has the scope, under a title in each language."""

    service: str
    path: str
    scope: str
    titles: dict[str, str]
    hints: dict[str, str]

    @property
    def address(self) -> str:
        """Where it is on the origin that all services share."""
        return f"/{self.service}{self.path}"


MENU: Final = (
    Entry(
        "intake", "/referrals", "referrals:read", {"nl": "Aanmeldingen", "en": "Referrals"},
        {"nl": "Wie is er aangemeld, wat is de vraag en hoe gaat het ermee.",
         "en": "Who was referred, what they ask and how it goes."},
    ),
    Entry(
        "intake", "/referrals/new", "referrals:write", {"nl": "Iemand aanmelden", "en": "Refer somebody"},
        {"nl": "Meld iemand aan bij de bibliotheek. Dat duurt ongeveer vijf minuten.",
         "en": "Refer somebody to the library. It takes about five minutes."},
    ),
    Entry(
        "intake", "/availability", "availability:read", {"nl": "Is er plek?", "en": "Is there room?"},
        {"nl": "Kijk of er plek is voor wat iemand wil leren.",
         "en": "See whether there is room for what somebody wants to learn."},
    ),
    Entry(
        "intake", "/partners", "organisations:write", {"nl": "Partners", "en": "Partners"},
        {"nl": "Welke organisaties mensen aanmelden, wat er met ze is afgesproken en hoe hun systemen binnenkomen.",
         "en": "Which organisations refer people, what is agreed with them and how their systems come in."},
    ),
    Entry(
        "intake", "/libraries", "organisations:write", {"nl": "Bibliotheken", "en": "Libraries"},
        {"nl": "Voor welke gemeenten elke bibliotheek werkt, hoe snel die contact opneemt en wanneer die dicht is.",
         "en": "For which municipalities each library works, how fast it gets in touch and when it is closed."},
    ),
    Entry(
        "intake", "/staff", "organisations:write", {"nl": "Medewerkers", "en": "Staff"},
        {"nl": "Wie mag inloggen, met welke rol en voor welke bibliotheek.",
         "en": "Who may sign in, with which role and for which library."},
    ),
)  # fmt: skip
"""In the order of the menu."""

WORK: Final = MENU[0].address
"""Where staff find what there is to do: mails lead there."""

ROLE_NAMES: Final[dict[str, dict[str, str]]] = {
    "case-worker": {"nl": "verwijzer", "en": "case worker"},
    "coordinator": {"nl": "coördinator", "en": "coordinator"},
    "library-manager": {"nl": "manager van de bibliotheek", "en": "library manager"},
    "report-reader": {"nl": "lezer van rapporten", "en": "report reader"},
    "operations": {"nl": "beheer", "en": "operations"},
}
"""What people call the roles that staff can have."""


ROLE_TASKS: Final[dict[str, dict[str, str]]] = {
    "case-worker": {
        "nl": "Je meldt mensen aan bij de bibliotheek en volgt hoe het met ze gaat.",
        "en": "You refer people to the library and follow how it goes with them.",
    },
    "coordinator": {
        "nl": "Je beslist over aanmeldingen, neemt contact op met mensen en schrijft op wat jullie afspreken.",
        "en": "You decide about referrals, get in touch with people and write down what you agree.",
    },
    "library-manager": {
        "nl": "Je ziet de aanmeldingen van je bibliotheek. De coördinator beslist erover.",
        "en": "You see the referrals of your library. The coordinator decides about them.",
    },
    "report-reader": {
        "nl": "Je bekijkt cijfers. Namen van mensen zie je nooit.",
        "en": "You look at numbers. You never see the name of a person.",
    },
    "operations": {
        "nl": "Je houdt bij wie er meedoet: partners, bibliotheken en medewerkers. Namen van deelnemers zie je niet.",
        "en": "You keep who takes part in order: partners, libraries and staff. You do not see who was referred.",
    },
}
"""What each of them does here, on the first page."""


def menu_for(scopes: Collection[str]) -> list[Entry]:
    """What somebody with these scopes finds in the menu."""
    return [entry for entry in MENU if entry.scope in scopes]
