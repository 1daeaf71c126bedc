"""Owns what a plan is: actions, the status that holds once they are applied, and when to look again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from longshore.api.runs import RunStatus
from longshore.api.workflows import WorkflowStatus
from longshore.planning.groups.groups import Claim
from longshore.planning.pools.pools import AgentWait


@dataclass(frozen=True, slots=True)
class CreatePod:
    """Create the pod of an attempt. Where it exists already and is this Run's, it is adopted."""

    name: str
    path: str
    attempt: int
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CreateClaim:
    """Create the claim of a volume of the Run, before any pod. Where it is there and this Run's, it is adopted."""

    name: str
    volume: str
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StopPod:
    """End a pod that has started: SIGTERM, its grace, SIGKILL. Its log and exit code stay."""

    name: str
    uid: str
    kill_at: datetime | None = None
    """When the step's own grace ends, where the pod has more; noted on the pod."""


@dataclass(frozen=True, slots=True)
class DeletePod:
    """Delete a pod that has not started, or that is to be killed."""

    name: str
    uid: str
    grace: int | None = None
    """Seconds; None: the pod's own."""


@dataclass(frozen=True, slots=True)
class CreateRun:
    """Create the child Run of an attempt. Where it exists already and is this Run's, it is adopted."""

    name: str
    path: str
    attempt: int
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PatchRun:
    """Merge into the spec of a Run: of a child what its parent's says (cancel, suspend, priority)."""

    name: str
    uid: str
    spec: dict[str, Any]


Action = CreatePod | CreateClaim | StopPod | DeletePod | CreateRun | PatchRun


@dataclass(frozen=True, slots=True)
class MakeRun:
    """Create the Run of a scheduled time. Where it exists already and is this schedule's, that is as good."""

    name: str
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeleteRun:
    """Delete a finished Run, and with it what it owns."""

    name: str
    uid: str


WorkflowAction = MakeRun | PatchRun | DeleteRun


@dataclass(frozen=True, slots=True)
class Notice:
    """An Event about the object, to be published once its status is written."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now for one Run."""

    status: RunStatus
    """Holds once the actions are applied."""
    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    wake_at: datetime | None = None
    """When time alone changes the plan."""
    waits: tuple[AgentWait, ...] = ()
    """The attempts that would start if they had an Agent."""
    group_claims: tuple[Claim, ...] = ()
    """What its attempts, and the Run itself, have to do with ConcurrencyGroups."""


@dataclass(frozen=True, slots=True)
class WorkflowPlan:
    """What to do now for one Workflow."""

    status: WorkflowStatus
    """Holds once the actions are applied."""
    actions: tuple[WorkflowAction, ...] = ()
    notices: tuple[Notice, ...] = ()
    wake_at: datetime | None = None
    """When time alone changes the plan."""
