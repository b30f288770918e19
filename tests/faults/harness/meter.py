"""How many events came again, as the services count it, over all processes that lived meanwhile."""

from __future__ import annotations

import threading
from typing import Final, Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from contracts.catalogue import SERVICES
from infra.local.installation import Installation

_EVERY: Final = 1.0
_COUNTED: Final = "meedoen_events_again_total"
_BORN: Final = "process_start_time_seconds"


class Meter:
    """Looks at each service once a second; what a process counted in its last second before a kill is not seen."""

    def __init__(self, at: Installation) -> None:
        self._urls = {service: f"http://{at.address(service)}/metrics" for service in SERVICES}
        self._first: dict[tuple[str, float], float] = {}
        self._last: dict[tuple[str, float], float] = {}
        self._stopping = threading.Event()
        self._http = httpx.Client(timeout=3, trust_env=False)
        self._thread = threading.Thread(target=self._run, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._first = dict(self._last)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._http.close()

    def again(self) -> int:
        """Events that came again since it was entered. All services must be well."""
        self._look()
        return int(sum(count - self._first.get(process, 0.0) for process, count in self._last.items()))

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        for service, url in self._urls.items():
            try:
                text = self._http.get(url).raise_for_status().text
            except httpx.HTTPError:
                continue  # it is down, which is what faults are about
            found = dict.fromkeys((_COUNTED, _BORN), 0.0)
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    if sample.name in found:
                        found[sample.name] += sample.value
            self._last[service, found[_BORN]] = found[_COUNTED]
