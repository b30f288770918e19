"""The code lists that events and HTTP payloads share. Codes are English; their Dutch is in docs/glossary.md.

Order matters where it says so: levels run from low to high.
"""

from __future__ import annotations

from typing import Final

KINDS: Final = (
    "intake-advice",
    "language-buddy",
    "language-group",
    "language-cafe",
    "voorlees-express",
    "thuis-taal",
    "digital-skills",
    "collection-visit",
    "youth-education",
    "meeting-debate",
)
"""Kinds of activity that a need can be placed in (brief, "What the source page says")."""

DROP_IN_KINDS: Final = frozenset({"language-cafe", "meeting-debate", "collection-visit"})
"""Kinds whose places need no intake talk: whoever comes takes part, so a place is final at once."""

HOUSEHOLD_KINDS: Final = frozenset({"voorlees-express", "thuis-taal"})
"""Kinds in which a household takes one place, whatever its size."""

GOALS: Final = (
    "speaking",
    "reading-writing",
    "computer-digid",
    "reading-with-children",
    "language-at-home",
    "meeting-people",
    "library-visit",
    "study-youth",
    "not-known-yet",
)
"""Goals (*leervragen*) in a partner's words; intake translates each into a kind."""

SPOKEN_LEVELS: Final = ("unknown", "A0", "A1", "A2", "B1", "B2", "C1")
"""Spoken Dutch on the ERK scale (CEFR), low to high after `unknown`; A0 is below the scale."""

LITERACY_LEVELS: Final = ("unknown", "none", "other-script", "alfa-a", "alfa-b", "alfa-c", "latin")
"""Reading and writing, after the Dutch Alfabetisering NT2 scale; `latin` reads Latin script fluently."""

DIGITAL_SKILLS: Final = ("unknown", "none", "basic", "sufficient")
AGE_BANDS: Final = ("unknown", "0-15", "16-17", "18-27", "28-45", "46-66", "67-plus")
"""Ages in whole years on the day of referral; never a birth date (design, section 3)."""

LEARNER_TRACKS: Final = ("unknown", "nt1", "nt2")
CIVIC_INTEGRATION_DUTIES: Final = ("unknown", "yes", "no", "completed", "exempt")
TARGET_GROUPS: Final = ("unknown", "status-holder", "asylum-seeker", "displaced-ukrainian", "family-migrant", "other")

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYPARTS: Final = ("morning", "afternoon", "evening")
AVAILABILITY_SLOTS: Final = tuple(f"{day}-{part}" for day in WEEKDAYS for part in DAYPARTS)
"""Weekday and daypart in Amsterdam time: morning until 12:00, afternoon until 18:00, evening after."""

FEATURES: Final = ("women-only", "childcare", "step-free")
"""What an activity must have for this person; the reason behind it stays in intake. "Evenings only" is availability."""

DAYS_TO_CONTACT: Final = 5
"""Working days within which a library gets in touch with who was referred, or for whom a place is held, by default."""

LEGAL_BASES: Final = ("consent", "public-task", "agreement", "other")
TRIAGE_REASONS: Final = (
    "legal-basis-missing",
    "person-not-informed",
    "municipality-not-served",
    "municipality-unknown",
    "contact-missing",
    "guardian-missing",
    "transferred",
)
"""Why a referral was not accepted by rule and waits for a person. Rules may accept, never reject."""

REJECTION_REASONS: Final = (
    "not-our-area",
    "not-our-task",
    "duplicate",
    "no-legal-basis",
    "person-not-informed",
    "other",
)
UNPLACED_REASONS: Final = (
    "no-activity-of-kind",
    "other-municipality",
    "level-differs",
    "times-differ",
    "feature-missing",
    "age-differs",
)
"""Why nothing suits a need: what the best activities of its kind lacked."""

ANSWERED_BY: Final = ("participant", "guardian", "partner")
ANSWER_CHANNELS: Final = ("in-person", "call", "message-app", "e-mail", "letter")
CLOSING_REASONS: Final = (
    "declined",
    "goal-reached",
    "moved",
    "job",
    "not-reached",
    "nothing-suitable",
    "referred-onward",
    "personal-circumstances",
)
"""Why a library ends a need. Illness is health data and is no reason here."""

ENDED_REASONS: Final = (*CLOSING_REASONS, "withdrawn", "entered-in-error", "transferred")
"""Why a place ended: as the library said, or because the referral left it."""

QUESTIONS: Final = (
    "contact-details",
    "legal-basis",
    "person-informed",
    "municipality",
    "need-unclear",
    "level-unclear",
    "availability",
    "other",
)
"""What a library asks a partner about a referral."""

CONTACT_OUTCOMES: Final = ("reached", "intake-planned", "no-answer", "message-left", "details-wrong")
HOW_MEASURED: Final = ("test", "talk", "estimate", "own-words", "diploma")
REFERRAL_CHANGES: Final = (
    "levels",
    "availability",
    "features",
    "area",
    "answer",
    "civic-integration",
    "target-group",
)
"""What changed of a referral; `answer`: the partner answered the library's question."""

WITHDRAWAL_REASONS: Final = (
    "no-longer-needed",
    "declined",
    "moved",
    "referred-elsewhere",
    "duplicate",
    "other",
    "entered-in-error",
)
"""Why a partner takes a referral back; `entered-in-error`: it should never have been made."""

TRANSFER_REASONS: Final = ("moved", "wrong-library", "better-offer", "other")
ONWARD_TO: Final = (
    "municipality",
    "refugee-organisation",
    "language-school",
    "school",
    "employment-services",
    "welfare-work",
    "volunteer-organisation",
    "other",
)
"""Where somebody is referred onward to; the organisation's name stays in intake."""
PARTNER_STATUSES: Final = ("active", "suspended")
AUDIENCES: Final = ("participants", "staff")
