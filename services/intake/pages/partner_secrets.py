"""How a partner's systems come in: a secret more, one less, or none at all. A secret is shown on one page, once."""

from __future__ import annotations

from typing import Any, Final

from chassis.http import NotFound
from chassis.outbox import Teller
from chassis.pages import PageCall, SeeOther, marked, once, page
from services.intake import organisations
from services.intake.pages.partners import SECRET
from services.intake.store import IntakeStore
from services.intake.store_organisations import SECRETS_AT_A_TIME
from services.intake.tokens import Issuing

Row = dict[str, Any]
_ENDED: Final = marked("The secret counts no more.")
_REVOKED: Final = marked("All secrets are ended, and everything that was signed in with them is out.")


class PartnerSecretPages:
    """Each action is asked first, on a page that says what happens to the systems of the partner."""

    store: IntakeStore
    tell: Teller
    issuing: Issuing

    @page("GET", "/partners/<uuid:partner_id>/secrets/new", scope="organisations:write",
          template="partner-secret-new.html")  # fmt: skip
    def new_secret_page(self, call: PageCall, partner_id: str) -> Row:
        """Which secret stays valid beside a new one, and which one ends."""
        partner = organisations.partner(self.store, partner_id)
        ending = partner["secrets"][: max(0, len(partner["secrets"]) + 1 - SECRETS_AT_A_TIME)]
        return self._asked(call, partner, "make_secret", "/secrets/new") | {
            "ending": ending, "staying": partner["secrets"][len(ending) :], "is_danger": False,
        }  # fmt: skip

    @page("POST", "/partners/<uuid:partner_id>/secrets/new", scope="organisations:write", again="new_secret_page")
    def make_secret(self, call: PageCall, partner_id: str) -> SeeOther:
        """A secret beside the newest one so far."""
        _as_seen(self.store, call, partner_id)
        secret = organisations.rotate_secret(self.store, partner_id)
        once.keep(call, SECRET, {"partner_id": partner_id, "secret": secret, "is_new": False})
        return SeeOther(f"/partners/{partner_id}/secret")

    @page("GET", "/partners/<uuid:partner_id>/secret", scope="organisations:write", template="partner-secret.html")
    def secret_page(self, call: PageCall, partner_id: str) -> Row:
        """The secret that was just made. Who looks a second time reads that it was shown."""
        partner = organisations.partner(self.store, partner_id)
        kept = once.take(call, SECRET)
        shown = kept if kept is not None and kept["partner_id"] == partner_id else None
        token_address = f"{call.visits.settings.public_url}/v1/oauth/token"
        return {"partner": partner, "shown": shown, "token_address": token_address}

    @page("GET", "/partners/<uuid:partner_id>/secrets/<secret_id>/end", scope="organisations:write",
          template="partner-secret-end.html")  # fmt: skip
    def end_secret_page(self, call: PageCall, partner_id: str, secret_id: str) -> Row:
        """Whether it is the right one."""
        partner = organisations.partner(self.store, partner_id)
        secret = next((one for one in partner["secrets"] if one["secret_id"] == secret_id), None)
        if secret is None:
            raise NotFound("There is no such secret, or it is not valid any more.")
        return self._asked(call, partner, "drop_secret", f"/secrets/{secret_id}/end") | {"secret": secret}

    @page("POST", "/partners/<uuid:partner_id>/secrets/<secret_id>/end", scope="organisations:write",
          again="end_secret_page")  # fmt: skip
    def drop_secret(self, call: PageCall, partner_id: str, secret_id: str) -> SeeOther:
        """One secret counts no more; the other one stays."""
        _as_seen(self.store, call, partner_id)
        organisations.end_secret(self.store, partner_id, secret_id)
        return SeeOther(f"/partners/{partner_id}", told=_ENDED)

    @page("GET", "/partners/<uuid:partner_id>/revocation", scope="organisations:write",
          template="partner-revoke.html")  # fmt: skip
    def revocation_page(self, call: PageCall, partner_id: str) -> Row:
        """Whether it is meant: everything of this partner stops at once."""
        partner = organisations.partner(self.store, partner_id)
        return self._asked(call, partner, "revoke_all_secrets", "/revocation")

    @page("POST", "/partners/<uuid:partner_id>/revocation", scope="organisations:write", again="revocation_page")
    def revoke_all_secrets(self, call: PageCall, partner_id: str) -> SeeOther:
        """No secret and no token counts any more."""
        organisations.revoke_secrets(self.store, self.tell, _as_seen(self.store, call, partner_id))
        return SeeOther(f"/partners/{partner_id}", told=_REVOKED)

    def _asked(self, call: PageCall, partner: Row, handler: str, below: str) -> Row:
        path = f"/partners/{partner['partner_id']}"
        form = call.form(handler, f"{path}{below}", version=_mark(partner))
        return {"partner": partner, "form": form, "back": call.url(path), "is_danger": True}


def _as_seen(store: IntakeStore, call: PageCall, partner_id: str) -> Row:
    """The partner, locked, with the secrets that the page was about. Raises NotFound, or a Problem, 412."""
    before = store.locked_partner(partner_id)
    if before is None:
        raise NotFound("There is no such partner.")
    call.expect(_mark(organisations.partner(store, partner_id)))
    return before


def _mark(partner: Row) -> str:
    """Which secrets are valid: what was asked about two of them is not done to a third."""
    return ".".join(one["secret_id"] for one in partner["secrets"]) or "none"
