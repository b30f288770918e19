"""Writes what is generated from the contracts: `python -m contracts.describe`; `--check` only says what is stale.

- `docs/reference/asyncapi.yaml`, `docs/reference/events.md`, `docs/reference/schemas/*.json`: for readers
- `contracts/published/*.json`: each version as it was last released. It is written over only by a compatible change;
  an incompatible one is refused here and needs a new version of the event (:mod:`contracts.compatibility`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

from contracts import asyncapi, eventtable, versions
from contracts.catalogue import CATALOGUE
from contracts.compatibility import breaks
from contracts.jsonschemas import all_schemas

ROOT = Path(__file__).parents[1]
PUBLISHED = ROOT / "contracts" / "published"
REFERENCE = ROOT / "docs" / "reference"


def wanted() -> dict[Path, str]:
    """Every generated file and what must stand in it."""
    schemas = {name: _json(schema) for name, schema in all_schemas().items()}
    return {
        REFERENCE / "asyncapi.yaml": yaml.safe_dump(
            asyncapi.description(), sort_keys=False, allow_unicode=True, width=120
        ),
        REFERENCE / "events.md": eventtable.page(),
        **{REFERENCE / "schemas" / name: text for name, text in schemas.items()},
        **{PUBLISHED / name: text for name, text in schemas.items()},
    }


def incompatible(published: Path = PUBLISHED) -> list[str]:
    """What in the code breaks a version that was published, one line each."""
    now = all_schemas()
    found = []
    for path in sorted(published.glob("*.json")):
        if path.name not in now:
            found.append(f"{path.name}: no longer told, or renamed; a published version stays until nobody hears it")
            continue
        found += [f"{path.stem} {problem}" for problem in breaks(json.loads(path.read_text()), now[path.name])]
    return found


def stale() -> list[str]:
    """Generated files that are missing, differ, or belong to nothing."""
    contents = wanted()
    differ = [path for path, text in contents.items() if not path.exists() or path.read_text() != text]
    return sorted(str(path.relative_to(ROOT)) for path in [*differ, *_orphans(contents)])


def _orphans(contents: dict[Path, str]) -> Iterator[Path]:
    for folder in (PUBLISHED, REFERENCE / "schemas"):
        yield from (path for path in folder.glob("*.json") if path not in contents)


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """0: all is well; 1: something is stale (with --check) or a change is incompatible."""
    problems = incompatible() + versions.problems(CATALOGUE.values())
    if arguments == ["--check"]:
        problems += [f"{path} is stale: run python -m contracts.describe" for path in stale()]
    elif not problems:
        for path, text in wanted().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for path in _orphans(wanted()):
            path.unlink()
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
