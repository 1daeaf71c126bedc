"""Owns the kind Workflow: a reusable graph of steps."""

from typing import Annotated, Literal

from pydantic import Field

from longshore.api.fields import (
    AnyValue,
    Expression,
    Identifier,
    Label,
    Line,
    Model,
    ObjectName,
    Seconds,
    Text,
    Timestamp,
    WholeSeconds,
    map_by,
)
from longshore.api.objects import Condition, Metadata, SecretReference
from longshore.api.steps import Concurrency, Limits, Step, StepFields

ParamType = Literal["String", "Integer", "Number", "Boolean", "List", "Object"]
Phase = Literal["Queued", "Running", "Succeeded", "Failed", "Canceled"]


class Param(Model):
    """A parameter that a Run may give."""

    name: Identifier
    """Name; steps read it as params.<name> and as the variable PARAM_<NAME>."""
    type: ParamType = "String"
    """What values it takes."""
    default: AnyValue | None = None
    """Its value where the Run gives none."""
    enum: Annotated[list[AnyValue], Field(max_length=64)] = []
    """The only values it takes; empty: any."""
    required: bool = False
    """Whether the Run has to give it."""
    description: Text = ""
    """What it is for."""


class GitSource(Model):
    """A git repository."""

    url: Annotated[str, Field(min_length=1, max_length=1024)]
    """Its URL (http, https or ssh), with $(expressions), without credentials."""
    revision: Line = ""
    """Branch, tag or commit, with $(expressions); absent: the default branch."""
    depth: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    """How many commits of history; 0: all."""
    submodules: bool = False
    """Whether submodules are checked out too."""
    secret_ref: SecretReference | None = None
    """A Secret of type kubernetes.io/basic-auth or kubernetes.io/ssh-auth (with an optional key known_hosts)."""


class Source(Model):
    """What is checked out into the working directory of each step."""

    git: GitSource
    """A git repository."""


class Output(Model):
    """An output of the Run."""

    name: Identifier
    """Name of the output."""
    value: Expression
    """CEL over params, steps and run."""


class Schedule(Model):
    """Makes a Run at the times of a cron expression."""

    cron: Annotated[str, Field(min_length=1, max_length=256)]
    """Minute, hour, day of month, month, day of week; or @hourly, @daily, ..."""
    time_zone: Annotated[str, Field(max_length=64)] = "UTC"
    """Time zone of the expression, such as Europe/Berlin."""
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] = "Allow"
    """While a Run of the schedule has not ended, Allow makes the next one all the same, Forbid waits for its end,
    and Replace cancels it."""
    starting_deadline_seconds: WholeSeconds | None = None
    """How late a missed Run may still start; absent: any time."""


class ScheduleStatus(Model):
    """A schedule, as far as its times are dealt with."""

    cron: Annotated[str, Field(max_length=256)]
    """The expression that this is about."""
    time_zone: Annotated[str, Field(max_length=64)]
    """Its time zone."""
    since: Timestamp
    """Only later times count: the last one that is dealt with, or when the expression or its zone were set."""


class Trigger(Model):
    """Makes a Run when a signed webhook arrives."""

    name: Label
    """Name of the trigger, unique in the Workflow."""
    secret_ref: SecretReference
    """The Secret that signs the webhook."""
    filter: Expression | None = None
    """CEL over the body; where it is false, no Run is made."""
    params: Annotated[dict[str, Expression], Field(max_length=64)] = {}
    """Parameters of the Run, each CEL over the body."""


class Webhook(Model):
    """Where a notification goes."""

    url: Line
    """Its URL."""
    secret_ref: SecretReference | None = None
    """The Secret that signs it."""


class Hook(Model):
    """Tells others of a Run's phase."""

    phases: Annotated[list[Phase], Field(min_length=1, max_length=5)]
    """The phases to tell of."""
    webhook: Webhook
    """Where the notification goes."""


class WorkflowSpec(Model):
    """A graph of steps and all that goes for its Runs."""

    params: Annotated[list[Param], Field(max_length=128, json_schema_extra=map_by("name"))] = []
    """Parameters that a Run may give."""
    source: Source | None = None
    """What is checked out into the working directory of each step."""
    defaults: StepFields | None = None
    """Fields for all steps; a step's own field replaces it, but variables are added."""
    steps: Annotated[list[Step], Field(min_length=1, max_length=1000, json_schema_extra=map_by("name"))]
    """The steps."""
    finally_: Annotated[list[Step], Field(alias="finally", max_length=100, json_schema_extra=map_by("name"))] = []
    """Steps that run at the end, whatever happened."""
    outputs: Annotated[list[Output], Field(max_length=64, json_schema_extra=map_by("name"))] = []
    """Outputs of the Run."""
    max_parallel_steps: Annotated[int, Field(ge=1, le=5000)] | None = None
    """How many steps run at once; absent: no limit."""
    fuse: bool = False
    """Whether linear stretches of steps may share a pod."""
    concurrency: Concurrency | None = None
    """A place in a ConcurrencyGroup, to be held by the whole Run."""
    schedule: Schedule | None = None
    """When Runs are made by themselves."""
    triggers: Annotated[list[Trigger], Field(max_length=32, json_schema_extra=map_by("name"))] = []
    """Webhooks that make Runs."""
    hooks: Annotated[list[Hook], Field(max_length=32)] = []
    """Who is told of the phases of Runs."""
    suspend: bool = False
    """Whether schedule and triggers make no Runs."""
    limits: Limits | None = None
    """How much a Run may spend."""
    queued_deadline_seconds: Seconds | None = None
    """How long a Run may be Queued, but for suspension, before it fails; absent: as long as it takes."""
    active_deadline_seconds: Seconds | None = None
    """How long a Run may take from its start, but for suspension."""
    ttl_seconds_after_finished: WholeSeconds | None = None
    """How long a finished Run is kept; absent: as the limits below say, or else for ever."""
    successful_runs_history_limit: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """How many succeeded Runs are kept, the newest; absent: all."""
    failed_runs_history_limit: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """How many failed and canceled Runs are kept, the newest; absent: all."""


class WorkflowStatus(Model):
    """What is known of a Workflow."""

    conditions: Annotated[list[Condition], Field(max_length=16, json_schema_extra=map_by("type"))] = []
    """Accepted: whether Runs of it can start, and what is wrong where they can't. Scheduled: whether the schedule
    makes Runs, and when the next one comes."""
    active: Annotated[int, Field(ge=0)] = 0
    """How many Runs have not ended, but for the children of others."""
    last_run: ObjectName | None = None
    """The Run that was made last."""
    last_schedule_time: Timestamp | None = None
    """The time of the schedule for which a Run was made last."""
    schedule: ScheduleStatus | None = None
    """How far the schedule is dealt with."""
    observed_generation: Annotated[int, Field(ge=0)] = 0
    """The generation of the spec that this was found for."""


class Workflow(Model):
    """A reusable graph of steps, each of which runs as a pod."""

    metadata: Metadata
    spec: WorkflowSpec
    status: WorkflowStatus = WorkflowStatus()
