"""Owns the kind Run: one execution of a graph. Spec says what is wanted; status says what happened."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import (
    ATOMIC,
    AnyObject,
    ForeignName,
    Label,
    Message,
    Model,
    ObjectName,
    Priority,
    Text,
    Timestamp,
    map_by,
)
from longshore.api.objects import Condition, Metadata
from longshore.api.step_statuses import Count, Question, StepStatus, Usage
from longshore.api.workflows import Phase, WorkflowSpec

ControllerName = Annotated[str, Field(min_length=1, max_length=63)]


class WorkflowReference(Model):
    """A Workflow in the same namespace."""

    name: ObjectName
    """Name of the Workflow."""


class Rerun(Model):
    """Makes this Run another go at an earlier one."""

    run: ObjectName
    """Name of the earlier Run."""
    from_: Annotated[Literal["All", "Failed", "Step"], Field(alias="from")] = "Failed"
    """Where to begin: All over, at what Failed, or at a Step; the rest is reused."""
    step: Label | None = None
    """The step to begin at, where from is Step."""
    attempt: Annotated[int, Field(ge=1)] | None = None
    """The attempt of that step to begin from."""


class Slice(Model):
    """Makes this Run a part of a large fan-out of the Run that owns it. Only Longshore itself makes slices."""

    run: ObjectName
    """Name of the Run that owns this one."""
    step: Label
    """The step that fans out."""
    first: Count
    """The first item, counted from 0."""
    count: Annotated[int, Field(ge=1, le=999)]
    """How many items."""


class RunSpec(Model):
    """What is wanted. Nothing may change but suspend, cancel, answers and priority."""

    workflow_ref: WorkflowReference | None = None
    """The Workflow to run. Exactly one of workflowRef and workflowSpec is set, but for a slice."""
    workflow_spec: Annotated[WorkflowSpec | None, Field(json_schema_extra=ATOMIC)] = None
    """The graph to run, in place of a Workflow."""
    params: AnyObject = {}
    """Values of the graph's parameters, by name; those left out have their defaults."""
    rerun: Rerun | None = None
    """Makes this Run another go at an earlier one."""
    slice: Slice | None = None
    """Makes this Run a part of a large fan-out of the Run that owns it; only Longshore sets it."""
    suspend: bool = False
    """Whether nothing new is started; what runs goes on."""
    cancel: Literal["Graceful", "Immediate"] | None = None
    """Ends the Run: Graceful lets steps have their grace period, Immediate kills. It can't be taken back."""
    answers: Annotated[dict[str, Annotated[dict[str, Text], Field(max_length=16)]], Field(max_length=256)] = {}
    """Answers to questions: by question, then by the name of the user who answers."""
    priority: Priority = 0
    """Among queued Runs, higher goes first."""
    created_by: ForeignName | None = None
    """Who made the Run; a policy checks that it is the caller."""
    queue_name: ObjectName | None = None
    """Kueue's LocalQueue that admits the Run's pods."""
    managed_by: ControllerName | None = None
    """The controller that runs it, longshore.dev/operator if absent; Longshore leaves another's Run alone."""


class SourceStatus(Model):
    """What was checked out."""

    commit: Annotated[str, Field(pattern="^[0-9a-f]{40,64}$", max_length=64)]
    """The exact commit that all steps get."""


class RunStatus(Model):
    """What happened."""

    phase: Phase | None = None
    """Where the Run is; it only goes forward."""
    conditions: Annotated[list[Condition], Field(max_length=16, json_schema_extra=map_by("type"))] = []
    """Accepted, Admitted, Suspended, AwaitingInput, Complete, Failed, Finished."""
    workflow_spec: AnyObject | None = None
    """The graph that this Run runs, as it was when the Run was accepted."""
    params: AnyObject | None = None
    """The values of all parameters."""
    source: SourceStatus | None = None
    """What was checked out."""
    steps: Annotated[dict[str, StepStatus], Field(max_length=1000, json_schema_extra=ATOMIC)] = {}
    """What happened to each step, by its path: build, test[0]."""
    questions: Annotated[dict[str, Question], Field(max_length=256)] = {}
    """What people are asked."""
    usage: Usage | None = None
    """What agents have spent."""
    outputs: AnyObject | None = None
    """The Run's outputs."""
    message: Message | None = None
    """What to know first."""
    progress: Annotated[str, Field(max_length=16)] | None = None
    """How many steps are done, of how many: 3/7."""
    duration: Annotated[str, Field(max_length=16)] | None = None
    """How long the Run took, for the table."""
    start_time: Timestamp | None = None
    """When the Run was accepted and admitted."""
    completion_time: Timestamp | None = None
    """When the Run ended."""
    suspended_seconds: Count | None = None
    """For how long the Run was suspended, in suspensions that are over."""
    observed_generation: Count = 0
    """The generation of the spec that this was found for."""


class Run(Model):
    """One execution of a Workflow, or of a graph of its own: spec says what is wanted, status what happened."""

    metadata: Metadata
    spec: RunSpec
    status: RunStatus = RunStatus()
