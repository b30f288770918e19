"""Forms that came when a sign-in was over, when what they change had changed meanwhile, or with something wrong in
them: kept for a short time.

Sealed, and for the same person alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from chassis.http.problem import FieldError
from chassis.pages.forms import CSRF, VERSION, Typed
from chassis.pages.seals import Seals
from chassis.store import Store

KEPT_FOR: Final = timedelta(hours=2)
LAPSED: Final = "lapsed"
CHANGED: Final = "changed"
WRONG: Final = "wrong"
_PURPOSE: Final = "kept-form"


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The name of its handler, what was typed, and why it was kept: :data:`LAPSED`, :data:`CHANGED` or :data:`WRONG`.

    Of one with something wrong in it: `errors` says what, and `is_spent` that its key was used for something else.
    """

    form: str
    typed: Typed
    because: str
    errors: list[FieldError] = field(default_factory=list)
    is_spent: bool = False


class KeptForms(Store, sql="kept.sql"):
    """What waits until its owner looks at the form again."""

    def keep(
        self, seals: Seals, owner: str, form: str, typed: Typed, because: str, errors: Sequence[FieldError] = (),
        *, is_spent: bool = False,
    ) -> str:  # fmt: skip
        """Its id, which says nothing and opens nothing without the owner's session."""
        kept_id = secrets.token_urlsafe(18)
        facts = {
            "owner": owner,
            "form": form,
            "typed": {name: typed[name] for name in typed if name != CSRF},
            "because": because,
            "errors": list(errors),
            "is_spent": is_spent,
        }
        self.run("keep", kept_id=kept_id, sealed=seals.seal(_PURPOSE, facts), now=self.now)
        return kept_id

    def kept(self, seals: Seals, kept_id: str, owner: str) -> KeptForm | None:
        """The form, without the version that it was made from; None when it is gone or somebody else's."""
        # An id comes from an address, which may hold what PostgreSQL takes in no text.
        sealed = self.value("kept", kept_id=kept_id, since=self.now - KEPT_FOR) if kept_id.isprintable() else None
        facts = seals.open_long(_PURPOSE, sealed)
        if facts is None or facts["owner"] != owner:
            return None
        typed = {name: values for name, values in facts["typed"].items() if name != VERSION}
        # A release before this one kept less.
        because, errors, is_spent = facts.get("because", LAPSED), facts.get("errors", []), facts.get("is_spent", False)
        return KeptForm(facts["form"], typed, because, errors, is_spent)

    def forget_old(self, most: int) -> int:
        """Delete what nobody came back for; how many, `most` at a time."""
        return self.run("forget_kept", before=self.now - KEPT_FOR, most=most)
