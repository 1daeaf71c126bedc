"""Owns what the archive answers about Runs and their events, as JSON. Must not know where it is kept."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from longshore.api.fields import AnyObject, Model, Timestamp
from longshore.api.step_statuses import Count


class EventType(StrEnum):
    """What the archive tells of. Others may add their own; who does not know one passes over it."""

    RUN_CREATED = "RunCreated"
    RUN_PHASE_CHANGED = "RunPhaseChanged"
    RUN_SUSPENDED = "RunSuspended"
    RUN_RESUMED = "RunResumed"
    RUN_DELETED = "RunDeleted"
    CANCEL_REQUESTED = "CancelRequested"
    PRIORITY_CHANGED = "PriorityChanged"
    SOURCE_RESOLVED = "SourceResolved"
    STEP_CHANGED = "StepChanged"
    STEP_OUTPUTS = "StepOutputs"
    RUN_OUTPUTS = "RunOutputs"
    QUESTION_ASKED = "QuestionAsked"
    ANSWER_GIVEN = "AnswerGiven"
    ARTIFACT_STORED = "ArtifactStored"
    LOG_GAP = "LogGap"


class EventRecord(Model):
    """Something that happened to a Run. Once told it never changes."""

    id: Annotated[int, Field(ge=1)]
    """Counts the events of the Run: 1, 2, 3, in the order in which the archive learned of them."""
    time: Timestamp
    """When it happened, where the Run says so; else when the archive saw it."""
    type: Annotated[str, Field(max_length=64)]
    """What happened, in CamelCase."""
    step: str | None = None
    """Path of the step that it happened to: build, test[0]."""
    attempt: Count | None = None
    """Attempt of that step, counted from 1; 0: there is none yet."""
    data: dict[str, JsonValue] = {}
    """The particulars, by the type."""


class EventPage(Model):
    """Events of a Run in their order, as far as they fit."""

    items: list[EventRecord]
    next: int | None = None
    """What to pass as `after` for those that come next; absent: there are no more now."""


class RunRecord(Model):
    """A Run, in short, whether it is still in the cluster or not."""

    uid: str
    name: str
    workflow: str = ""
    """Name of its Workflow; empty for a graph of its own."""
    phase: str
    labels: dict[str, str] = {}
    progress: str = ""
    """How many steps are done, of how many: 3/7."""
    message: str = ""
    """What to know first."""
    created: Timestamp
    started: Timestamp | None = None
    """When it was accepted and admitted."""
    finished: Timestamp | None = None
    """When it ended."""
    deleted: Timestamp | None = None
    """When the archive saw that it is gone from the cluster; absent: it is there."""


class RunPage(Model):
    """Runs, the newest first, as far as they fit."""

    items: list[RunRecord]
    next: str | None = None
    """What to pass as `cursor` for those that come next; absent: these were the last."""


class SecretUse(Model):
    """Which revision of a Secret an attempt had."""

    step: str
    """Path of the step."""
    attempt: Annotated[int, Field(ge=1)]
    secret: str
    """Name of the Secret."""
    revision: str
    """Its resourceVersion when the attempt's first log was begun."""


class ArchivedRun(Model):
    """A whole Run, as it was last seen."""

    deleted: Timestamp | None = None
    """When the archive saw that it is gone from the cluster; absent: it is there."""
    run: AnyObject
    """The object, but for what the API server alone uses (managedFields)."""
    secrets: list[SecretUse] | None = None
    """Which Secrets its attempts had; known where archive.maskSecrets is set, since nobody else reads Secrets."""
