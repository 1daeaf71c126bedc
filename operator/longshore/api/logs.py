"""Owns what the archive tells of logs over HTTP. Must not know where they lie."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import Message, Model

Time = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})]
"""RFC 3339, as a log has it."""


class LogGap(Model):
    """A place of a log where lines may be missing."""

    offset: Annotated[int, Field(ge=0)]
    """How many bytes of the log are before it."""
    after: Time | None = None
    """Time of the last line before it; absent: there is none."""
    before: Time | None = None
    """From when on there are lines again, in whole seconds; absent: there are none."""
    cause: Message
    """Why, for people."""


class ArchivedLog(Model):
    """The log of one container."""

    step: Annotated[str, Field(max_length=128)]
    """Path of the step, such as `test[3]`."""
    attempt: Annotated[int, Field(ge=1)]
    container: Annotated[str, Field(max_length=63)]
    state: Literal["Open", "Complete"]
    """Open: more may come. Complete: all of it is there."""
    bytes: Annotated[int, Field(ge=0)]
    """With the times of its lines."""
    lines: Annotated[int, Field(ge=0)]
    start_time: Time | None = None
    """When the container started, where it is known."""
    message: Message = ""
    """Why nothing comes now, for people; empty: nothing is wrong."""
    gaps: Annotated[list[LogGap], Field(max_length=1000)] = []


class LogList(Model):
    """The logs of a Run."""

    items: list[ArchivedLog]
    """In the order in which their containers were first seen."""
