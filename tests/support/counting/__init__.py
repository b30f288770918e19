"""A tiny service that counts what it hears, for tests of the chassis. It misbehaves on request."""

from pathlib import Path
from typing import Final

MIGRATIONS: Final = Path(__file__).parent / "sql" / "migrations"
