"""A tiny service that counts what it hears, for tests of the chassis. It misbehaves on request."""
