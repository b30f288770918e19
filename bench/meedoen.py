"""Meedoen as it runs anywhere: four services, four relays, everything on, default settings."""

from __future__ import annotations

from dataclasses import replace

from bench.pipeline import Pipeline
from bench.programs import Programs
from bench.world import PARTNER, world
from contracts.catalogue import SERVICES
from infra.local.installation import IDENTITY_PROVIDER, MAIL_CATCHER
from ops.demo.loading import Loader
from ops.demo.memory import Memory
from ops.supervisor.program import Program
from ops.tokens import partner_token

_ONE_BUSY_PARTNER = {"RATE_LIMIT": "1000000/minute"}
"""All referrals come from one partner here. Requests are counted as always; none is too many."""
_IDLE = """
select not exists (select from chassis.outbox) and not exists (select from chassis.deferred)
    and not exists (select from chassis.parked)
"""
_COUNTED = "select not exists (select from reporting.recount)"
_MAILED = "select not exists (select from notifications.mail where status = 'waiting')"
_TOLD_BACK = """
select count(*) from intake.referral join intake.need using (referral_id)
where partner_id = %(partner)s and received_at >= to_timestamp(%(since)s) and phase in ('held', 'scheduled')
"""
_NOTICED = """
select count(*) from notifications.notice
where heard_at >= to_timestamp(%(since)s) and code in ('place-held', 'participant-enrolled')
"""
_COUNTED_AT = """
select referral_id, pg_xact_commit_timestamp(xmin) from reporting.counted
where kind = 'any' and referral_id = any(%(referrals)s::uuid[]) and needs_held + needs_placed > 0
"""
_NOTICED_AT = """
select referral_id, pg_xact_commit_timestamp(xmin) from notifications.notice
where referral_id = any(%(referrals)s::uuid[]) and code in ('place-held', 'participant-enrolled')
"""


class Meedoen(Pipeline):
    """The platform."""

    name = "meedoen"

    def processes(self, local: dict[str, Program]) -> list[Program]:
        self._identity_provider = Programs([local[IDENTITY_PROVIDER]])
        relays = [f"{service}-relay" for service in SERVICES]
        intake = replace(local["intake"], environment=lambda: local["intake"].environment() | _ONE_BUSY_PARTNER)
        return [intake, *(local[name] for name in (MAIL_CATCHER, *SERVICES[1:], *relays))]

    def set_up(self) -> None:
        self.start_servers()
        self.start()
        self._identity_provider.start()
        try:
            list(Loader(self.at, world(), Memory(self.at.var)).load())
        finally:
            self._identity_provider.stop()
            self.stop()

    def target(self) -> tuple[str, str, str]:
        return self.at.address("intake"), "/intake/v1/referrals", partner_token(self.at, PARTNER.partner_id)

    def is_settled(self, count: int, since: float) -> bool:
        asked = {"partner": PARTNER.partner_id, "since": since}
        return (
            all(self.ask(service, _IDLE) == [(True,)] for service in SERVICES)
            and self.ask("reporting", _COUNTED) == self.ask("notifications", _MAILED) == [(True,)]
            and self.ask("intake", _TOLD_BACK, **asked) == self.ask("notifications", _NOTICED, **asked) == [(count,)]
        )

    def counted_at(self, referrals: list[str]) -> dict[str, float]:
        return self.moments("reporting", _COUNTED_AT, referrals)

    def noticed_at(self, referrals: list[str]) -> dict[str, float]:
        return self.moments("notifications", _NOTICED_AT, referrals)
