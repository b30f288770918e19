"""A helper of a local installation as a process of its own: the identity provider, the gateway."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import httpx

from infra.local.ports import free_port
from tests.support.service_process import ROOT


class LocalHelper:
    """`python -m MODULE` with these settings, on a port of its own; `sign_of_life` is a path that it answers."""

    def __init__(self, module: str, sign_of_life: str, **settings: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        self._sign = f"{self.url}{sign_of_life}"
        self._module = module
        self._environment = os.environ | {"HTTP_ADDRESS": self.address, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> LocalHelper:
        """Start and wait until it answers."""
        command = [sys.executable, "-m", self._module]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(self._sign, trust_env=False)
                return self
            except httpx.HTTPError:
                assert time.monotonic() < until, f"{self._module} does not answer"
                assert self._process.poll() is None, f"{self._module} ended"
                time.sleep(0.05)

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(20)
