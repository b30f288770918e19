"""A file that comes in: read, sealed row by row under a key of its own, and put down to be worked off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.intake.files.reading import Row, read
from services.intake.records import new_id
from services.intake.store_files import FileStore
from services.intake.vault import OwnKey, Vault


def store_file(
    store: FileStore, vault: Vault, partner_id: str, raw: bytes, *, file_name: str, breathe: Callable[[], None]
) -> str:
    """The id of the stored file. Raises unreadable.Unreadable when it cannot be taken at all."""
    sheet = read(raw, breathe)
    file_id = new_id()
    wrapped_key = vault.new_key(file_id)
    key = vault.under(wrapped_key, file_id)
    store.add_file(
        {
            "referral_file_id": file_id,
            "partner_id": partner_id,
            "format": sheet.format,
            "wrapped_key": wrapped_key,
            "sealed_name": vault.seal_text("file-name", file_name),
            "ignored_columns": list(sheet.ignored_columns),
        },
        list(_sealed(sheet.rows, key, breathe)),
    )
    return file_id


def _sealed(rows: list[Row], key: OwnKey, breathe: Callable[[], None]) -> Iterator[tuple[int, bytes]]:
    for place, row in enumerate(rows):
        if place % 200 == 0:
            breathe()
        yield row.number, key.seal(str(row.number), {"cells": row.cells, "flaws": row.flaws})


def opened(vault: Vault, file_id: str, wrapped_key: bytes, rows: list[dict[str, object]]) -> list[Row]:
    """Stored rows, unsealed."""
    key = vault.under(wrapped_key, file_id)
    found = []
    for row in rows:
        number = int(str(row["row_number"]))
        said = key.open(str(number), bytes(row["sealed"]))  # type: ignore[call-overload]
        found.append(Row(number, said["cells"], said["flaws"]))
    return found
