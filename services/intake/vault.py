"""Where personal data go in and out: encrypted per participant under that participant's own key (ADR 0010).

The key is wrapped by the master key and kept in the participant's row; whoever destroys it has erased the person. What
is sealed is bound to its row, so that no value opens in another's place.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import orjson

from chassis.sealing import DataKey, Sealer

PERSON: Final = (
    "given_name", "family_name", "birth_date", "phone", "email",
    "contact_language", "interpreter_needed", "contact_preference", "contact_person", "shielded_address", "household",
)  # fmt: skip
"""What is known of a person by name, sealed in the participant's row."""

AROUND: Final = (
    "case_worker", "remarks", "reference", "informed_language", "informed_interpreter", "legal_basis_text", "confirmed",
    "travel", "civic_integration_route", "shielded_postcode4",
)  # fmt: skip
"""What comes with one referral and may say who it is, sealed in the referral's row."""


class Vault:
    """Seals, opens and indexes what names a person."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def new_key(self, owner: str) -> bytes:
        """A fresh key for a participant or a file (`owner` is its id), wrapped."""
        return self._sealer.new_key(owner.encode())

    def under(self, wrapped_key: bytes, owner: str) -> OwnKey:
        """What seals and opens under the key of one participant or file. Raises sealing.Unopenable."""
        return OwnKey(self._sealer.under(bytes(wrapped_key), owner.encode()))

    def person_index(self, library_id: str, identity: str) -> bytes:
        """The same for the same person at one library; tells nothing to who has no key, nor across libraries."""
        return self._sealer.blind_index("person", f"{library_id}|{identity}")

    def household_index(self, partner_id: str, scope: str, key: str) -> bytes:
        """The same for one household of a partner within a scope (`api`, or the id of a file)."""
        return self._sealer.blind_index("household", f"{partner_id}|{scope}|{key}")

    def reference_index(self, partner_id: str, reference: str) -> bytes:
        """The same for one reference of a partner, however its letters and spaces were typed."""
        return self._sealer.blind_index("reference", f"{partner_id}|{''.join(reference.split()).casefold()}")

    def row_index(self, partner_id: str, referral: dict[str, Any]) -> bytes:
        """The same for a row that says the same, however it was spelled."""
        said = orjson.dumps(referral, option=orjson.OPT_SORT_KEYS)
        return self._sealer.digest("row", partner_id.encode() + b"|" + said)

    def staff_index(self, issuer: str, subject: str) -> bytes:
        """The same for the same account at a provider."""
        return self._sealer.digest("staff", f"{issuer}|{subject}".encode())

    def staff_email_index(self, provider: str, email: str) -> bytes:
        """The same for the same address at a provider, whatever its case."""
        return self._sealer.blind_index("staff-email", f"{provider}|{email}")

    def seal_text(self, purpose: str, plain: str) -> bytes:
        """A text that belongs to nobody's own key: an id in the processing log, the name of a file."""
        return self._sealer.seal(purpose, plain.encode())

    def open_text(self, purpose: str, sealed: bytes) -> str:
        """The text again. Raises sealing.Unopenable."""
        return self._sealer.unseal(purpose, bytes(sealed)).decode()


class OwnKey:
    """The key of one participant or one file, opened."""

    def __init__(self, key: DataKey) -> None:
        self._key = key

    def seal(self, row_id: str, fields: dict[str, Any]) -> bytes:
        """Encrypt these fields, bound to the row that they stand in. Fields without a value are left out."""
        return self._key.seal(orjson.dumps({k: v for k, v in fields.items() if v is not None}), row_id.encode())

    def open(self, row_id: str, sealed: bytes) -> dict[str, Any]:
        """The fields again; dates are dates. Raises sealing.Unopenable."""
        fields: dict[str, Any] = orjson.loads(self._key.unseal(bytes(sealed), row_id.encode()))
        if "birth_date" in fields:
            fields["birth_date"] = date.fromisoformat(fields["birth_date"])
        return fields
