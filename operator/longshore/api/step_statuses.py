"""Owns the status of a step, and the words in it. Must not decide any."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from longshore.api.archives import Number, TestCounts, Uid
from longshore.api.fields import (
    AnyObject,
    Decimal,
    ForeignName,
    Line,
    Message,
    Model,
    ObjectName,
    Timestamp,
)
from longshore.api.steps import Approver

Count = Annotated[int, Field(ge=0)]
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
