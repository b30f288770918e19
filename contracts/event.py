"""How an event is declared: a marshmallow schema of its data, with a slug and a version."""

from __future__ import annotations

import re
from typing import Any, ClassVar

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


class EventData(CamelSchema):
    """The data of one event. A subclass is one event in one version; its docstring says what happened.

    A breaking change is a new class (`ReferralAcceptedV2`, with `version = 2`) told beside the old one.
    """

    slug: ClassVar[str]
    version: ClassVar[int] = 1
    type: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.slug = kebab(re.sub(r"V\d+$", "", cls.__name__))
        cls.type = f"{TYPE_PREFIX}{cls.slug}.v{cls.version}"
