"""All that intake keeps, one method per named query; by concept in `store_*.py`, the SQL in `sql/`."""

from __future__ import annotations

from services.intake.store_casework import CaseworkStore
from services.intake.store_feed import FeedStore
from services.intake.store_files import FileStore
from services.intake.store_looking import LookingStore
from services.intake.store_organisations import OrganisationStore
from services.intake.store_referrals import ReferralStore
from services.intake.store_staff import StaffStore


class IntakeStore(OrganisationStore, ReferralStore, CaseworkStore, LookingStore, FeedStore, FileStore, StaffStore):
    """Organisations, referrals, what people do about them, what partners follow, files of referrals, and staff."""
