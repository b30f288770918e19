"""What intake keeps about libraries and partners."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

import orjson

from chassis.store import Store
from services.intake.domain.deadlines import Terms
from services.intake.domain.routing import Routing, Service

SECRETS_AT_A_TIME = 2


class OrganisationStore(Store, sql="organisations.sql"):
    """Libraries, the routing table, partners and their secrets."""

    def library(self, library_id: str) -> dict[str, Any] | None:
        """A library with what it serves."""
        row = self.row("library_by_id", library_id=library_id)
        return _with_dates(row) if row else None

    def library_named(self, name: str) -> str | None:
        """The id of the library with this name, whatever its case."""
        found: str | None = self.value("library_id_by_name", name=name)
        return found

    def libraries(self, name: str | None, after: tuple[Any, ...] | None, limit: int) -> list[dict[str, Any]]:
        """A page, in the order of registration; the one of this name where it is given."""
        after_at, after_id = after or (None, None)
        rows = self.rows("libraries", name=name, after_at=after_at, after_id=after_id, limit=limit)
        return [_with_dates(row) for row in rows]

    def libraries_by_name(self, filters: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
        """A page in order of name, by part of a `name` and by `municipality` where these are given."""
        wanted = {key: filters.get(key) for key in ("name", "municipality")}
        return [_with_dates(row) for row in self.rows("libraries_by_name", **wanted, after=after, limit=limit)]

    def contact_terms(self, library_ids: Iterable[str]) -> dict[str, Terms]:
        """Until when each of these libraries gets in touch."""
        return _terms(self.rows("contact_terms", library_ids=sorted(set(library_ids))))

    def take_turns(self) -> None:
        """Wait until no other transaction registers an organisation or a member of staff."""
        self.row("lock_organisations")

    def add_library(self, library: dict[str, Any]) -> None:
        """A new library with what it serves."""
        self.run("add_library", **_details(library), now=self.now)
        self._serve(library)

    def change_library(self, library: dict[str, Any]) -> None:
        """The whole library as it is from now on."""
        self.run("change_library", **_details(library), now=self.now)
        self.run("clear_served_area", library_id=library["library_id"])
        self._serve(library)

    def _serve(self, library: dict[str, Any]) -> None:
        rows = [(library["library_id"], area["municipality"], area["kinds"]) for area in library["serves"]]
        self.run_values("add_served_areas", rows)

    def routing(self, municipalities: Iterable[str | None]) -> Routing:
        """Which library takes what from these municipalities; nothing for one that is not known."""
        known = sorted({one for one in municipalities if one is not None})
        rows = self.rows("routing", municipalities=known) if known else []
        table = [Service(row["library_id"], row["municipality"], frozenset(row["kinds"])) for row in rows]
        return Routing(table, {row["library_id"]: row["name"] for row in rows}, _terms(rows))

    def municipalities_of(self, library_ids: Collection[str]) -> set[str]:
        """The municipalities that these libraries work for."""
        return {row["municipality"] for row in self.rows("municipalities_of", library_ids=list(library_ids))}

    def served_municipalities(self) -> set[str]:
        """Those for which a library works, for one kind at least."""
        return {row["municipality"] for row in self.rows("served_municipalities")}

    def partner(self, partner_id: str) -> dict[str, Any] | None:
        """A partner as it is now."""
        return self.row("partner_by_id", partner_id=partner_id)

    def locked_partner(self, partner_id: str) -> dict[str, Any] | None:
        """The same; nobody else changes it until this transaction ends."""
        return self.row("lock_partner", partner_id=partner_id)

    def partner_named(self, name: str) -> str | None:
        """The id of the partner with this name, whatever its case."""
        found: str | None = self.value("partner_id_by_name", name=name)
        return found

    def partners(self, filters: dict[str, Any], after: tuple[Any, ...] | None, limit: int) -> list[dict[str, Any]]:
        """A page, in the order of registration, by `status` and whole `name` where these are given."""
        after_at, after_id = after or (None, None)
        wanted = {key: filters.get(key) for key in ("status", "name")}
        return self.rows("partners", **wanted, after_at=after_at, after_id=after_id, limit=limit)

    def partners_by_name(self, filters: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
        """A page in order of name, by part of a `name`, `status` and `municipality` where these are given."""
        wanted = {key: filters.get(key) for key in ("name", "status", "municipality")}
        return self.rows("partners_by_name", **wanted, after=after, limit=limit)

    def add_partner(self, partner: dict[str, Any]) -> None:
        """A partner that may refer at once."""
        self.run("add_partner", **partner, now=self.now)

    def change_partner(self, partner: dict[str, Any]) -> None:
        """The whole partner as it is from now on."""
        self.run("change_partner", **partner, now=self.now)

    def secrets_of(self, partner_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
        """Per partner its secrets that are valid now, oldest first, without the secrets."""
        found: dict[str, list[dict[str, Any]]] = {partner_id: [] for partner_id in partner_ids}
        for row in self.rows("secrets_of", partner_ids=partner_ids):
            found[row["partner_id"]].append(row)
        return found

    def secret(self, partner_id: str, secret_id: str) -> dict[str, Any] | None:
        """What a secret is checked against; None when it is not valid or the partner is suspended."""
        return self.row("secret_of_active_client", partner_id=partner_id, secret_id=secret_id)

    def hold_client(self, partner_id: str, tokens_valid_from: datetime) -> bool:
        """Whether it was not stopped since its secret was read; until this transaction ends nobody does that."""
        return self.row("hold_client", partner_id=partner_id, tokens_valid_from=tokens_valid_from) is not None

    def add_secret(self, partner_id: str, secret_id: str, argon2_hash: str) -> None:
        """A further secret; of those before it only the newest stays valid."""
        self.run("add_secret", partner_id=partner_id, secret_id=secret_id, argon2_hash=argon2_hash, now=self.now)
        self.run("keep_newest_secrets", partner_id=partner_id, keep=SECRETS_AT_A_TIME)

    def drop_secrets(self, partner_id: str) -> None:
        """No secret of this partner is valid any more."""
        self.run("drop_secrets", partner_id=partner_id)

    def drop_secret(self, partner_id: str, secret_id: str) -> bool:
        """One secret is not valid any more; False when it was not."""
        return bool(self.run("drop_secret", partner_id=partner_id, secret_id=secret_id))

    def secret_was_used(self, secret_id: str) -> None:
        """Note when, so that an operator sees which secret can go."""
        self.run("secret_was_used", secret_id=secret_id, now=self.now)


def _details(library: dict[str, Any]) -> dict[str, Any]:
    closures = [{"from": each["from_"], "through": each["through"]} for each in library["closures"]]
    return {key: library[key] for key in ("library_id", "name", "mailbox", "language", "contact_within_days")} | {
        "closures": orjson.dumps(closures).decode()
    }


def _terms(libraries: Iterable[dict[str, Any]]) -> dict[str, Terms]:
    found = {}
    for row in map(_with_dates, libraries):
        closed = [(each["from_"], each["through"]) for each in row["closures"]]
        found[row["library_id"]] = Terms(row["contact_within_days"], closed)
    return found


def _with_dates(library: dict[str, Any]) -> dict[str, Any]:
    days = [{key: date.fromisoformat(each[key]) for key in ("from", "through")} for each in library["closures"]]
    return library | {"closures": [{"from_": each["from"], "through": each["through"]} for each in days]}
