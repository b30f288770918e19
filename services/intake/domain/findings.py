"""What can be wrong with what a partner sends, in Dutch and English. No message repeats what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `field` with dots, in snake_case (`needs.0.goal`), and a code of :data:`TEXTS`.

    `hint` completes the text: one for both languages, or the Dutch and the English one.
    """

    field: str
    code: str
    hint: str | tuple[str, str] = ""

    @property
    def dutch(self) -> str:
        return self._text(0)

    @property
    def english(self) -> str:
        return self._text(1)

    def _text(self, language: int) -> str:
        hint = self.hint if isinstance(self.hint, str) else self.hint[language]
        return TEXTS[self.code][language].replace("{hint}", hint)


TEXTS: Final = MappingProxyType(
    {
        "required": ("Dit moet ingevuld zijn.", "This has to be filled in."),
        "name-unreadable": (
            "Dit is geen naam: er staan cijfers in of er staan geen letters in.",
            "This is not a name: it has digits, or no letters.",
        ),
        "contact-missing": (
            "Er is geen telefoonnummer en geen e-mailadres. Eén van de twee is nodig om de deelnemer te bereiken.",
            "There is no telephone number and no e-mail address. One of them is needed to reach the participant.",
        ),
        "phone-unreadable": (
            "Dit is geen telefoonnummer dat we kunnen bellen. Schrijf 10 cijfers, of een buitenlands nummer met "
            "+ en landcode.",
            "This is not a number that we can call. Write 10 digits, or a foreign number with + and its country code.",
        ),
        "email-unreadable": (
            "Dit is geen e-mailadres. Schrijf één adres, zoals naam@voorbeeld.nl.",
            "This is not an e-mail address. Write one address, such as name@example.org.",
        ),
        "need-repeated": ("Deze leervraag staat er al.", "This need is there already."),
        "goal-unknown": (
            "Deze leervraag kennen we niet. Kies uit: {hint}.",
            "We do not know this need. Choose one of: {hint}.",
        ),
        "municipality-missing": (
            "De gemeente en de postcode ontbreken. Vul minstens één van de twee in.",
            "Municipality and postcode are missing. Give at least one of them.",
        ),
        "municipality-unknown": (
            "Deze gemeente kennen we niet.{hint} Schrijf de naam van de gemeente (niet de woonplaats) of de "
            "code, zoals GM0150.",
            "We do not know this municipality.{hint} Write its name (not the town's) or its code, such as GM0150.",
        ),
        "municipality-outside-agreement": (
            "Met uw organisatie is afgesproken dat u uit andere gemeenten aanmeldt.",
            "Your organisation's agreement is for other municipalities.",
        ),
        "postcode-unreadable": (
            "Dit is geen postcode. Schrijf 4 cijfers, of 4 cijfers en 2 letters.",
            "This is not a postcode. Write 4 digits, or 4 digits and 2 letters.",
        ),
        "date-unreadable": (
            "Deze datum kunnen we niet lezen. Schrijf dag-maand-jaar met vier cijfers voor het jaar, zoals 31-01-1990.",
            "We cannot read this date. Write day-month-year with four digits for the year, such as 31-01-1990.",
        ),
        "date-in-future": ("Deze datum ligt in de toekomst.", "This date lies in the future."),
        "birth-date-impossible": (
            "Deze geboortedatum kan niet: hij ligt in de toekomst of meer dan 120 jaar terug.",
            "This birth date is impossible: it lies in the future or more than 120 years ago.",
        ),
        "choice-unknown": (
            "Deze waarde kennen we niet. Kies uit: {hint}. Leeg laten mag ook.",
            "We do not know this value. Choose one of: {hint}. It may be left empty.",
        ),
        "legal-basis-outside-agreement": (
            "Met uw organisatie is deze grondslag niet afgesproken. Kies een grondslag uit de afspraken.",
            "Your organisation's agreement does not name this legal basis. Choose one that it names.",
        ),
        "purpose-outside-agreement": (
            "Met uw organisatie is dit doel niet afgesproken.",
            "Your organisation's agreement does not name this purpose.",
        ),
        "availability-without-evenings": (
            "Bij de tijden staat geen avond, maar wel dat alleen de avond kan. Kies één van de twee.",
            "The times hold no evening, yet it says evenings only. Choose one of the two.",
        ),
        "routes-exclude": (
            "Iemand volgt één route: de B1-route, de onderwijsroute of de Z-route.",
            "Somebody follows one route: the B1 route, the education route or the Z route.",
        ),
        "consent-by-guardian": (
            "De deelnemer is jonger dan 16 jaar. Een ouder of voogd geeft de toestemming.",
            "The participant is under 16. A parent or guardian gives the consent.",
        ),
        "not-confirmable": (
            "Dit veld is leeg. Er valt niets te bevestigen.",
            "This field is empty. There is nothing to confirm.",
        ),
        "number-unreadable": (
            "Dit is geen heel getal dat hier kan. Schrijf een getal van {hint}.",
            "This is not a whole number that can stand here. Write a number from {hint}.",
        ),
        "ages-unreadable": (
            "Deze leeftijden kunnen we niet lezen. Schrijf hele jaren met een komma ertussen, zoals 3, 7, 12. "
            "Tot en met 17 jaar.",
            "We cannot read these ages. Write whole years with commas between, such as 3, 7, 12. Up to 17.",
        ),
        "field-unknown": ("Dit veld kennen we niet.", "We do not know this field."),
        "invalid": ("Dit kunnen we niet lezen.", "We cannot read this."),
        "too-long": (
            "Deze tekst is te lang: hoogstens {hint} tekens.",
            "This text is too long: at most {hint} characters.",
        ),
        "bsn": (
            "Hier staat een burgerservicenummer (BSN). Dat mogen wij niet ontvangen en u niet sturen. Haal het weg.",
            "There is a citizen service number (BSN) here. We may not receive it nor you send it. Take it out.",
        ),
        "v-number": (
            "Hier staat een V-nummer. Dat hebben wij niet nodig, dus dat mogen wij niet ontvangen. Haal het weg.",
            "There is a V-number (IND) here. We do not need it, so we may not receive it. Take it out.",
        ),
        "health": (
            "Hier staat iets over gezondheid. Dat mogen wij niet vastleggen. Schrijf alleen wat iemand nodig heeft; "
            "gebruik 'Voorwaarden' voor bijvoorbeeld een plek zonder drempels. Gaat het niet over gezondheid? "
            "Bevestig dat dan.",
            "This says something about health, which we may not record. Write only what someone needs; use the "
            "features for, say, a place without steps. Is it not about health? Then confirm that.",
        ),
        "sensitive": (
            "Hier staat iets over geloof, geaardheid of een strafblad. Dat hebben wij niet nodig, dus dat mogen wij "
            "niet vastleggen. Haal het weg. Gaat het daar niet over? Bevestig dat dan.",
            "This says something about belief, orientation or a criminal record. We do not need it, so we may not "
            "record it. Take it out. Is it about something else? Then confirm that.",
        ),
        "formula-without-value": (
            "Hier staat een formule zonder uitkomst. Open het bestand in Excel, bewaar het en stuur het opnieuw.",
            "There is a formula without a result here. Open the file in Excel, save it and send it again.",
        ),
        "excel-error": (
            "Hier staat een foutmelding van Excel in plaats van een waarde.",
            "There is an error of Excel here instead of a value.",
        ),
        "too-many-cells": (
            "Deze rij heeft meer vakjes dan er kolommen zijn. Staat er een scheidingsteken in een tekst zonder "
            "aanhalingstekens?",
            "This row has more cells than there are columns. Is there a separator in a text without quotation marks?",
        ),
        "not-taken-in": (
            "Deze rij konden wij niet verwerken. Dat ligt aan ons; wij zijn gewaarschuwd. Stuur de rij later nog eens.",
            "We could not process this row. The fault is ours and we have been told. Send the row again later.",
        ),
    }
)
