"""Signing in and out (ADR 0022)."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import structlog
from marshmallow import EXCLUDE, fields, validate

from chassis.http import Answer, NotFound, Unavailable
from chassis.http.schemas import Schema
from chassis.pages import PageCall, SeeOther, Shown, page
from chassis.pages.addresses import within
from contracts.pages import SIGN_IN_SERVICE
from services.intake import metrics
from services.intake.signing_in import BEGUN_LIVES_SECONDS, CALLBACK, Begun, ProviderAway, SignInFailed, SigningIn
from services.intake.staff import Staff, TakenOut
from services.intake.store import IntakeStore
from services.intake.vault import Vault

log = structlog.get_logger()
HOME: Final = f"/{SIGN_IN_SERVICE}"


class Following(Schema):
    """Where to go on afterwards."""

    next = fields.String(load_default="", validate=validate.Length(max=2000))


class Answered(Schema):
    """What a provider sends along with who comes back (RFC 6749 and 9207); what else it sends is nothing to us."""

    class Meta:
        unknown = EXCLUDE

    code = fields.String(validate=validate.Length(max=4000))
    state = fields.String(validate=validate.Length(max=200))
    iss = fields.String(validate=validate.Length(max=500))
    error = fields.String(validate=validate.Length(max=200))


class SignIn:
    """Choosing a provider, going there, coming back, and signing out."""

    store: IntakeStore
    vault: Vault
    sign_ins: dict[str, SigningIn]

    @page("GET", "/sign-in", scope=None, query=Following, template="sign-in.html")
    def sign_in_page(self, call: PageCall) -> dict[str, Any] | SeeOther:
        """Where to sign in; who is signed in goes on at once."""
        following = within(call.query["next"], HOME)
        if call.session is not None:
            return SeeOther(following, elsewhere=True)
        return {
            "providers": [one.provider for one in self.sign_ins.values()],
            "next": following,
            "lapsed": call.visit.lapsed is not None,
        }

    @page("GET", "/sign-in/<provider_id>", scope=None, query=Following, template="sign-in.html")
    def begin_sign_in(self, call: PageCall, provider_id: str) -> SeeOther:
        """Go to the provider."""
        if provider_id not in self.sign_ins:
            raise NotFound
        try:
            address, begun = self.sign_ins[provider_id].begin(within(call.query["next"], HOME))
        except ProviderAway as problem:
            metrics.sign_ins.labels(provider_id, "provider-away").inc()
            raise Unavailable(f"The identity provider: {problem}.", code="provider-away") from problem
        sealed = call.visits.seals.seal("sign-in", begun.facts)
        call.cookies.append(call.visits.cookies.write(_cookie(begun.state), sealed, int(BEGUN_LIVES_SECONDS)))
        return SeeOther(address, elsewhere=True)

    @page("GET", CALLBACK, scope=None, query=Answered, template="sign-in-failed.html")
    def end_sign_in(self, call: PageCall) -> SeeOther | Shown:
        """Back from the provider: a session begins, or a page says why not."""
        cookie = _cookie(call.query.get("state", ""))
        begun = _begun(call, cookie)
        call.cookies.append(call.visits.cookies.clear(cookie))
        if begun is None or begun.provider_id not in self.sign_ins:
            metrics.sign_ins.labels("unknown", "not-begun-here").inc()
            return Shown("sign-in-failed.html", {"why": "not-begun-here", "next": HOME}, status=400)
        try:
            identity = self.sign_ins[begun.provider_id].finish(begun, call.query)
            session = Staff(self.store, self.vault).sign_in(identity)
            call.count(session.caller)
        except ProviderAway as problem:
            metrics.sign_ins.labels(begun.provider_id, "provider-away").inc()
            raise Unavailable(f"The identity provider: {problem}.", code="provider-away") from problem
        except (SignInFailed, TakenOut) as refusal:
            why = "taken-out" if isinstance(refusal, TakenOut) else "refused"
            metrics.sign_ins.labels(begun.provider_id, why).inc()
            log.info("sign_in_refused", provider=begun.provider_id, reason=str(refusal) or why)
            return Shown("sign-in-failed.html", {"why": why, "next": begun.following}, status=403)
        if call.session is not None:
            self.store.end_session(call.session.id)
        metrics.sign_ins.labels(begun.provider_id, "signed-in").inc()
        call.visit.cookies.clear()
        call.cookies.append(call.visits.keep(session))
        return SeeOther(within(begun.following, HOME), elsewhere=True)

    @page("POST", "/sign-out", scope=None, signed_in=True)
    def sign_out(self, call: PageCall) -> SeeOther | Shown:
        """End the session here, and at the provider where it offers that."""
        assert call.session is not None
        given = Staff(self.store, self.vault).sign_out(call.session.id)
        call.visit.cookies.clear()
        call.cookies.append(call.visits.end())
        address = None
        if given is not None and given[0] in self.sign_ins:
            back = f"{call.visits.settings.public_url}/signed-out"
            address = self.sign_ins[given[0]].end_address(given[1], back)
        call.visit.session = None
        if address is None:
            return SeeOther("/signed-out")
        # A page that sends on by itself: browsers let no form lead to another site than the policy names.
        return Shown("signing-out.html", {"address": address}, headers={"Refresh": f"0; url={address}"})

    @page("GET", "/signed-out", scope=None, query=Answered, template="signed-out.html")
    def signed_out(self, call: PageCall) -> dict[str, Any]:
        """Nobody is signed in any more."""
        return {}

    @page("GET", "/session", scope=None, signed_in=True, query=Following, template="sign-in.html")
    def confirm_session(self, call: PageCall) -> SeeOther:
        """Another service asks whether the session still counts: it does, or nobody would have come this far."""
        self._confirmed(call)
        return SeeOther(within(call.query["next"], HOME), elsewhere=True)

    @page("POST", "/session", scope=None, signed_in=True, query=Following)
    def confirm_session_of_form(self, call: PageCall) -> Answer:
        """The same with a form on its way to that service: the browser sends it on, unread."""
        self._confirmed(call)
        return Answer(b"", status=307, headers={"Location": within(call.query["next"], HOME)})

    def _confirmed(self, call: PageCall) -> None:
        assert call.session is not None
        call.visit.cookies.clear()
        call.cookies.append(call.visits.keep(call.session.used(self.store.now.timestamp(), confirmed=True)))


def _cookie(state: str) -> str:
    """A name per sign-in, so that two tabs do not end each other's."""
    return f"meedoen-sign-in-{hashlib.sha256(state.encode()).hexdigest()[:12]}"


def _begun(call: PageCall, cookie: str) -> Begun | None:
    facts = call.visits.seals.open("sign-in", call.sent_cookies.get(call.visits.cookies.named(cookie)))
    return Begun(**facts) if facts else None
