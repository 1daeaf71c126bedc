"""Owns the kind ConcurrencyGroup: how many may run at once."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import Line, Model, ObjectName, Timestamp
from longshore.api.objects import Metadata
from longshore.api.step_statuses import Count, StepPath

MAX_HOLDERS = 2_000
"""How many places a group has on record, for all keys together: its object has to stay small."""


class ConcurrencyGroupSpec(Model):
    """How many may run at once, and what happens when that many do."""

    limit: Annotated[int, Field(ge=0, le=100_000)]
    """How many hold the group at once, for each key; 0 pauses."""
    order: Literal["FIFO", "Priority"] = "FIFO"
    """Who of those that wait goes first: FIFO, who waits longest; Priority, whose Run has the highest."""
    when_full: Literal["Queue", "Replace", "ReplaceQueued", "Reject"] = "Queue"
    """Who comes when full: Queue waits; Replace ends the oldest holder, ReplaceQueued who waits; Reject fails."""


class Holder(Model):
    """Who holds a place."""

    run: ObjectName
    """The Run."""
    uid: Annotated[str, Field(max_length=64)]
    """The Run's UID."""
    step: StepPath | None = None
    """The step's path; absent: the whole Run."""
    attempt: Count | None = None
    """The step's attempt."""
    key: Line = ""
    """For which key."""
    since: Timestamp
    """Since when."""


class ConcurrencyGroupStatus(Model):
    """Who holds the group."""

    active: Count = 0
    """How many hold it."""
    queued: Count = 0
    """How many wait for it."""
    holders: Annotated[list[Holder], Field(max_length=MAX_HOLDERS)] = []
    """Who holds it: the record, granted by compare-and-swap."""


class ConcurrencyGroup(Model):
    """How many steps or Runs may run at once."""

    metadata: Metadata
    spec: ConcurrencyGroupSpec
    status: ConcurrencyGroupStatus = ConcurrencyGroupStatus()
