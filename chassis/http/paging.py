"""Pages of a list by cursor: the next page begins behind the last row of this one, whatever was added meanwhile.

A cursor is the sort key of that row, sealed: opaque to clients, and refused when it was made up or is another list's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
from marshmallow import fields, validate

from chassis.http.problem import BadInput
from chassis.http.schemas import Schema
from chassis.sealing import Sealer, Unopenable

if TYPE_CHECKING:
    from chassis.http.call import Call

MOST: Final = 200
USUAL: Final = 50
_PURPOSE: Final = "page-cursor"


class PageQuery(Schema):
    """How much of a list, and from where."""

    limit = fields.Integer(
        load_default=USUAL,
        validate=validate.Range(min=1, max=MOST),
        metadata={"description": f"Rows on a page, {MOST} at most.", "example": USUAL},
    )
    after = fields.String(
        load_default=None,
        validate=validate.Length(max=1000),
        metadata={"description": "The cursor in the previous page's `next`; leave it out for the first page."},
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list and the address of the next ones; None when these were the last."""

    items: Sequence[Mapping[str, Any]]
    next: str | None

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], call: Call, key: Callable[[Any], tuple[Any, ...]]) -> Page:
        """The page of `call`, from `call.limit + 1` rows in order of `key`: the one too many says that more follow."""
        if len(rows) <= call.limit:
            return cls(rows, None)
        shown = rows[: call.limit]
        return cls(shown, call.link(after=call.cursors.make(key(shown[-1]))))


class Cursors:
    """Makes and reads the cursors of one list."""

    def __init__(self, sealer: Sealer, listing: str) -> None:
        self._sealer = sealer
        self._context = listing.encode()

    def make(self, key: tuple[Any, ...]) -> str:
        """The cursor behind the row with this sort key: texts, numbers, dates, aware datetimes and None."""
        plain = orjson.dumps([_tagged(part) for part in key], default=str)
        return base64.urlsafe_b64encode(self._sealer.seal(_PURPOSE, plain, self._context)).decode().rstrip("=")

    def read(self, cursor: str) -> tuple[Any, ...]:
        """The sort key again. Raises BadInput."""
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            plain = self._sealer.unseal(_PURPOSE, sealed, self._context)
        except (Unopenable, binascii.Error, ValueError) as problem:
            raise BadInput.field(
                "after", "Not a cursor of this list; start again without it.", "cursor", "query"
            ) from problem
        return tuple(_untagged(part) for part in orjson.loads(plain))


def _tagged(part: Any) -> Any:
    if isinstance(part, datetime):
        return {"at": part.isoformat()}
    if isinstance(part, date):
        return {"on": part.isoformat()}
    return part


def _untagged(part: Any) -> Any:
    if isinstance(part, dict):
        return datetime.fromisoformat(part["at"]) if "at" in part else date.fromisoformat(part["on"])
    return part
