"""Activities: what libraries offer, who has a place in it, and who waits."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from chassis.http import Answer, Call, Forbidden, NotFound, Page, endpoint
from chassis.inbox import hears
from chassis.outbox import Tells
from chassis.pages import KnowsSessions, PageSettings
from chassis.revocation import revoke
from chassis.service import Service
from chassis.service_database import configured
from chassis.store import Stores
from chassis.timers import every
from contracts.casework import NeedAdded, ReferralChanged, ReferralClosed, ReferralTransferred, ReferralWithdrawn
from contracts.envelope import Event
from contracts.ids import is_id
from contracts.intake import (
    LibraryChanged,
    LibraryRegistered,
    PartnerChanged,
    PartnerRegistered,
    PlacementAgreed,
    PlacementDeclined,
    ReferralAccepted,
)
from services.activities import schemas
from services.activities.availability import availabilities
from services.activities.following import Following
from services.activities.forgetting import forget_needs
from services.activities.offer import Offer
from services.activities.placement import Placement
from services.activities.settings import RetentionSettings
from services.activities.store import ActivitiesStore
from services.activities.views import activity_payload


class Retentions(DependencyProvider):  # type: ignore[misc]
    """`retention = Retentions()`: how long what is over is kept."""

    def setup(self) -> None:
        self._retention = configured(self.container, RetentionSettings)

    def get_dependency(self, worker_ctx: Any) -> RetentionSettings:
        return self._retention


class ActivitiesService(Service):
    """Plans what libraries offer and finds each need a place in it."""

    name = "activities"
    concerns = (PageSettings, RetentionSettings)
    sessions = KnowsSessions()
    retention: RetentionSettings = Retentions()
    store = Stores(ActivitiesStore)
    tell = Tells()

    # Needs and places

    @hears(ReferralAccepted, group=True)
    def place_needs(self, events: list[Event]) -> None:
        """Find each need the soonest suitable place, or a turn on the waiting list."""
        Placement(self.store, self.tell).arrive(events)

    @hears(NeedAdded, group=True)
    def place_added_needs(self, events: list[Event]) -> None:
        """The same for a need that was added; the others of its referral are known."""
        Placement(self.store, self.tell).arrive(events)

    @hears(ReferralChanged, group=True)
    def match_again(self, events: list[Event]) -> None:
        """More is known of who has no place yet."""
        Following(self.store, self.tell).change(events)

    @hears(ReferralWithdrawn, group=True)
    def withdraw(self, events: list[Event]) -> None:
        """The partner took them back: their places are free."""
        Following(self.store, self.tell).withdraw(events)

    @hears(ReferralClosed, group=True)
    def close(self, events: list[Event]) -> None:
        """Their library ended needs: the places of these are free."""
        Following(self.store, self.tell).close(events)

    @hears(ReferralTransferred, group=True)
    def transfer(self, events: list[Event]) -> None:
        """They went to another library: their places at this one are free."""
        Following(self.store, self.tell).transfer(events)

    @hears(PlacementAgreed, group=True)
    def make_places_final(self, events: list[Event]) -> None:
        """The participant said yes."""
        Placement(self.store, self.tell).agree(events)

    @hears(PlacementDeclined, group=True)
    def give_places_to_the_next(self, events: list[Event]) -> None:
        """The participant said no."""
        Placement(self.store, self.tell).decline(events)

    # Organisations

    @hears(LibraryRegistered)
    def know_library(self, event: Event) -> None:
        """From now on its staff can plan."""
        self._put_library(event)

    @hears(LibraryChanged)
    def know_changed_library(self, event: Event) -> None:
        """The event holds the whole library as it is now."""
        self._put_library(event)

    @hears(PartnerRegistered)
    def know_partner(self, event: Event) -> None:
        """Since when its tokens count."""
        self._heed_revocation(event)

    @hears(PartnerChanged)
    def know_changed_partner(self, event: Event) -> None:
        """It may have been suspended, or its credentials revoked."""
        self._heed_revocation(event)

    @every(seconds=3600, name="forget-needs")
    def forget_needs(self) -> bool:
        """Needs that were closed long ago go, with the places that they had."""
        return forget_needs(self.store, self.retention.needs)

    # HTTP: the offer

    @endpoint(
        "POST",
        "/programmes",
        scope="offer:write",
        body=schemas.NewProgramme,
        returns=schemas.Programme,
        status=201,
        idempotent=True,
        summary="Publish a programme",
        tags=["offer"],
        errors=(403, 409),
    )
    def publish_programme(self, call: Call) -> Answer:
        """What a library offers, of one kind. The same `programmeId` again answers 200 with what is there."""
        programme, created = Offer(self.store, self.tell, call.caller).publish(call.body)
        return Answer(programme, status=201 if created else 200)

    @endpoint(
        "GET",
        "/programmes",
        scope="offer:read",
        query=schemas.ProgrammeQuery,
        returns=schemas.Programme,
        summary="List programmes",
        tags=["offer"],
        errors=(403,),
    )
    def list_programmes(self, call: Call) -> Page:
        """The programmes of the caller's libraries, oldest first."""
        rows = self.store.programmes(_libraries(call), kind=call.query.get("kind"), after=call.cursor, limit=call.limit)
        return Page.of(rows, call, key=lambda row: (row["published_at"], row["programme_id"]))

    @endpoint(
        "POST",
        "/activities",
        scope="offer:write",
        body=schemas.NewActivity,
        returns=schemas.Activity,
        status=201,
        idempotent=True,
        summary="Schedule an activity",
        tags=["offer"],
        errors=(403, 409),
    )
    def schedule_activity(self, call: Call) -> Answer:
        """A series or one-off of a programme. Who waited for it gets a place at once, in turn.

        The same `activityId` again answers 200 with what is there.
        """
        activity, created = Offer(self.store, self.tell, call.caller).schedule(call.body)
        return Answer(activity, status=201 if created else 200)

    @endpoint(
        "GET",
        "/activities",
        scope="offer:read",
        query=schemas.ActivityQuery,
        returns=schemas.Activity,
        summary="List activities",
        tags=["offer"],
        errors=(403,),
    )
    def list_activities(self, call: Call) -> Page:
        """The activities of the caller's libraries with their free places, soonest start first."""
        filters = {name: call.query.get(name) for name in ("kind", "municipality")}
        filters["not_over_at"] = call.query.get("from_") or self.store.now
        rows = self.store.activities(_libraries(call), after=call.cursor, limit=call.limit, **filters)
        return Page.of([*map(activity_payload, rows)], call, key=lambda row: (row["starts_at"], row["activity_id"]))

    @endpoint(
        "GET",
        "/activities/<uuid:activity_id>",
        scope="offer:read",
        returns=schemas.ActivityWithSessions,
        summary="See an activity",
        tags=["offer"],
        errors=(404,),
    )
    def see_activity(self, call: Call, activity_id: str) -> dict[str, Any]:
        """An activity of one of the caller's libraries, with its free places and sessions."""
        row = self.store.activity(activity_id)
        if row is None or row["library_id"] not in call.caller.libraries:
            raise NotFound
        return activity_payload(row) | {"sessions": self.store.sessions(activity_id)}

    @endpoint(
        "GET",
        "/availability",
        scope="availability:read",
        query=schemas.AvailabilityQuery,
        returns=schemas.Availabilities,
        summary="See where there is room",
        tags=["offer"],
    )
    def see_availability(self, call: Call) -> dict[str, Any]:
        """Per library that serves a municipality: room for a kind and level, a waiting list, or neither. No person."""
        return {"items": availabilities(self.store, call.query)}

    # HTTP: places and lines

    @endpoint(
        "GET",
        "/enrolments",
        scope="offer:read",
        query=schemas.EnrolmentQuery,
        returns=schemas.Enrolment,
        summary="List enrolments",
        tags=["places"],
        errors=(403,),
    )
    def list_enrolments(self, call: Call) -> Page:
        """Places in the caller's libraries by status, oldest first: by default those that await an answer."""
        filters = {name: call.query.get(name) for name in ("kind", "status")}
        rows = self.store.enrolments(_libraries(call), after=call.cursor, limit=call.limit, **filters)
        return Page.of(rows, call, key=lambda row: (row["placed_at"], row["enrolment_id"]))

    @endpoint(
        "GET",
        "/waiting-list",
        scope="offer:read",
        query=schemas.WaitingQuery,
        returns=schemas.WaitingNeed,
        summary="List who waits",
        tags=["places"],
        errors=(403,),
    )
    def list_waiting(self, call: Call) -> Page:
        """Needs of the caller's libraries that wait for a place, who was received first first."""
        rows = self.store.waiting_list(
            _libraries(call), kind=call.query.get("kind"), after=call.cursor, limit=call.limit
        )
        return Page.of(rows, call, key=lambda row: (row["received_at"], row["need_id"]))

    def _put_library(self, event: Event) -> None:
        self.store.put_library(event.data["library_id"], event.data["name"], event.data["serves"])

    def _heed_revocation(self, event: Event) -> None:
        revoke(self.store, event.data["partner_id"], event.data["tokens_valid_from"])


def _libraries(call: Call) -> frozenset[str]:
    """The caller's libraries, or the one of them that is asked for. Raises Forbidden for another's.

    A claim that is no id of ours is nobody's library.
    """
    asked = call.query.get("library_id")
    if asked is None:
        return frozenset(filter(is_id, call.caller.libraries))
    if asked not in call.caller.libraries:
        raise Forbidden("This is not a library of yours.")
    return frozenset({asked})
