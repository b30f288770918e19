"""What activities counts besides what every service counts."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter

from chassis.metrics import REGISTRY

needs_decided: Final = Counter(
    "meedoen_needs_decided_total",
    "Decisions about needs: held, final, waiting, unplaced.",
    ["kind", "outcome"],
    registry=REGISTRY,
)
odd_answers: Final = Counter(
    "meedoen_odd_answers_total",
    "Answers of participants that changed nothing: too-late (the place had ended) or no-such-place.",
    ["answer", "effect"],
    registry=REGISTRY,
)
