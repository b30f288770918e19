"""`python -I -S infra/containers/healthy.py 127.0.0.1:8000/health/ready`: exit code 0 when that answers with success.

Asked in every container every few seconds, so it loads nothing but the standard library's plain HTTP.
"""

import sys
from http.client import HTTPConnection, HTTPException

_PATIENCE_SECONDS = 4.0


def healthy(where: str) -> bool:
    """Whether a GET of `host:port/path` succeeds in time."""
    address, slash, path = where.partition("/")
    connection = HTTPConnection(address, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", slash + path)
        return 200 <= connection.getresponse().status < 300
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(sys.argv[1]) else 1)
