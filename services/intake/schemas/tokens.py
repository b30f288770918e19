"""Payloads of tokens; their names are RFC 6749's and RFC 7517's, not ours."""

from __future__ import annotations

from marshmallow import fields

from chassis.http.schemas import Schema


class Token(Schema):
    """An access token, or why there is none."""

    access_token = fields.String(data_key="access_token")
    token_type = fields.String(data_key="token_type")
    expires_in = fields.Integer(data_key="expires_in", metadata={"description": "Seconds."})
    scope = fields.String()
    error = fields.String()
    error_description = fields.String(data_key="error_description")


class Key(Schema):
    """A public key."""

    kty = fields.String(required=True)
    crv = fields.String(required=True)
    x = fields.String(required=True)
    y = fields.String(required=True)
    kid = fields.String(required=True)
    use = fields.String(required=True)
    alg = fields.String(required=True)


class Jwks(Schema):
    """A set of public keys."""

    keys = fields.List(fields.Nested(Key), required=True)
