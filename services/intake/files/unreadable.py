"""Why a file cannot be taken at all, and what its sender can do: in Dutch and English, without anything of the file."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

MOST_ROWS: Final = 5_000
LARGEST_FILE: Final = 5 * 1024 * 1024


class Unreadable(Exception):
    """This file cannot be taken; `code` is one of :data:`TEXTS`, `hint` says which columns or which line."""

    tells_no_data = True

    def __init__(self, code: str, hint: str = "") -> None:
        self.code = code
        self.dutch, self.english = (text.replace("{hint}", hint) for text in TEXTS[code])
        super().__init__(code)


TEXTS: Final = MappingProxyType(
    {
        "empty": (
            "Het bestand is leeg. Stuur een Excel-bestand (.xlsx) of een CSV-bestand met aanmeldingen.",
            "The file is empty. Send an Excel file (.xlsx) or a CSV file of referrals.",
        ),
        "unknown-format": (
            "Dit is geen Excel-bestand (.xlsx) en geen CSV-bestand. Bewaar het in Excel als 'Excel-werkmap (.xlsx)'.",
            "This is neither an Excel file (.xlsx) nor a CSV file. Save it in Excel as 'Excel Workbook (.xlsx)'.",
        ),
        "protected-or-old": (
            "Dit bestand heeft een wachtwoord of is van een oude Excel (.xls). Haal het wachtwoord weg en bewaar "
            "het als "
            "'Excel-werkmap (.xlsx)'.",
            "This file has a password or is of an old Excel (.xls). Take the password off and save it as "
            "'Excel Workbook (.xlsx)'.",
        ),
        "macros": (
            "Dit bestand heeft macro's; die nemen wij niet aan. Bewaar het als 'Excel-werkmap (.xlsx)', zonder "
            "macro's.",
            "This file has macros, which we do not accept. Save it as 'Excel Workbook (.xlsx)', without macros.",
        ),
        "other-spreadsheet": (
            "Dit is een rekenblad in een andere vorm. Bewaar het als 'Excel-werkmap (.xlsx)' of als CSV.",
            "This is a spreadsheet of another form. Save it as 'Excel Workbook (.xlsx)' or as CSV.",
        ),
        "too-large-inside": (
            "Het bestand is uitgepakt te groot. Haal afbeeldingen en lege opgemaakte cellen weg, of deel het op.",
            "The file is too large when unpacked. Take out images and empty formatted cells, or split it.",
        ),
        "unsafe": (
            "Het bestand bevat onderdelen die een Excel-bestand niet hoort te hebben. Open het in Excel en "
            "bewaar het opnieuw.",
            "The file holds parts that an Excel file should not have. Open it in Excel and save it again.",
        ),
        "broken": (
            "Het bestand is beschadigd. Open het in Excel, bewaar het opnieuw en stuur dat.",
            "The file is damaged. Open it in Excel, save it again and send that.",
        ),
        "not-text": (
            "De letters in dit CSV-bestand kunnen we niet lezen. Bewaar het in Excel als 'CSV UTF-8'.",
            "We cannot read the letters of this CSV file. Save it in Excel as 'CSV UTF-8'.",
        ),
        "quotes": (
            "Rond regel {hint} van dit CSV-bestand staat een aanhalingsteken te veel of te weinig.",
            "Around line {hint} of this CSV file there is a quotation mark too many or too few.",
        ),
        "no-header": (
            "We vinden geen regel met kolomnamen. Zet bovenaan namen zoals Voornaam, Achternaam, Telefoon, Gemeente, "
            "Leervraag 1, Verwijzer.",
            "We find no row of column names. Put names on top, such as Voornaam, Achternaam, Telefoon, Gemeente, "
            "Leervraag 1, Verwijzer.",
        ),
        "columns-missing": (
            "Deze kolommen ontbreken: {hint}.",
            "These columns are missing: {hint}.",
        ),
        "columns-twice": (
            "Deze kolommen staan er meer dan eens: {hint}. Laat er één staan.",
            "These columns are there more than once: {hint}. Leave one.",
        ),
        "several-sheets": (
            "Er staan aanmeldingen op meer dan één tabblad. Zet ze op één tabblad, of stuur een bestand per tabblad.",
            "There are referrals on more than one sheet. Put them on one sheet, or send a file for each.",
        ),
        "no-rows": (
            "Onder de kolomnamen staat geen enkele aanmelding.",
            "There is not one referral below the column names.",
        ),
        "too-many-rows": (
            f"Het bestand heeft meer dan {MOST_ROWS} rijen. Deel het op.",
            f"The file has more than {MOST_ROWS} rows. Split it.",
        ),
    }
)
