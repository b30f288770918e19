"""A parent or guardian whom a coordinator names for a child, kept where a referral would have brought them."""

from __future__ import annotations

from typing import Any

from chassis.http import BadInput, field_error
from contracts.event import camel
from services.intake.domain.referral import contact_person_findings, reachable, tidy
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]


def name_guardian(store: IntakeStore, vault: Vault, participant_id: str, said: Row) -> None:
    """Seal them with the participant. Raises BadInput with all that is wrong, LookupError when nobody is there."""
    guardian = tidy(said)
    if wrong := list(contact_person_findings(guardian, "guardian")):
        raise BadInput([field_error("body", camel(one.field), one.english, one.code) for one in wrong])
    row = store.participant(participant_id)
    if row is None:
        raise LookupError(f"participant {participant_id} of a referral is gone")
    key = vault.under(row["wrapped_key"], participant_id)
    person = key.open(participant_id, row["sealed"]) | {"contact_person": reachable(guardian)}
    store.change_person(participant_id, key.seal(participant_id, person))
