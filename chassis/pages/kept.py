"""Forms that were sent when a sign-in had lapsed: kept for a short time, sealed, for the same person alone."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from chassis.pages.forms import CSRF, VERSION, Typed
from chassis.pages.seals import Seals
from chassis.store import Store

KEPT_FOR: Final = timedelta(hours=2)
_PURPOSE: Final = "kept-form"


class KeptForms(Store, sql="kept.sql"):
    """What waits until somebody has signed in again."""

    def keep(self, seals: Seals, owner: str, form: str, typed: Typed) -> str:
        """Its id, which says nothing and opens nothing without the owner's session."""
        kept_id = secrets.token_urlsafe(18)
        facts = {"owner": owner, "form": form, "typed": {name: typed[name] for name in typed if name != CSRF}}
        self.run("keep", kept_id=kept_id, sealed=seals.seal(_PURPOSE, facts), now=self.now)
        return kept_id

    def kept(self, seals: Seals, kept_id: str, owner: str) -> tuple[str, Typed] | None:
        """The form's name and what was typed; None when it is gone or somebody else's."""
        sealed = self.value("kept", kept_id=kept_id, since=self.now - KEPT_FOR)
        facts = seals.open_long(_PURPOSE, sealed)
        if facts is None or facts["owner"] != owner:
            return None
        return facts["form"], {name: values for name, values in facts["typed"].items() if name != VERSION}

    def forget_old(self, most: int) -> int:
        """Delete what nobody came back for; how many, `most` at a time."""
        return self.run("forget_kept", before=self.now - KEPT_FOR, most=most)
