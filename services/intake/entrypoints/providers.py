"""What intake's entrypoints need besides a store: the vault, tokens, client secrets, and where staff sign in."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from chassis.http.rates import RateStore
from chassis.http.server import Server
from chassis.identity import Caller
from chassis.pages.session import Session
from chassis.pages.shared import PageSupport
from chassis.sealing import Sealer
from chassis.service_database import configured
from chassis.settings import HttpSettings, SealingSettings
from chassis.unit import Unit, UnitOfWorker
from services.intake.client_secrets import Checker
from services.intake.letters.texts import Texts
from services.intake.limits import Limits
from services.intake.room import RoomDesk
from services.intake.settings import LetterSettings, RetentionSettings, RoomSettings, SignInSettings, TokenSettings
from services.intake.signing_in import CALLBACK, SigningIn
from services.intake.store import IntakeStore
from services.intake.tokens import Issuing
from services.intake.vault import Vault


class Vaults(DependencyProvider):  # type: ignore[misc]
    """`vault = Vaults()`."""

    def setup(self) -> None:
        self._vault = Vault(Sealer(configured(self.container, SealingSettings).master_key))

    def get_dependency(self, worker_ctx: Any) -> Vault:
        return self._vault


class LetterTexts(DependencyProvider):  # type: ignore[misc]
    """`letter_texts = LetterTexts()`: by language."""

    def setup(self) -> None:
        self._texts = configured(self.container, LetterSettings).texts

    def get_dependency(self, worker_ctx: Any) -> dict[str, Texts]:
        return self._texts


class Retentions(DependencyProvider):  # type: ignore[misc]
    """`retention = Retentions()`."""

    def setup(self) -> None:
        self._retention = configured(self.container, RetentionSettings)

    def get_dependency(self, worker_ctx: Any) -> RetentionSettings:
        return self._retention


class PartnerLimits(DependencyProvider):  # type: ignore[misc]
    """`limits = PartnerLimits()`."""

    def setup(self) -> None:
        self._http = configured(self.container, HttpSettings)

    def get_dependency(self, worker_ctx: Any) -> Limits:
        return Limits(self._http.rate_limit, RateStore(UnitOfWorker(worker_ctx)))


class Rooms(DependencyProvider):  # type: ignore[misc]
    """`rooms = Rooms()`: one per process."""

    def setup(self) -> None:
        found = configured(self.container, RoomSettings)
        self._desk = RoomDesk(found.url, found.patience)

    def get_dependency(self, worker_ctx: Any) -> RoomDesk:
        return self._desk


class Issues(DependencyProvider):  # type: ignore[misc]
    """`issuing = Issues()`."""

    def setup(self) -> None:
        found = configured(self.container, TokenSettings)
        self._issuing = Issuing(found.issuer, found.audience, found.keys)

    def get_dependency(self, worker_ctx: Any) -> Issuing:
        return self._issuing


class Checkers(DependencyProvider):  # type: ignore[misc]
    """`checker = Checkers()`: one per process."""

    def setup(self) -> None:
        self._checker = Checker()

    def get_dependency(self, worker_ctx: Any) -> Checker:
        return self._checker


class SignIns(DependencyProvider):  # type: ignore[misc]
    """`sign_ins = SignIns()`: signing in at each provider, by its id. With it sessions count as intake knows them, and
    tokens of staff whom operations took out count no more.
    """

    support = PageSupport()
    server = Server()

    def setup(self) -> None:
        found = configured(self.container, SignInSettings)
        callback = f"{configured(self.container, HttpSettings).public_url}{CALLBACK}"
        self._sign_ins = {one.id: SigningIn(one, callback) for one in found.providers}
        self.support.still_counts = _still_counts
        self._vault = Vault(Sealer(configured(self.container, SealingSettings).master_key))

    def start(self) -> None:
        self.server.admission.is_taken_out = self._is_taken_out

    def _is_taken_out(self, caller: Caller) -> bool:
        if caller.kind != "staff":
            return False
        with Unit(self.server.database.database) as unit:
            return IntakeStore(unit).is_taken_out(self._vault.staff_index(caller.issuer, caller.id))

    def get_dependency(self, worker_ctx: Any) -> dict[str, SigningIn]:
        return self._sign_ins


def _still_counts(unit: Unit, session: Session) -> bool:
    return IntakeStore(unit).session_counts(session.id)
