"""Intake: partners refer people, libraries decide, and everyone concerned sees what became of each need."""

from __future__ import annotations

from chassis.outbox import Tells
from chassis.pages import Pages, PageSettings
from chassis.service import Service
from chassis.store import Stores
from services.intake.entrypoints.casework import Casework
from services.intake.entrypoints.events import Events
from services.intake.entrypoints.feed import Feed
from services.intake.entrypoints.files import Files
from services.intake.entrypoints.letters import Letters
from services.intake.entrypoints.organisations import Organisations
from services.intake.entrypoints.providers import (
    Checkers,
    Issues,
    LetterTexts,
    PartnerLimits,
    Retentions,
    Rooms,
    SignIns,
    Vaults,
)
from services.intake.entrypoints.referrals import Referrals
from services.intake.entrypoints.retention import Retention
from services.intake.entrypoints.staff import StaffMembers
from services.intake.entrypoints.tokens import Tokens
from services.intake.pages.asking import AskingPages
from services.intake.pages.changing import ChangePages
from services.intake.pages.confirmation import ConfirmationPages
from services.intake.pages.contacting import ContactPages
from services.intake.pages.decisions import DecisionPages
from services.intake.pages.ending import EndingPages
from services.intake.pages.home import Home
from services.intake.pages.libraries import LibraryPages
from services.intake.pages.library_area import LibraryAreaPages
from services.intake.pages.own_part import OwnPartPages
from services.intake.pages.partner_secrets import PartnerSecretPages
from services.intake.pages.partners import PartnerPages
from services.intake.pages.placing import PlacePages
from services.intake.pages.refer import ReferPages
from services.intake.pages.referral import ReferralPage
from services.intake.pages.referrals import ReferralPages
from services.intake.pages.room import RoomPages
from services.intake.pages.sign_in import SignIn
from services.intake.pages.staff import StaffPages
from services.intake.pages.words import WORDS
from services.intake.settings import LetterSettings, RetentionSettings, RoomSettings, SignInSettings, TokenSettings
from services.intake.store import IntakeStore


class Actions(DecisionPages, AskingPages, ContactPages, PlacePages, ChangePages, EndingPages):
    """What people do about a referral."""


class Referring(ReferPages, ConfirmationPages, RoomPages, OwnPartPages):
    """What a case worker sees before and after somebody is referred, and does about it."""


class OperationsWeb(PartnerPages, PartnerSecretPages, LibraryPages, LibraryAreaPages, StaffPages):
    """Pages for who keeps organisations and people in order."""


class Web(SignIn, Home, Referring, ReferralPages, ReferralPage, Actions, OperationsWeb, Pages):
    """The pages of intake."""

    page_words = WORDS


class IntakeService(
    Organisations, Tokens, Referrals, Letters, Casework, Feed, Files, StaffMembers, Retention, Events, Web, Service
):
    """Owns organisations, referrals, participants; the only service that knows anyone by name."""

    name = "intake"
    concerns = (TokenSettings, LetterSettings, SignInSettings, RetentionSettings, RoomSettings, PageSettings)

    store = Stores(IntakeStore)
    tell = Tells()
    vault = Vaults()
    issuing = Issues()
    limits = PartnerLimits()
    retention = Retentions()
    checker = Checkers()
    sign_ins = SignIns()
    letter_texts = LetterTexts()
    rooms = Rooms()
