"""Writes the example files and `expected.json` again: `python -m examples.make_examples [folder]`.

The same bytes come out on every machine. Nobody in the files exists; how they came about is in README.md.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from examples.maker.expected import manifest
from examples.maker.files import all_files
from examples.maker.writing import csv_of_a_case_system, csv_of_a_dutch_excel, excel_of_a_case_worker

HERE = Path(__file__).parent


def make() -> dict[str, bytes]:
    """Name → bytes of each file."""
    monthly, town, half_year = all_files()
    expected = _one_line_each(json.dumps(manifest((monthly, town, half_year)), ensure_ascii=False, indent=1))
    return {
        monthly.name: excel_of_a_case_worker(monthly.rows),
        town.name: csv_of_a_dutch_excel(town.rows),
        half_year.name: csv_of_a_case_system(half_year.rows),
        "expected.json": f"{expected}\n".encode(),
    }


def _one_line_each(text: str) -> str:
    """The innermost objects and lists on a line of their own, so that a change shows as one line."""
    for innermost in (r"[\[{][^\[\]{}]*[\]}]", r'\{\s+"row"[^{}]*\}'):
        text = re.sub(innermost, lambda found: re.sub(r"\n\s*", " ", found[0]), text)
    return text


def main(folder: Path) -> None:
    for name, content in make().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
