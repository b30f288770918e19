"""The counting service as `python -m chassis.run` runs it."""

from chassis.service import Service
from tests.support.counting.service import CountingService


class RunningCountingService(CountingService, Service):
    """With all that every service has besides."""

    name = "activities"
