"""Owns what a pod is to the planner: a frozen value. Must not judge what it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from longshore import names
from longshore.api.agents import Credential
from longshore.api.archives import Archived

STOPPED_FOR_ANOTHER = "StoppedForAnother"
"""Why a shared pod failed that was stopped for a step which had ended by then; no kubelet says so."""
EPOCH = "1970-01-01T00:00:00Z"
"""When a container started that could not be started, as the kubelet says it."""
NEVER_RAN = "ContainerStatusUnknown"
"""What the kubelet makes up for a container that was not there when its pod ended: an exit code of nobody's."""

FORGOTTEN = "Unknown"
"""Why a container ended that containerd finds gone when it comes up again, as after a power cut."""


@dataclass(frozen=True, slots=True)
class Termination:
    """How a container ended."""

    exit_code: int
    reason: str
    message: str
    started: datetime | None
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod, in exactly one state: waiting, running or ended."""

    name: str
    waiting: str = ""
    """Why it waits: ContainerCreating, ImagePullBackOff, ..."""
    message: str = ""
    running: datetime | None = None
    """Since when it runs."""
    ended: Termination | None = None
    is_started: bool = False
    """Whether it runs and its startupProbe, where it has one, has passed."""
    before: Termination | None = None
    """How it ended before it was started anew."""

    @property
    def has_run(self) -> bool:
        """Whether it runs, or did."""
        return self.running is not None or (self.ended is not None and self.ended.reason != NEVER_RAN)


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, as far as the planner looks."""

    name: str
    uid: str
    phase: str
    created: datetime
    agent: str = ""
    """The Agent that it says it is of; empty: it is older than those."""
    node: str = ""
    is_gated: bool = False
    """Whether scheduling gates keep it from being scheduled."""
    is_queued: bool = False
    """Whether Kueue admits it, and so gated it when it was made."""
    reason: str = ""
    message: str = ""
    deleted: datetime | None = None
    """By when it is to be gone, where it is being deleted."""
    deletion_grace: int | None = None
    active_deadline: int | None = None
    """Seconds."""
    kill_at: datetime | None = None
    """When the step's own grace ends, where the pod was told to end and has more."""
    container_count: int = 1
    """Containers that share 12 KiB of termination messages."""
    conditions: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Type -> status, reason, message."""
    disrupted: datetime | None = None
    """When it was chosen to be ended for others' sake, where it was."""
    step: Container = Container(names.STEP_CONTAINER)
    others: tuple[Container, ...] = ()
    """Init containers that end, in their order."""
    services: tuple[Container, ...] = ()
    """Init containers that go on beside the step, in their order; how they end does not matter."""
    sidecar: Container | None = None
    """The one that sends what the step leaves to the archive, where that goes over HTTP."""
    archived: Archived | None = None
    """What the archive has of what the step left, once that is final."""
    credentials: tuple[Credential, ...] = ()
    """Those of its Agent that it has."""
    setup_since: datetime | None = None
    """Since when its node mounts its volumes and sets up its network, while it does."""
    fused: tuple[str, ...] = ()
    """The steps that share it, in their order; empty for the pod of one attempt."""
    has_served: bool = False
    """Whether steps before this one ran in it, whose logs are not to go."""

    def view(self, path: str) -> "Pod":
        """The pod as one of the steps that share it sees it: as if it were its own, made when its turn came."""
        if path not in self.fused:
            return self
        turn = self.fused.index(path)
        known = {container.name: container for container in (*self.others, self.step)}
        own, *later = [known.get(name, Container(name)) for name in self.fused[turn:]]
        before = known[self.fused[turn - 1]].ended if turn and self.fused[turn - 1] in known else None
        created = before.finished if before and before.finished else self.created
        view = replace(self, step=own, others=(), services=(), created=created, has_served=turn > 0)
        # What became of the pod once the next step ran is none of this one's business.
        is_over = own.ended is not None and any(container.has_run for container in later)
        return view.forget_fate() if is_over else view

    def forget_fate(self) -> "Pod":
        """The pod as it was when its step's container had ended, whatever became of it since."""
        return replace(self, phase="Running", reason="", message="", deleted=None, disrupted=None, conditions={})
