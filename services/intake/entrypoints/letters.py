"""HTTP where the letter for who was referred is had."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http import Answer, BadInput, Call, endpoint
from chassis.http.schemas import Schema
from services.intake import access, looking
from services.intake.letters.texts import MODEL, Texts
from services.intake.letters.writing import POLICY, letter
from services.intake.store import IntakeStore
from services.intake.vault import Vault


class LetterQuery(Schema):
    """In which language."""

    language = fields.String(
        load_default=MODEL,
        validate=validate.Length(min=2, max=12),
        metadata={"description": "`nl`, `en`, or an added one."},
    )


class Letters:
    """Who has your data, why, how long, your rights: to print and give."""

    store: IntakeStore
    vault: Vault
    letter_texts: dict[str, Texts]

    @endpoint(
        "GET", "/referrals/<uuid:referral_id>/letter", scope="referrals:read", query=LetterQuery, produces="text/html",
        summary="Get the letter for who was referred", tags=["referrals"], errors=(404,),
        description="HTML to print: what happens now, who has the data, why, how long, and what the person can do. It "
        "names the case worker and the reference number, never the person.",
        openapi={"responses": {"200": {"content": {"text/html": {"schema": {"type": "string"}}}}}},
    )  # fmt: skip
    def see_letter(self, call: Call, referral_id: str) -> Answer:
        sight = access.sight_of(self.store, call.caller)
        row = access.visible(self.store, sight, self.store.referral(referral_id))
        texts = self.letter_texts.get(call.query["language"])
        if texts is None:
            known = ", ".join(sorted(self.letter_texts))
            raise BadInput.field(
                "language", f"There is no letter in this language. Choose of {known}.", location="query"
            )
        page = letter(call.query["language"], texts, looking.letter_facts(self.store, self.vault, row, call.caller))
        return Answer(page, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
