"""stub"""

from nameko.extensions import SharedExtension


class Inbox(SharedExtension):
    def drain(self) -> None: ...
