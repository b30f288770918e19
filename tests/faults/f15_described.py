"""15. Every service called by its own description, as everybody who may call it, and as nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from contracts.catalogue import SERVICES
from ops.tokens import staff_token
from tests.faults.harness.accounts import Account
from tests.faults.harness.fault import Apart
from tests.faults.harness.stage import Stage
from tests.faults.harness.world import world
from tests.support.described import call

ROLES: Final = {
    # The partner first: operations may suspend it.
    "intake": ("partner", "coordinator", "nobody", "operations"),
    "activities": ("coordinator", "library-manager", "nobody", "operations"),
    "notifications": ("coordinator", "nobody", "operations"),
    "reporting": ("report-reader", "nobody", "operations"),
}
_EXAMPLES: Final = 25


class Described(Apart):
    """Each round another service. No answer is a 5xx, and each is one that the description foresees."""

    number = 15
    name = "described"
    what = "requests made of each API description by schemathesis, right, wrong and in sequences, as every role"
    spoils = True

    def play(self, say: Callable[[str], None]) -> Account:
        account = Account()
        service = SERVICES[self.turn % len(SERVICES)]
        # More requests are made than one partner may make, and an answer 429 says nothing of the description.
        self.stage.orders.lasting(service, RATE_LIMIT="unlimited")
        self.stage.restart(service)
        before = self.stage.restarts()
        for role in ROLES[service]:
            say(f"calls {service} as {role}")
            seed = self.chance.randrange(1_000_000)
            called = call(self.stage.at.url(service), token(self.stage, role), examples=_EXAMPLES, seed=seed)
            account.attempted += called.cases
            account.acknowledged += called.cases
            account.unexpected += [f"{service} as {role}, seed {seed}: {one}" for one in called.wrong]
        self.stage.is_well()
        account.unexpected += [f"{name} ended" for name, count in self.stage.restarts().items() if count > before[name]]
        return account


def token(stage: Stage, role: str) -> str | None:
    """Of whoever has this role in the small world; None for nobody."""
    if role == "nobody":
        return None
    if role == "partner":
        return stage.token()
    library = world().libraries[0].library_id if role == "coordinator" else None
    return staff_token(stage.at, role=role, library=library)
