"""Referring by hand (*iemand aanmelden*): the form, the look whether there is room, and sending it.

What is refused is what the API refuses. What the API takes in and a coordinator then has to ask for, the form asks
first; whoever does not know it sends the form without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from chassis.http import BadInput, Forbidden, field_error
from chassis.outbox import Teller
from chassis.pages import PageCall, SeeOther, Shown, page
from chassis.pages.call import Again
from contracts import codes, municipalities
from services.intake import access, referring
from services.intake.access import Sight
from services.intake.domain.goals import kind_for
from services.intake.domain.people import identity
from services.intake.domain.reference_numbers import number_of
from services.intake.domain.referral import Agreement
from services.intake.domain.routing import route
from services.intake.pages import case_worker, referral_form
from services.intake.pages.referral_choices import CHOICES
from services.intake.pages.referral_form import ANYWAY, ASKED, BEFORE, LEFT_OUT
from services.intake.pages.room import RoomQuery, look
from services.intake.reception import Reception
from services.intake.records import Incoming, amsterdam_day
from services.intake.room import Asked, RoomDesk
from services.intake.staff import Staff
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]
FORM: Final = "refer_person"
MOST_BEFORE: Final = 3


class ReferPages:
    """The form and what it is sent to."""

    store: IntakeStore
    vault: Vault
    tell: Teller
    rooms: RoomDesk

    @page("GET", "/referrals/new", scope="referrals:write", query=RoomQuery, template="refer.html")
    def refer_page(self, call: PageCall) -> Row | Shown:
        """Refer somebody: what is needed first, what may wait below."""
        partner, agreed, may_refer = self._terms(call)
        if not may_refer:
            return Shown("refer-nowhere.html", {"partner": partner["name"]})
        if call.again and call.again.form == "look_for_room":
            call.again = replace(call.again, form=FORM)
        return self._page(call, partner, agreed)

    @page("POST", "/referrals/new/availability", scope="referrals:write", again="refer_page")
    def look_for_room(self, call: PageCall) -> Shown:
        """The same form with what is typed in it, and whether there is room for that."""
        sent = referral_form.sent(call.typed)
        room = self._room(call, sent)
        partner, agreed, may_refer = self._terms(call)
        if not may_refer:
            raise Forbidden("No municipality is assigned to you.")
        call.again, call.path = Again(FORM, call.typed), "/referrals/new"
        return Shown("refer.html", self._page(call, partner, agreed) | {"room": room})

    @page("POST", "/referrals/new", scope="referrals:write", again="refer_page", once=True)
    def refer_person(self, call: PageCall) -> SeeOther:
        """Take the referral in, once, and go on to its confirmation."""
        partner, agreed, may_refer = self._terms(call)
        if not may_refer:
            raise Forbidden("No municipality is assigned to you.")
        sent, today = referral_form.sent(call.typed), amsterdam_day(self.store.now)
        said, wrong = referring.checked(sent, today=today, agreed=agreed)
        errors = referral_form.told(wrong, call.language)
        anyway = call.typed.get(ANYWAY, [])
        if "incomplete" not in anyway:
            errors += referral_form.asked_for(referring.left_out(sent, today=today), errors)
        same = self.vault.row_index(partner["partner_id"], {"by hand": sent})
        if said and "again" not in anyway and self._referred_before(call, partner, said, same):
            errors.append(field_error("body", "", BEFORE, BEFORE))
        if errors or said is None:
            raise BadInput(referral_form.in_order(errors))
        incoming = Incoming(referring.on_terms(said, partner))
        reception = Reception(self.store, self.vault, self.tell)
        received = reception.take_in(partner["partner_id"], [incoming])[0]
        self.store.note_sent(partner["partner_id"], same, received.referral_id)
        call.about(received.participant["participant_id"])
        case_worker.remember(call, sent.get("caseWorker") or {})
        return SeeOther(f"/referrals/{received.referral_id}/confirmation")

    def _terms(self, call: PageCall) -> tuple[Row, Agreement, bool]:
        """The partner, what it may refer, and whether this case worker has a municipality to refer from."""
        sight = access.sight_of(self.store, call.caller)
        partner = access.partner_of(self.store, call.caller)
        agreed = referring.agreement_of(partner, sight)
        return partner, agreed, agreed.from_somewhere

    def _page(self, call: PageCall, partner: Row, agreed: Agreement) -> Row:
        names = municipalities.names()
        places = {code: name for code, name in names.items() if agreed.from_here(code)}
        bases = [code for code in codes.LEGAL_BASES if not agreed.legal_bases or code in agreed.legal_bases]
        begin = {"municipality": _only(list(places)), "legalBasis": _only(bases)} | case_worker.known(
            call, Staff(self.store, self.vault)
        )
        asked = {"municipality": call.query.get("municipality"), "needs": call.query.get("needs") or None,
                 "spokenLevel": call.query.get("spoken_level")}  # fmt: skip
        begin |= {name: value for name, value in asked.items() if value}
        form = call.form(FORM, "/referrals/new", once=True, **begin)
        return {
            "form": form, "room": None, "room_action": call.url("/referrals/new/availability"),
            "places": places, "bases": bases, "purposes": list(agreed.purposes),
            "before": self._before(call, partner, form),
            "asked": (LEFT_OUT, *ASKED.values()), "basis_text": partner["legal_basis_text"], **CHOICES,
        }  # fmt: skip

    def _room(self, call: PageCall, sent: Row) -> Row:
        goals = [need["goal"] for need in sent.get("needs", ()) if need["goal"] in codes.GOALS]
        place = sent.get("municipality")
        if not goals or place not in municipalities.names():
            return {"away": False, "rows": [], "municipality": None}
        known = {name: sent.get(key) for name, key in (("spoken_level", "spokenLevel"), ("literacy", "literacy"))}
        features = tuple(one for one in sent.get("features", ()) if one in codes.FEATURES)
        levels = {name: value for name, value in known.items() if value in codes.SPOKEN_LEVELS + codes.LITERACY_LEVELS}
        return look(self.rooms, call, Asked(str(place), **levels, features=features), goals)

    def _before(self, call: PageCall, partner: Row, form: Any) -> list[Row]:
        """Who was probably referred before, when the form is shown again because of that."""
        if not form.wrong(BEFORE):
            return []
        agreed = referring.agreement_of(partner)
        sent = referral_form.sent(form.typed)
        said, _ = referring.checked(sent, today=amsterdam_day(self.store.now), agreed=agreed)
        same = self.vault.row_index(partner["partner_id"], {"by hand": sent})
        return self._referred_before(call, partner, said, same) if said else []

    def _referred_before(self, call: PageCall, partner: Row, said: Row, same: bytes) -> list[Row]:
        """Referrals by this organisation of who is probably this person, and the one of the same form: those that the
        case worker may see.
        """
        form = self.store.sent_before(partner["partner_id"], same)
        found = ([form] if form else []) + self._known(partner, said)
        sight: Sight = access.sight_of(self.store, call.caller)
        return [
            {"referral_id": row["referral_id"], "number": number_of(row["number"]), "received_at": row["received_at"]}
            for row in {row["referral_id"]: row for row in found}.values()
            if access.may_see(self.store, sight, row)
        ]  # fmt: skip

    def _known(self, partner: Row, said: Row) -> list[Row]:
        """Referrals of who has this name and this date of birth at the library that it would go to."""
        person = said["participant"]
        known_by = identity(person.get("given_name"), person["family_name"], person.get("birth_date"))
        kinds = [need.get("kind") or kind_for(need["goal"], said["spoken_level"]) for need in said["needs"]]
        place = said.get("municipality")
        library_id = route(place, kinds, self.store.routing([place]).table)
        if known_by is None or library_id is None:
            return []
        index = self.vault.person_index(library_id, known_by)
        return self.store.referred_before(partner["partner_id"], library_id, index, MOST_BEFORE)


def _only(choices: list[str]) -> str | None:
    """What is chosen already where nothing else can be."""
    return choices[0] if len(choices) == 1 else None
