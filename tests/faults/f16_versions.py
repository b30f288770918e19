"""16. A deployment that rolls: event version 1 beside version 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from contracts.catalogue import SERVICES
from contracts.intake import ReferralAccepted
from infra.local.ports import free_port
from infra.local.processes import until
from ops.commands.audit import audited
from ops.commands.replay import tell_again
from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load
from tests.faults.harness.stage import NAMES, READY_S
from tests.support.releases.accepted import ReferralAcceptedV2
from tests.support.releases.tree import Release, make
from tests.support.service_process import ServiceProcess

HEARERS: Final = ("activities", "notifications", "reporting")
_SIDE_BY_SIDE: Final = 8
"""Referrals that are acknowledged while an old and a new process of one service run."""
_FORMS: Final = f"""
select count(*) filter (where type = '{ReferralAccepted.type}' and body not like '%%"versions":%%') as "in 1",
    count(*) filter (where type = '{ReferralAccepted.type}' and body like '%%"versions":"1 2"%%') as "in 1 and 2",
    count(*) filter (where type = '{ReferralAcceptedV2.type}') as "in 2"
from published where time >= %(since)s and (type = '{ReferralAccepted.type}' or type = '{ReferralAcceptedV2.type}')
"""
"""How many of `referral-accepted` were told in which versions."""


class Rolling(Fault):
    """Every service and relay is replaced by one of another release, in an order that chance gives.

    Of each service a process of the new release runs beside that of the old one for a while: both answer requests, and
    the one takes over the queue from the other.
    """

    number = 16
    again = Again.MUST

    def prepare(self) -> None:
        self.victims = {*NAMES}
        self.problems: list[str] = []

    def rolls_to(self, release: Release | None, load: Load) -> None:
        """All of them, under load; None is this release."""
        settings = self._settings(release)
        for name in self._order():
            if name in SERVICES:
                with self._beside(name, settings):
                    load.goes_on(_SIDE_BY_SIDE)
                    self._becomes(name, settings)
                    load.goes_on(_SIDE_BY_SIDE)
            else:
                self._becomes(name, settings)

    def jumps_to(self, release: Release | None) -> None:
        """All at once, without one beside the other."""
        settings = self._settings(release)
        before = {}
        for name in NAMES:
            self.stage.orders.lasting(name, **settings)
            before[name] = self.stage.terminate(name)
        for name, restarts in before.items():
            self.stage.comes_back(name, restarts)

    def is_told_again(self, since: datetime, load: Load) -> None:
        """Everything that intake told since then."""
        begin = since.isoformat()
        assert tell_again(self.stage.target.operations("intake"), {"since": begin}), f"nothing was told since {begin}"
        load.goes_on(_SIDE_BY_SIDE)

    def must_be_told(self, *forms: str) -> None:
        """In this round there were events told in these versions; one that had none missed its moment."""
        (told,) = self.stage.ask("intake", _FORMS, since=self.since)
        self.problems += [f"nothing was told {form}" for form in forms if not told[form]]

    def must_be_read(self, kind: type[Any]) -> None:
        """The processes that run now read events in this version."""
        for service in HEARERS:
            url = f"http://{self.stage.at.address(service)}/metrics"
            if not until(lambda url=url: _applied(url, kind.type) > 0, READY_S):  # type: ignore[misc]
                self.problems.append(f"{service} read nothing as {kind.type}")

    def wrong(self, load: Load) -> Iterable[str]:
        return self.problems

    def _order(self) -> list[str]:
        """Any, but that intake, which tells, is neither the first service nor the last: there is an older reader of
        newer events and a newer reader of older ones."""
        hearers = [service for service in SERVICES if service != "intake"]
        self.chance.shuffle(hearers)
        hearers.insert(self.chance.randint(1, len(hearers) - 1), "intake")
        for relay in (name for name in NAMES if name not in SERVICES):
            hearers.insert(self.chance.randint(0, len(hearers)), relay)
        return hearers

    def _settings(self, release: Release | None) -> dict[str, str]:
        """What makes a process one of that release: where its source is."""
        if release is None:
            return {}
        folder = self.stage.var / "releases" / release.value
        if not folder.exists():
            make(release, folder)
        return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}

    @contextmanager
    def _beside(self, service: str, settings: dict[str, str]) -> Iterator[None]:
        own = {"PROCESS_ADDRESS": f"127.0.0.1:{free_port()}", "PARTITIONS": "0", "PARTITION_COUNT": "1"}
        process = ServiceProcess(f"services.{service}.service", self.stage.at.environment(service) | own | settings)
        try:
            process.start()
            yield
            if (code := process.stop()) != 0:
                self.problems.append(f"the process beside {service} left with {code}")
        finally:
            process.kill()

    def _becomes(self, name: str, settings: dict[str, str]) -> None:
        self.stage.orders.lasting(name, **settings)
        self.stage.restart(name)


class VersionsBeside(Rolling):
    """To a release that tells `referral-accepted` in a second version too, and back; all is told again at both."""

    name = "versions"
    what = "every service and relay rolled to a release that tells an event in two versions, and back, in any order"

    def strike(self, load: Load) -> None:
        self.rolls_to(Release.BESIDE, load)
        self.is_told_again(self.since, load)
        self.must_be_read(ReferralAcceptedV2)
        self.rolls_to(None, load)
        self.is_told_again(self.since, load)
        self.must_be_read(ReferralAccepted)
        self.must_be_told("in 1", "in 1 and 2")


class VersionRetired(Rolling):
    """From a release that tells both to one that knows the second version only, and back."""

    name = "version-retired"
    what = "the same from two versions of an event to the second alone, and back"
    once = True
    spoils = True

    def strike(self, load: Load) -> None:
        self.jumps_to(Release.BESIDE)
        begun = datetime.now(UTC)
        load.goes_on(_SIDE_BY_SIDE)
        self.rolls_to(Release.ALONE, load)
        self.is_told_again(begun, load)
        self.must_be_read(ReferralAcceptedV2)
        self.rolls_to(Release.BESIDE, load)
        self.is_told_again(begun, load)
        self.must_be_told("in 1 and 2", "in 2")

    def clean_up(self) -> None:
        """This release cannot read what is told in the second version alone, so all of that must be through first."""
        audited(self.stage.target, READY_S)
        self.jumps_to(None)


def _applied(url: str, event_type: str) -> float:
    try:
        text = httpx.get(url, timeout=3, trust_env=False).raise_for_status().text
    except httpx.HTTPError:
        return 0.0
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "meedoen_events_heard_total"
        and (sample.labels["type"], sample.labels["outcome"]) == (event_type, "applied")
    )
