"""What intake keeps about referrals, their needs and the people in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from chassis.store import Store

_PARTICIPANT: Final = ("participant_id", "library_id", "household_id", "wrapped_key", "sealed", "created_at")
_REFERRAL: Final = (
    "referral_id", "participant_id", "household_id", "partner_id", "library_id", "municipality", "postcode4",
    "referral_file_id", "row_number", "received_at", "status", "triage_reasons", "accepted_by", "decided_at",
    "legal_basis", "informed_on", "informed_how", "age_band", "spoken_level", "spoken_level_how", "spoken_level_on",
    "literacy", "literacy_how", "literacy_on", "digital_skill", "learner_track", "availability", "features",
    "civic_integration_duty", "target_group", "purpose", "guardian_missing", "sealed", "contact_by", "number",
    "todo", "reference_index",
)  # fmt: skip
_NEED: Final = ("need_id", "referral_id", "position", "goal", "kind", "phase")
_STEP: Final = ("need_id", "at", "what", "by", "phase", "reasons", "actor")
_STATE: Final = ("need_id", "phase", "enrolment_id", "starts_at", "reasons", "turn", "turn_sequence", "turn_at",
                 "turn_reasons")  # fmt: skip
_CONSENT: Final = ("referral_id", "given_on", "how", "given_by", "recorded_at")
_PLACE: Final = ("need_id", "enrolment_id", "what", "sequence", "at", "starts_at", "reason")

Row = dict[str, Any]
After = tuple[Any, ...] | None


class ReferralStore(Store, sql="referrals.sql"):
    """Households, participants, referrals, needs and the processing log."""

    def households(self, partner_id: str, wanted: dict[bytes, str]) -> dict[bytes, str]:
        """The household behind each key; a new one gets the id that `wanted` offers for its key."""
        if not wanted:
            return {}
        rows = [(partner_id, key, household_id, self.now) for key, household_id in sorted(wanted.items())]
        self.write_values("add_households", rows)
        found = self.rows("households", partner_id=partner_id, key_indexes=list(wanted))
        return {bytes(row["key_index"]): row["household_id"] for row in found}

    def draw_numbers(self, count: int) -> list[int]:
        """The numbers by which so many new referrals will be spoken of."""
        return [row["number"] for row in self.rows("draw_numbers", count=count)]

    def add(self, participants: Sequence[Row], referrals: Sequence[Row], needs: Sequence[Row]) -> None:
        """New people with their referrals and needs."""
        self.write_values("add_participants", _tuples(participants, _PARTICIPANT))
        self.write_values("add_referrals", _tuples(referrals, _REFERRAL))
        self.write_values("add_needs", _tuples(needs, _NEED))

    def add_explicit_consents(self, consents: Sequence[Row]) -> None:
        """Consent that was given apart from the legal basis, instead of any that was before."""
        self.write_values("add_explicit_consents", _tuples(consents, _CONSENT))

    def explicit_consent(self, referral_id: str) -> Row | None:
        """The consent of this referral that was given apart and not withdrawn."""
        return self.row("explicit_consent", referral_id=referral_id)

    def add_steps(self, steps: Sequence[Row]) -> None:
        """What happened to needs, in this order."""
        self.write_values("add_need_steps", _tuples(steps, _STEP))

    def known_first(self, persons: dict[tuple[str, bytes], str]) -> dict[tuple[str, bytes], str]:
        """Per library and person index the participant known first: an earlier one, or the one given here."""
        if not persons:
            return {}
        ordered = sorted(persons)
        new = self.run_values("know_persons", [(library, index, persons[library, index]) for library, index in ordered])
        known = persons | {}
        if earlier := sorted(persons.keys() - {(row["library_id"], bytes(row["person_index"])) for row in new}):
            found = self.rows("known_persons", library_ids=[one[0] for one in earlier],
                              person_indexes=[one[1] for one in earlier])  # fmt: skip
            known |= {(row["library_id"], bytes(row["person_index"])): row["participant_id"] for row in found}
        return known

    def link(self, links: Sequence[tuple[str, str]]) -> None:
        """Participant and the one known first who is probably the same person."""
        self.write_values("link_participants", links)

    def referral(self, referral_id: str) -> Row | None:
        """One referral with its participant's wrapped key and its library's name."""
        return self.row("referral", referral_id=referral_id)

    def referral_with_number(self, number: int) -> Row | None:
        """What says who may see it, by the count that its reference number is made of."""
        return self.row("referral_with_number", number=number)

    def locked_referral(self, referral_id: str) -> Row | None:
        """The same without that name; nobody else changes it until this transaction ends."""
        return self.row("lock_referral", referral_id=referral_id)

    def lock_referrals(self, referral_ids: list[str]) -> list[Row]:
        """Lock several in one order; what their course depends on."""
        return self.rows("lock_referrals", referral_ids=referral_ids)

    def page_of_partner(
        self, partner_id: str, filters: Row, after: After, limit: int, *, assigned: list[str] | None = None
    ) -> list[Row]:
        """A partner's own, newest first; of `assigned` municipalities alone when these are given."""
        narrowed = _filters(filters, after) | {name: filters.get(name) for name in ("reference_index", "asked")}
        return self.rows("page_of_partner", partner_id=partner_id, assigned=assigned, **narrowed, limit=limit)

    def asked_of_partner(self, partner_id: str, assigned: list[str] | None, most: int) -> int:
        """How many of its referrals wait for its answer, of `assigned` municipalities alone when these are given."""
        return int(self.value("asked_of_partner", partner_id=partner_id, assigned=assigned, most=most))

    def reference_walk(self) -> Row:
        """`after`: the id up to which own references are findable; `done_at`: since when all are."""
        found = self.row("reference_walk")
        if found is None:
            raise LookupError("the walk through references is gone")
        return found

    def to_index(self, after: str, limit: int) -> list[Row]:
        """The next referrals behind an id, locked, with what opens them."""
        return self.rows("to_index", after=after, limit=limit)

    def put_reference_indexes(self, indexes: Sequence[tuple[str, bytes]]) -> None:
        """By these the referrals with these ids are found."""
        self.write_values("put_reference_indexes", indexes)

    def walk_on(self, after: str, *, done: bool) -> None:
        """The walk has come so far, or to its end."""
        self.run("walk_on", after=after, done_at=self.now if done else None)

    def page_of_libraries(self, library_ids: list[str], filters: Row, after: After, limit: int) -> list[Row]:
        """Those of these libraries and those that they may take, newest first."""
        return self.rows("page_of_libraries", library_ids=library_ids, **_filters(filters, after), limit=limit)

    def is_unrouted_for(self, referral_id: str, library_ids: list[str]) -> bool:
        """Whether staff of these libraries may decide about a referral that no library has yet."""
        return bool(self.value("is_unrouted_for", referral_id=referral_id, library_ids=library_ids))

    def needs_of(self, referral_ids: list[str]) -> dict[str, list[Row]]:
        """Needs per referral, in the order in which the partner gave them."""
        found: dict[str, list[Row]] = {referral_id: [] for referral_id in referral_ids}
        for row in self.rows("needs_of", referral_ids=referral_ids):
            found[row["referral_id"]].append(row)
        return found

    def places_of(self, referral_ids: list[str]) -> dict[str, list[Row]]:
        """What planning said of places, and the participant's answers, by need."""
        found: dict[str, list[Row]] = {}
        for row in self.rows("places_of", referral_ids=referral_ids):
            found.setdefault(row["need_id"], []).append(row)
        return found

    def put_places(self, places: Sequence[Row]) -> None:
        """The last that planning said of these places."""
        self.write_values("put_places", _tuples(places, _PLACE))

    def starting(self, limit: int, put_off: Sequence[str] = ()) -> list[Row]:
        """Final places whose first meeting has begun, of which that was not written down yet; but none of the
        referrals put off.
        """
        return self.rows("starting", now=self.now, limit=limit, put_off=list(put_off))

    def put_started(self, places: Sequence[tuple[str, str]]) -> list[Row]:
        """Write down of these places (need, enrolment) that they began; those of which it is so."""
        return self.run_values("put_started", [(*place, self.now) for place in sorted(places)])

    def add_need(self, need: Row) -> None:
        """A further need of a referral."""
        self.write_values("add_needs", _tuples([need], _NEED))

    def steps_of(self, referral_id: str) -> dict[str, list[Row]]:
        """Timelines per need, oldest first."""
        found: dict[str, list[Row]] = {}
        for row in self.rows("steps_of", referral_id=referral_id):
            found.setdefault(row["need_id"], []).append(row)
        return found

    def change_needs(self, needs: Sequence[Row], referrals: Iterable[tuple[str, str, str | None]]) -> None:
        """New states of needs, and what follows for their referrals: id, status and what to do next."""
        self.write_values("change_needs", _tuples(needs, _STATE))
        self.write_values("change_statuses", list(referrals))

    def accept(self, referral: Row) -> None:
        """With what the coordinator supplied; the needs follow by :meth:`change_needs`."""
        fields = ("referral_id", "library_id", "municipality", "legal_basis", "informed_on", "informed_how", "sealed",
                  "accepted_by", "contact_by", "guardian_missing")  # fmt: skip
        self.run("accept_referral", **{key: referral[key] for key in fields}, now=self.now)

    def route(self, referral: Row) -> None:
        """It has a library now and waits for a person there."""
        fields = ("referral_id", "library_id", "triage_reasons", "contact_by")
        self.run("route_referral", **{key: referral[key] for key in fields})

    def reject(self, referral_id: str, reason: str) -> None:
        """By a person, with a reason."""
        self.run("reject_referral", referral_id=referral_id, reason=reason, now=self.now)

    def give_library(self, participant_id: str, library_id: str) -> None:
        """From now on this library is the controller of the record."""
        self.run("give_participant_library", participant_id=participant_id, library_id=library_id)

    def add_answer(self, answer: Row) -> None:
        """The participant's yes or no about a place."""
        self.run("add_answer", **answer, now=self.now)

    def duplicates_of(self, referral_id: str, participant_id: str) -> list[str]:
        """Other referrals at the same library of what is probably the same person, oldest first, 50 at most."""
        rows = self.rows("duplicates_of", referral_id=referral_id, participant_id=participant_id)
        return [row["referral_id"] for row in rows]

    def referred_before(self, partner_id: str, library_id: str, person_index: bytes, limit: int) -> list[Row]:
        """Referrals by this partner of who is probably this person at this library, newest first."""
        known = {"partner_id": partner_id, "library_id": library_id, "person_index": person_index}
        return self.rows("referred_before", **known, limit=limit)

    def note_sent(self, partner_id: str, row_index: bytes, referral_id: str) -> None:
        """This form became this referral."""
        self.run("note_sent", partner_id=partner_id, row_index=row_index, referral_id=referral_id)

    def sent_before(self, partner_id: str, row_index: bytes) -> Row | None:
        """The last referral that the same form became."""
        return self.row("sent_before", partner_id=partner_id, row_index=row_index)

    def numbers_of(self, referral_ids: list[str]) -> dict[str, int]:
        """The count that the reference number of each is made of."""
        return {row["referral_id"]: row["number"] for row in self.rows("numbers_of", referral_ids=referral_ids)}

    def participant(self, participant_id: str) -> Row | None:
        """A participant, sealed."""
        return self.row("participant", participant_id=participant_id)

    def latest_referral_of(self, participant_id: str) -> Row | None:
        """Id and sealed fields of the last referral of this participant."""
        return self.row("latest_referral_of", participant_id=participant_id)

    def log_look(self, line: Row) -> None:
        """One line of the processing log."""
        self.run("log_look", **line, now=self.now)

    def forget_looks(self, kept: timedelta, most: int) -> int:
        """Delete lines of the processing log that are older than this; how many, `most` at a time."""
        return self.run("forget_looks", before=self.now - kept, most=most)

    def waiting_for_library(self, limit: int, put_off: Sequence[str] = ()) -> list[Row]:
        """Ids of referrals, locked, that no library served when they came, from where one serves now; but none of
        those put off.
        """
        return self.rows("waiting_for_library", limit=limit, put_off=list(put_off))


def _tuples(rows: Iterable[Row], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def _filters(wanted: Row, after: After) -> Row:
    after_at, after_id = after or (None, None)
    filters = {key: wanted.get(key) for key in ("status", "municipality", "referral_file_id", "participant_id")}
    return filters | {"after_at": after_at, "after_id": after_id}
