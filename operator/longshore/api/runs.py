"""Owns the kind Run: one execution of a graph. Spec says what is wanted; status says what happened."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from longshore.api.archives import Number, TestCounts, Uid
from longshore.api.fields import (
    ATOMIC,
    AnyObject,
    Decimal,
    ForeignName,
    Label,
    Line,
    Message,
    Model,
    ObjectName,
    Priority,
    Text,
    Timestamp,
    map_by,
)
from longshore.api.objects import Condition, Metadata
from longshore.api.steps import Approver
from longshore.api.workflows import Phase, WorkflowSpec

Count = Annotated[int, Field(ge=0)]
ControllerName = Annotated[str, Field(min_length=1, max_length=63)]
StepPath = Annotated[str, Field(min_length=1, max_length=128)]


class StepPhase(StrEnum):
    """Where an attempt of a step is; within an attempt it only goes forward."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    CANCELED = "Canceled"


class StepReason(StrEnum):
    """Why a step is in its phase; a closed set, so that programs can tell."""

    # Pending: what it waits for.
    AWAITING_NEEDS = "AwaitingNeeds"
    AWAITING_SLOT = "AwaitingSlot"
    AWAITING_AGENT = "AwaitingAgent"
    AWAITING_GROUP = "AwaitingGroup"
    AWAITING_INPUT = "AwaitingInput"
    SUSPENDED = "Suspended"
    NEXT_ROUND = "NextRound"
    VERIFICATION_FAILED = "VerificationFailed"
    AWAITING_QUOTA = "AwaitingQuota"
    UNSCHEDULABLE = "Unschedulable"
    GATED = "Gated"
    STARTING = "Starting"
    IMAGE_PULL_BACKOFF = "ImagePullBackOff"
    CONFIG_MISSING = "ConfigMissing"
    AWAITING_VOLUMES = "AwaitingVolumes"
    SERVICE_NOT_READY = "ServiceNotReady"
    SERVICE_CRASHED = "ServiceCrashed"
    BACKOFF = "Backoff"
    INFRA_BACKOFF = "InfraBackoff"
    CHILD_QUEUED = "ChildQueued"
    STOPPING = "Stopping"
    NODE_UNREACHABLE = "NodeUnreachable"
    # Running: its container has ended.
    AWAITING_ARTIFACTS = "AwaitingArtifacts"
    # Failed by the step itself.
    ERROR = "Error"
    ITEMS_FAILED = "ItemsFailed"
    REJECTED = "Rejected"
    ROUNDS_EXHAUSTED = "RoundsExhausted"
    SOURCE_FAILED = "SourceFailed"
    SOURCE_MOVED = "SourceMoved"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    PENDING_DEADLINE_EXCEEDED = "PendingDeadlineExceeded"
    IMAGE_PULL_FAILED = "ImagePullFailed"
    OUTPUTS_TOO_LARGE = "OutputsTooLarge"
    OUTPUTS_INVALID = "OutputsInvalid"
    EXPRESSION_FAILED = "ExpressionFailed"
    POD_REJECTED = "PodRejected"
    VOLUME_REJECTED = "VolumeRejected"
    CHILD_FAILED = "ChildFailed"
    CHILD_REJECTED = "ChildRejected"
    DEPTH_EXCEEDED = "DepthExceeded"
    NAME_CONFLICT = "NameConflict"
    STORAGE_FULL = "StorageFull"
    GROUP_FULL = "GroupFull"
    # Failed by the infrastructure; a declared artifact that the step did not write is its own failure.
    ARTIFACT_LOST = "ArtifactLost"
    OOM_KILLED = "OOMKilled"
    EVICTED = "Evicted"
    PREEMPTED = "Preempted"
    CHILD_DELETED = "ChildDeleted"
    NODE_LOST = "NodeLost"
    AGENT_DRAINED = "AgentDrained"
    POD_DELETED = "PodDeleted"
    POD_LOST = "PodLost"
    # Skipped and canceled.
    WHEN_FALSE = "WhenFalse"
    NEED_SKIPPED = "NeedSkipped"
    NEED_FAILED = "NeedFailed"
    NO_ITEMS = "NoItems"
    FAIL_FAST = "FailFast"
    REPLACED = "Replaced"
    RUN_FAILED = "RunFailed"
    RUN_CANCELED = "RunCanceled"
    RUN_DEADLINE_EXCEEDED = "RunDeadlineExceeded"
    # Succeeded.
    COMPLETED = "Completed"
    REUSED = "Reused"
    MEMOIZED = "Memoized"


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


class Origin(Model):
    """An attempt of the same step or item in another Run."""

    run_uid: Uid
    """That Run."""
    attempt: Number
    """The attempt, counted from 1."""


class StepStatus(Model):
    """What happened to a step."""

    model_config = ConfigDict(json_schema_extra={"required": ["phase", "attempt"]})

    phase: StepPhase = StepPhase.PENDING
    """Where the attempt is."""
    reason: StepReason | None = None
    """Why, for programs."""
    message: Message | None = None
    """Why, for people; of a failure, the end of the log."""
    attempt: Count = 0
    """Which attempt this tells of, counted from 1; 0: none yet."""
    retries: Count = 0
    """How many attempts were failures of the step's own."""
    infra_retries: Count = 0
    """How many attempts were failures of the infrastructure."""
    moves: Count = 0
    """How many attempts were ended since their Agent was drained."""
    agent: ObjectName | None = None
    """The Agent that the attempt belongs to; before it has one, that on which the last did not start in time."""
    node: ForeignName | None = None
    """The node it ran on."""
    pod: ForeignName | None = None
    """Its pod."""
    run: ObjectName | None = None
    """Its child Run, of a step with a workflow."""
    exit_code: Annotated[int, Field(ge=-2147483648, le=2147483647)] | None = None
    """Exit code of the container."""
    queued_time: Timestamp | None = None
    """Since when the attempt waits for an Agent or a ConcurrencyGroup, or did until it began."""
    ungated_time: Timestamp | None = None
    """When the pod's scheduling gates were seen lifted; its pending time counts from there."""
    start_time: Timestamp | None = None
    """When the container started."""
    completion_time: Timestamp | None = None
    """When the container ended; of a step that waits to be retried, when the last attempt ended."""
    outputs: AnyObject | None = None
    """What the step wrote to $LONGSHORE_OUTPUT."""
    memo: Annotated[str, Field(max_length=64)] | None = None
    """Of a success with memoize: by what later ones find it."""
    tests: TestCounts | None = None
    """What its artifacts of kind junit say."""
    artifacts: Origin | None = None
    """Of a step that was reused: the attempt that left its artifacts."""


class Question(Model):
    """What a person is asked."""

    step: StepPath
    """The step that asks."""
    text: Annotated[str, Field(max_length=16384)]
    """The question."""
    options: Annotated[list[Line], Field(max_length=32)] = []
    """Answers to choose from; empty: free text."""
    approvers: Annotated[list[Approver], Field(max_length=64)] = []
    """Who may answer; empty: whoever may patch the Run."""
    quorum: Annotated[int, Field(ge=1, le=64)] = 1
    """How many different people have to answer."""
    except_creator: bool = False
    """Whether the Run's creator may not answer."""
    deadline: Timestamp | None = None
    """When it is too late."""


class Usage(Model):
    """What agents have spent."""

    cost_usd: Annotated[Decimal | None, Field(alias="costUSD")] = None
    """Dollars."""
    input_tokens: Count = 0
    """Tokens sent to models."""
    output_tokens: Count = 0
    """Tokens that came from models."""
    actions: Count = 0
    """Actions taken."""


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
