"""HTTP where clients get their tokens, and others the keys to check them with."""

from __future__ import annotations

from typing import Any

from chassis.http import Answer, Call, endpoint
from chassis.http.components import VERSION_HEADER
from chassis.http.headers import JSON
from chassis.http.problem import CONTENT_TYPE as PROBLEM
from chassis.http.schemas import AnyQuery
from contracts.access import ROLES
from contracts.ids import is_id
from services.intake import metrics, oauth
from services.intake.client_secrets import Checker, id_of
from services.intake.schemas.tokens import Jwks, Token
from services.intake.store import IntakeStore
from services.intake.tokens import LIFETIME_SECONDS, Issuing

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _refused(why: str) -> dict[str, Any]:
    """For the description: an error of OAuth 2.0 is JSON of its own kind, and no problem+json."""
    return {
        "description": why,
        "headers": {"API-Version": VERSION_HEADER},
        "content": {JSON: {"schema": Token}, PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


class Tokens:
    """OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

    store: IntakeStore
    issuing: Issuing
    checker: Checker

    @endpoint(
        "POST", "/oauth/token", scope=None, consumes={"application/x-www-form-urlencoded"},
        max_bytes=oauth.LONGEST_FORM, returns=Token, summary="Get an access token", tags=["tokens"],
        description="`grant_type=client_credentials`, with `client_id` and `client_secret` in the form or as HTTP "
        "Basic; `scope` narrows. Errors are those of RFC 6749, section 5.2.",
        openapi={"responses": {"400": _refused("It cannot be read so."), "401": _refused("No such client.")}},
    )  # fmt: skip
    def issue_token(self, call: Call) -> Answer:
        try:
            token = self._token(oauth.read(call.raw, call.headers.get("Authorization")))
        except oauth.OAuthError as refused:
            metrics.tokens_asked.labels(refused.error).inc()
            challenge = {"WWW-Authenticate": 'Basic realm="meedoen"'} if refused.by_header else {}
            said = {"error": refused.error, "error_description": refused.description}
            return Answer(said, status=refused.status, headers=_NO_STORE | challenge)
        metrics.tokens_asked.labels("issued").inc()
        return Answer(token, headers=_NO_STORE)

    def _token(self, asked: oauth.TokenRequest) -> dict[str, object]:
        secret_id = id_of(asked.client_secret)
        known = is_id(asked.client_id) and secret_id
        secret = self.store.secret(asked.client_id, secret_id) if known and secret_id else None
        if secret is None or not self.checker.matches(asked.client_secret, secret["argon2_hash"]):
            raise oauth.OAuthError.invalid_client(asked.by_header)
        scopes = oauth.narrowed(asked.scopes, ROLES["partner"])
        if not self.store.hold_client(asked.client_id, secret["tokens_valid_from"]):
            raise oauth.OAuthError.invalid_client(asked.by_header)
        self.store.secret_was_used(secret["secret_id"])
        token = self.issuing.token(
            asked.client_id, municipalities=secret["municipalities"], scopes=scopes, now=self.store.now
        )
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "scope": " ".join(scopes),
        }

    @endpoint("GET", "/jwks", scope=None, query=AnyQuery, returns=Jwks, summary="Keys to check tokens with",
              tags=["tokens"], prompt=True)  # fmt: skip
    def show_keys(self, call: Call) -> Answer:
        return Answer(self.issuing.jwks(), headers={"Cache-Control": "public, max-age=300"})
