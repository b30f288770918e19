"""Who may call which endpoint of which service, role by role. Written out by hand, so that a new endpoint has to be.

What a caller then sees of it is narrower still: a partner its own, a case worker those of the municipalities assigned
to them, staff those of their libraries. `tests/integration/access` and `test_foreign_hands` try all of it.
"""

from __future__ import annotations

from typing import Final

ANYONE: Final = frozenset({"nobody"})
"""Without any token."""
REFERRERS: Final = frozenset({"partner", "case-worker"})
COORDINATORS: Final = frozenset({"coordinator"})
STAFF: Final = frozenset({"coordinator", "library-manager"})
READERS: Final = frozenset({"library-manager", "report-reader"})
OPERATIONS: Final = frozenset({"operations"})

_EVERYWHERE: Final = {
    "GET /health/live": ANYONE,
    "GET /health/ready": ANYONE,
    "GET /metrics": ANYONE,
    "GET /openapi.json": ANYONE,
    "GET /deferred": OPERATIONS,
    "GET /delivery": OPERATIONS,
    "GET /flow-heads": OPERATIONS,
    "GET /parked": OPERATIONS,
    "GET /parked/{eventId}": OPERATIONS,
    "POST /parked/{eventId}/discard": OPERATIONS,
    "POST /parked/{eventId}/replay": OPERATIONS,
    "POST /replays": OPERATIONS,
}

EXPECTED: Final[dict[str, dict[str, frozenset[str]]]] = {
    "intake": _EVERYWHERE
    | {
        "GET /jwks": ANYONE,
        "POST /oauth/token": ANYONE,
        "GET /libraries": OPERATIONS,
        "POST /libraries": OPERATIONS,
        "GET /libraries/{libraryId}": OPERATIONS,
        "PUT /libraries/{libraryId}": OPERATIONS,
        "GET /partners": OPERATIONS,
        "POST /partners": OPERATIONS,
        "GET /partners/{partnerId}": OPERATIONS,
        "PATCH /partners/{partnerId}": OPERATIONS,
        "POST /partners/{partnerId}/secrets": OPERATIONS,
        "DELETE /partners/{partnerId}/secrets": OPERATIONS,
        "DELETE /partners/{partnerId}/secrets/{secretId}": OPERATIONS,
        "GET /staff-members": OPERATIONS,
        "POST /staff-members": OPERATIONS,
        "GET /staff-members/{staffId}": OPERATIONS,
        "PUT /staff-members/{staffId}": OPERATIONS,
        "POST /referrals": REFERRERS,
        "GET /referrals": REFERRERS | STAFF,
        "GET /referrals/{referralId}": REFERRERS | STAFF,
        "GET /referrals/{referralId}/letter": REFERRERS | STAFF,
        "PATCH /referrals/{referralId}": COORDINATORS,
        "GET /referrals/{referralId}/casework": REFERRERS | STAFF,
        "POST /referrals/{referralId}/answers": REFERRERS | STAFF,
        "POST /referrals/{referralId}/withdrawals": REFERRERS,
        "POST /referrals/{referralId}/questions": COORDINATORS,
        "POST /referrals/{referralId}/contact-attempts": COORDINATORS,
        "POST /referrals/{referralId}/intake-talks": COORDINATORS,
        "POST /referrals/{referralId}/needs": COORDINATORS,
        "POST /referrals/{referralId}/closures": COORDINATORS,
        "POST /referrals/{referralId}/transfers": COORDINATORS,
        "GET /events": REFERRERS | STAFF,
        "POST /referrals/{referralId}/decisions": COORDINATORS,
        "POST /referrals/{referralId}/needs/{needId}/placement-answers": COORDINATORS,
        "GET /participants/{participantId}": REFERRERS | STAFF,
        "POST /referral-files": REFERRERS,
        "GET /referral-files": REFERRERS | STAFF,
        "GET /referral-files/{referralFileId}": REFERRERS | STAFF,
        "GET /referral-files/{referralFileId}/problems": REFERRERS | STAFF,
    },
    "activities": _EVERYWHERE
    | {
        "GET /availability": REFERRERS | STAFF,
        "GET /programmes": STAFF,
        "POST /programmes": STAFF,
        "GET /activities": STAFF,
        "POST /activities": STAFF,
        "GET /activities/{activityId}": STAFF,
        "GET /enrolments": STAFF,
        "GET /waiting-list": STAFF,
    },
    "notifications": _EVERYWHERE
    | {
        "GET /mails": OPERATIONS,
        "GET /notices": STAFF,
        "PATCH /notices/{noticeId}": STAFF,
    },
    "reporting": _EVERYWHERE
    | {
        "GET /aggregates": READERS,
        "GET /funnel": READERS,
        "GET /audit": OPERATIONS,
        "GET /totals": OPERATIONS,
    },
}

