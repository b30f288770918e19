"""`python -m bench.plain.run intake`: one service of the plain pipeline; the environment says where its servers are."""

from __future__ import annotations

import os
import sys
from importlib import import_module


def main(service: str) -> None:
    from chassis import shims

    shims.patch()
    from nameko.runners import ServiceRunner

    runner = ServiceRunner(
        {
            "AMQP_URI": os.environ["AMQP_URI"],
            "WEB_SERVER_ADDRESS": os.environ["HTTP_ADDRESS"],
            "max_workers": 10,
            "serializer": "json",
        }
    )
    runner.add_service(import_module(f"bench.plain.{service}").SERVICE)
    runner.start()
    try:
        runner.wait()
    except KeyboardInterrupt:
        runner.stop()


if __name__ == "__main__":
    main(sys.argv[1])
