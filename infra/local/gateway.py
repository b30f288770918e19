"""The one origin of a local installation: what a browser asks below `/intake` and so on goes to that service.

`python -m infra.local.gateway`, with `HTTP_ADDRESS` (127.0.0.1:8000) and `GATEWAY_TARGETS`, a JSON object of prefixes
and addresses. For one machine; in containers nginx does this.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from werkzeug.middleware.http_proxy import ProxyMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

FIRST: Final = "/intake"
"""Where who asks for nothing in particular goes: signing in begins there."""
_PATIENCE: Final = 60


def application(targets: dict[str, str]) -> Callable[..., Iterable[bytes]]:
    """The gateway as a WSGI application; `targets` are addresses by the first part of the path."""
    proxy = ProxyMiddleware(Response("Not found\n", 404), {}, timeout=_PATIENCE)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # WSGI gives the bytes of a path as Latin-1; what goes on is to be the same bytes again.
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        target = targets.get(path.partition("/")[2].partition("/")[0])
        if target is not None:
            # The Host that the browser asked stays; nothing of the path goes off.
            options = {"target": target, "remove_prefix": False, "host": None, "headers": {}, "ssl_context": None}
            return proxy.proxy_to(options, path, "")(environ, start_response)
        found = redirect(FIRST, 303) if path == "/" else Response("Not found\n", 404)
        return found(environ, start_response)

    return answer


def main() -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 78 for a wrong setting."""

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing: each service logs what it is asked."""

    try:
        targets = {str(prefix): str(url) for prefix, url in json.loads(os.environ["GATEWAY_TARGETS"]).items()}
    except (KeyError, ValueError, AttributeError):
        sys.stderr.write("GATEWAY_TARGETS: must be a JSON object of prefixes and addresses\n")
        return 78
    host, _, port = os.environ.get("HTTP_ADDRESS", "127.0.0.1:8000").rpartition(":")
    server = make_server(host, int(port), application(targets), threaded=True, request_handler=Quiet)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"gateway at http://{host}:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
