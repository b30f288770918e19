"""Hearing events: in batches, each exactly once, in order per partition key (ADR 0004)."""

from chassis.inbox.hears import hears

__all__ = ["hears"]
