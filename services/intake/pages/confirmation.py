"""After referring: the number, what happens now and by when, and the letter for the person."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from chassis.http import NotFound
from chassis.http.schemas import Schema
from chassis.pages import PageCall, page
from services.intake import access, looking
from services.intake.letters.languages import letter_in
from services.intake.letters.texts import MODEL, Texts
from services.intake.letters.writing import body
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]


class LetterChoice(Schema):
    """In which language; by default the one in which the person was told, where there is a letter in it."""

    language = fields.String(validate=validate.Length(min=2, max=12))


class ConfirmationPages:
    """The page after sending, and the letter."""

    store: IntakeStore
    vault: Vault
    letter_texts: dict[str, Texts]

    @page("GET", "/referrals/<uuid:referral_id>/confirmation", scope="referrals:write", template="confirmation.html")
    def confirmation_page(self, call: PageCall, referral_id: str) -> Row:
        """It came in: what to tell the person, and what the library does."""
        sight = access.sight_of(self.store, call.caller)
        row = access.visible(self.store, sight, self.store.referral(referral_id))
        return {"referral": looking.referral(self.store, self.vault, sight, row, call.caller)}

    @page("GET", "/referrals/<uuid:referral_id>/letter", scope="referrals:read", query=LetterChoice,
          template="letter.html")  # fmt: skip
    def letter_page(self, call: PageCall, referral_id: str) -> Row:
        """Who has your data, why, how long, your rights: to print and give."""
        sight = access.sight_of(self.store, call.caller)
        row = access.visible(self.store, sight, self.store.referral(referral_id))
        facts = looking.letter_facts(self.store, self.vault, row, call.caller)
        spoken = letter_in(facts.told_in, self.letter_texts)
        language = call.query.get("language") or spoken or MODEL
        if language not in self.letter_texts:
            raise NotFound("There is no letter in this language.")
        return {
            "letter": body(language, self.letter_texts[language], facts), "letter_language": language,
            "direction": self.letter_texts[language]["direction"], "number": facts.number, "referral_id": referral_id,
            "letters": [(code, texts["name"]) for code, texts in self.letter_texts.items()],
            "not_there": facts.told_in if facts.told_in and spoken is None else None,
        }  # fmt: skip
