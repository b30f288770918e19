"""What notifications counts besides what every service counts."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

from chassis.metrics import REGISTRY

mails_ended: Final = Counter(
    "meedoen_mails_ended_total", "Mails by outcome: delivered, failed.", ["template", "outcome"], registry=REGISTRY
)
mail_attempts: Final = Counter(
    "meedoen_mail_attempts_total", "Attempts to send a mail, by what came of it.", ["result"], registry=REGISTRY
)
mails_waiting: Final = Gauge("meedoen_mails_waiting", "Mails that wait to be sent.", registry=REGISTRY)
mails_oldest: Final = Gauge(
    "meedoen_mails_oldest_seconds", "Age of the oldest mail that waits to be sent.", registry=REGISTRY
)
server_away: Final = Gauge("meedoen_mail_server_away", "1 while the mail server cannot be used.", registry=REGISTRY)
without_library: Final = Counter(
    "meedoen_notices_without_library_total",
    "Events of which no library could be told, because no library has the referral.",
    ["code"],
    registry=REGISTRY,
)
