"""How an event is declared: a marshmallow schema of its data, with a slug and a version."""

from __future__ import annotations

import re
from typing import Any, ClassVar, TypeAlias

from marshmallow import EXCLUDE, Schema, fields

TYPE_PREFIX = "nl.newcomers."


def camel(name: str) -> str:
    """`need_id` → `needId`."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def kebab(name: str) -> str:
    """`ReferralAccepted` → `referral-accepted`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class CamelSchema(Schema):
    """snake_case in Python, camelCase on the wire; fields that it does not know are ignored."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.data_key = field_obj.data_key or camel(field_name)


Version: TypeAlias = "type[EventData]"
"""One event in one version."""


class EventData(CamelSchema):
    """The data of one event. A subclass is one event in one version; its docstring says what happened.

    A breaking change is a new class (`ReferralAcceptedV2`) that `replaces` the one before and is told with it, in one
    message (ADR 0034): of type `carrier`, the oldest version that is still told, with this version's data in `v2`.
    """

    slug: ClassVar[str]
    version: ClassVar[int]
    type: ClassVar[str]
    replaces: ClassVar[Version | None] = None
    """The version before, for as long as it is told too. It is said of a class itself, never inherited."""
    carrier: ClassVar[Version]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name, *version = re.split(r"V(?=\d+$)", cls.__name__)
        cls.slug, cls.version = kebab(name), int(version[0]) if version else 1
        cls.type = f"{TYPE_PREFIX}{cls.slug}.v{cls.version}"
        cls.replaces = vars(cls).get("replaces")
        cls.carrier = cls if cls.replaces is None else cls.replaces.carrier

    @classmethod
    def as_before(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The data of the version that this one `replaces`, made from this one's and from nothing else.

        Both snake_case, as `tell` takes them: optional fields may be missing. Must do for any data that this version's
        schema lets pass.
        """
        raise NotImplementedError(f"{cls.__name__} does not say what the version before says of the same")
