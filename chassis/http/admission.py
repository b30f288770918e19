"""Whether a request's caller is known and may do this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from chassis.http.problem import Forbidden, Unauthenticated, Unavailable
from chassis.identity import ANYONE, Caller, KeysAway, Refused, Verifier
from chassis.revocation import Revocations

log = structlog.get_logger()

_SCHEME: Final = "bearer "
_SESSION: Final = "session "
"""For services among themselves: a page that needs something of another service asks as who is signed in."""


class Admission:
    """Checks the bearer token of each request.

    `sessions` opens the session of a person; services with pages set it. `is_taken_out` knows whose tokens count no
    more though their issuer still gives them; the service that signs people in sets it.
    """

    sessions: Callable[[str], Caller | None] | None = None
    is_taken_out: Callable[[Caller], bool] | None = None

    def __init__(self, verifier: Verifier, revocations: Revocations) -> None:
        self._verifier = verifier
        self._revocations = revocations

    def admit(self, authorization: str | None, scope: str | None) -> Caller:
        """The caller; anyone where no scope is asked. Raises a Problem: 401, 403, or 503 without the issuer's keys."""
        if scope is None:
            return ANYONE
        caller = self._identified(authorization)
        if not caller.may(scope):
            problem = Forbidden(f"This needs the scope {scope}, which your token does not give.", scope=scope)
            problem.headers["WWW-Authenticate"] = f'Bearer realm="meedoen", error="insufficient_scope", scope="{scope}"'
            raise problem
        return caller

    def _identified(self, authorization: str | None) -> Caller:
        if authorization is not None and self.sessions and authorization.lower().startswith(_SESSION):
            signed_in = self.sessions(authorization[len(_SESSION) :].strip())
            if signed_in is None:
                raise Unauthenticated("The session is over.", "invalid_token")
            return signed_in
        if authorization is None or not authorization.lower().startswith(_SCHEME):
            raise Unauthenticated("Send a bearer token in the Authorization header.")
        try:
            caller = self._verifier.caller(authorization[len(_SCHEME) :].strip())
        except Refused as refusal:
            log.info("token_refused", reason=str(refusal))
            raise Unauthenticated(str(refusal), "invalid_token") from refusal
        except KeysAway as problem:
            log.warning("token_unverifiable", reason="issuer's keys cannot be fetched")
            raise Unavailable("Your token cannot be checked now: its issuer does not answer.") from problem
        if self._revocations.has_revoked(caller):
            log.info("token_refused", reason="revoked", client_id=caller.id)
            raise Unauthenticated("The token was revoked.", "invalid_token")
        if self.is_taken_out is not None and self.is_taken_out(caller):
            log.info("token_refused", reason="taken out")
            raise Unauthenticated("You have no access any more.", "invalid_token")
        return caller
