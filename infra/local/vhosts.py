"""Virtual hosts of one RabbitMQ, so that tests beside each other never see each other's messages.

`rabbitmqctl` takes half a second to start, whatever it does; so it makes several at once and we hand them out.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from infra.local import programs
from infra.local.state import ServerFailed

_AT_ONCE = 10
_MAKE = (
    '[begin _ = rabbit_vhost:add(V, <<"meedoen">>),'
    ' ok = rabbit_auth_backend_internal:set_permissions(<<"{user}">>, V, <<".*">>, <<".*">>, <<".*">>,'
    ' <<"meedoen">>) end || V <- [{names}]].'
)


class Vhosts:
    """Makes and deletes vhosts of the broker at `uri`, by its own rabbitmqctl with this environment.

    `command` are the words that run it, where it is not the program installed here: a broker in a container or on
    another machine has its own.
    """

    def __init__(self, uri: str, environment: Mapping[str, str], command: Sequence[str] = ()) -> None:
        self.uri = uri
        self._environment = environment
        self._command = command
        self._spare: list[str] = []
        self._prefix = f"meedoen-{os.getpid()}"
        self._numbers = itertools.count(1)

    def url(self, vhost: str) -> str:
        """AMQP address of a vhost, made or not."""
        return urlunsplit(urlsplit(self.uri)._replace(path="/" + quote(vhost, safe="")))

    def fresh(self) -> str:
        """AMQP address of a vhost in which nothing happened yet."""
        if not self._spare:
            self._spare = [f"{self._prefix}-{next(self._numbers)}" for _ in range(_AT_ONCE)]
            self.make(*self._spare)
        return self.url(self._spare.pop(0))

    def make(self, *names: str) -> None:
        """Make these vhosts, with all rights for the user in our address; those that exist are left as they are."""
        user = unquote(urlsplit(self.uri).username or "guest")
        self.ctl("eval", _MAKE.format(user=user, names=", ".join(f'<<"{name}">>' for name in names)))

    def drop_all(self) -> None:
        """Delete all vhosts that this object made."""
        names = ", ".join(f'<<"{self._prefix}-{number}">>' for number in range(1, next(self._numbers)))
        self.ctl("eval", f'[catch rabbit_vhost:delete(V, <<"meedoen">>) || V <- [{names}]].')

    def ctl(self, *words: str, program: str = "rabbitmqctl") -> str:
        """Run rabbitmqctl or another tool; what it printed. Raises ServerFailed with its words when it fails."""
        command = [*(self._command or [programs.rabbitmq(program)]), *words]
        done = subprocess.run(command, env=dict(self._environment), capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerFailed(f"{program} {words[0]}: {(done.stderr or done.stdout).strip()[-500:]}")
        return done.stdout