PAGES: Final[dict[str, dict[str, frozenset[str]]]] = {
    "intake": {
        "GET /": ANYONE,
        "POST /language": ANYONE,
        "GET /session": ANYONE,
        "POST /session": ANYONE,
        "GET /sign-in": ANYONE,
        "GET /sign-in/{providerId}": ANYONE,
        "GET /sign-in/callback": ANYONE,
        "POST /sign-out": ANYONE,
        "GET /signed-out": ANYONE,
        "GET /static/{digest}/{name}": ANYONE,
        "GET /referrals": REFERRERS | STAFF,
        "GET /referrals/{referralId}": REFERRERS | STAFF,
        "POST /referrals/{referralId}/acceptance": COORDINATORS,
        "POST /referrals/{referralId}/rejection": COORDINATORS,
        "GET /referrals/{referralId}/timeline": REFERRERS | STAFF,
        "GET /referrals/{referralId}/questions": COORDINATORS,
        "POST /referrals/{referralId}/questions": COORDINATORS,
        "GET /referrals/{referralId}/answers": COORDINATORS,
        "POST /referrals/{referralId}/answers": COORDINATORS,
        "GET /referrals/{referralId}/contact-attempts": COORDINATORS,
        "POST /referrals/{referralId}/contact-attempts": COORDINATORS,
        "GET /referrals/{referralId}/intake-talks": COORDINATORS,
        "POST /referrals/{referralId}/intake-talks": COORDINATORS,
        "GET /referrals/{referralId}/changes": COORDINATORS,
        "POST /referrals/{referralId}/changes": COORDINATORS,
        "GET /referrals/{referralId}/needs": COORDINATORS,
        "POST /referrals/{referralId}/needs": COORDINATORS,
        "GET /referrals/{referralId}/needs/{needId}/place": COORDINATORS,
        "POST /referrals/{referralId}/needs/{needId}/place": COORDINATORS,
        "GET /referrals/{referralId}/closures": COORDINATORS,
        "POST /referrals/{referralId}/closures": COORDINATORS,
        "GET /referrals/{referralId}/onward": COORDINATORS,
        "POST /referrals/{referralId}/onward": COORDINATORS,
        "GET /referrals/{referralId}/transfers": COORDINATORS,
        "POST /referrals/{referralId}/transfers": COORDINATORS,
        "GET /partners": OPERATIONS,
        "GET /partners/new": OPERATIONS,
        "POST /partners/new": OPERATIONS,
        "GET /partners/{partnerId}": OPERATIONS,
        "GET /partners/{partnerId}/terms": OPERATIONS,
        "POST /partners/{partnerId}/terms": OPERATIONS,
        "GET /partners/{partnerId}/suspension": OPERATIONS,
        "POST /partners/{partnerId}/suspension": OPERATIONS,
        "POST /partners/{partnerId}/resumption": OPERATIONS,
        "GET /partners/{partnerId}/secret": OPERATIONS,
        "GET /partners/{partnerId}/secrets/new": OPERATIONS,
        "POST /partners/{partnerId}/secrets/new": OPERATIONS,
        "GET /partners/{partnerId}/secrets/{secretId}/end": OPERATIONS,
        "POST /partners/{partnerId}/secrets/{secretId}/end": OPERATIONS,
        "GET /partners/{partnerId}/revocation": OPERATIONS,
        "POST /partners/{partnerId}/revocation": OPERATIONS,
        "GET /libraries": OPERATIONS,
        "GET /libraries/new": OPERATIONS,
        "POST /libraries/new": OPERATIONS,
        "GET /libraries/{libraryId}": OPERATIONS,
        "GET /libraries/{libraryId}/details": OPERATIONS,
        "POST /libraries/{libraryId}/details": OPERATIONS,
        "POST /libraries/{libraryId}/municipalities": OPERATIONS,
        "GET /libraries/{libraryId}/municipalities/{code}": OPERATIONS,
        "POST /libraries/{libraryId}/municipalities/{code}": OPERATIONS,
        "POST /libraries/{libraryId}/municipalities/{code}/removal": OPERATIONS,
        "POST /libraries/{libraryId}/closures": OPERATIONS,
        "POST /libraries/{libraryId}/closures/removal": OPERATIONS,
        "GET /staff": OPERATIONS,
        "GET /staff/new": OPERATIONS,
        "POST /staff/new": OPERATIONS,
        "GET /staff/{staffId}": OPERATIONS,
        "POST /staff/{staffId}": OPERATIONS,
        "POST /staff/{staffId}/removal": OPERATIONS,
    },
    "activities": {},
    "notifications": {},
    "reporting": {},
}
"""Pages need the same scopes; those for anyone send whoever is not signed in to the sign-in, or say nothing."""
