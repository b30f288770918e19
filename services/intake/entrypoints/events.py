"""What intake hears: what became of each need at its library."""

from __future__ import annotations

from chassis.inbox import hears
from contracts.activities import EnrolmentEnded, NeedUnplaced, ParticipantEnrolled, ParticipantWaitlisted, PlaceHeld
from contracts.envelope import Event
from services.intake.domain.planning import Planned
from services.intake.progress import follow
from services.intake.store import IntakeStore


class Events:
    """Each takes a group: facts about different referrals."""

    store: IntakeStore

    @hears(PlaceHeld, group=True)
    def place_held(self, events: list[Event]) -> None:
        """A place is kept until the participant's yes or no."""
        follow(self.store, events, Planned.HELD)

    @hears(ParticipantEnrolled, group=True)
    def enrolled(self, events: list[Event]) -> None:
        """The place is final."""
        follow(self.store, events, Planned.ENROLLED)

    @hears(ParticipantWaitlisted, group=True)
    def waitlisted(self, events: list[Event]) -> None:
        """All suitable activities are full; the need waits its turn."""
        follow(self.store, events, Planned.WAITLISTED)

    @hears(NeedUnplaced, group=True)
    def unplaced(self, events: list[Event]) -> None:
        """Nothing planned suits."""
        follow(self.store, events, Planned.UNPLACED)

    @hears(EnrolmentEnded, group=True)
    def ended(self, events: list[Event]) -> None:
        """A place was given up."""
        follow(self.store, events, Planned.ENDED)
