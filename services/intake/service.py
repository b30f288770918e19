"""Intake: partners refer people, libraries decide, and everyone concerned sees what became of each need."""

from __future__ import annotations

from chassis.outbox import Tells
from chassis.service import Service
from chassis.store import Stores
from services.intake.entrypoints.casework import Casework
from services.intake.entrypoints.events import Events
from services.intake.entrypoints.feed import Feed
from services.intake.entrypoints.files import Files
from services.intake.entrypoints.letters import Letters
from services.intake.entrypoints.organisations import Organisations
from services.intake.entrypoints.providers import Checkers, Issues, LetterTexts, Vaults
from services.intake.entrypoints.referrals import Referrals
from services.intake.entrypoints.tokens import Tokens
from services.intake.settings import LetterSettings, TokenSettings
from services.intake.store import IntakeStore


class IntakeService(Organisations, Tokens, Referrals, Letters, Casework, Feed, Files, Events, Service):
    """Owns organisations, referrals, participants; the only service that knows anyone by name."""

    name = "intake"
    concerns = (TokenSettings, LetterSettings)

    store = Stores(IntakeStore)
    tell = Tells()
    vault = Vaults()
    issuing = Issues()
    checker = Checkers()
    letter_texts = LetterTexts()
