"""Owns what a plan is made from: pods as the planner sees them, and all else that was observed.

Reads raw objects into frozen values; must not judge what they mean.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from longshore import names
from longshore.api.agents import Credential
from longshore.api.archives import Archived, Input, Transport
from longshore.api.runs import Run, SourceStatus
from longshore.manifests.stretches import list_fused
from longshore.planning.admissions import Wait
from longshore.planning.graphs import Graph
from longshore.planning.groups import GroupView
from longshore.planning.nodes import Node
from longshore.planning.pools import PoolView
from longshore.planning.summaries import RunSummary
from longshore.planning.times import parse_time

STOPPED_FOR_ANOTHER = "StoppedForAnother"
"""Why a shared pod failed that was stopped for a step which had ended by then; no kubelet says so."""
EPOCH = "1970-01-01T00:00:00Z"
"""When a container started that could not be started, as the kubelet says it."""
NEVER_RAN = "ContainerStatusUnknown"
"""What the kubelet makes up for a container that was not there when its pod ended: an exit code of nobody's."""

FORGOTTEN = "Unknown"
"""Why a container ended that containerd finds gone when it comes up again, as after a power cut."""
_CREDENTIALS = TypeAdapter(tuple[Credential, ...])


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


@dataclass(frozen=True, slots=True)
class Memo:
    """A success of a step with `memoize`, which may stand for a later one."""

    run: str
    path: str
    completed: datetime
    exit_code: int | None = None
    outputs: Mapping[str, Any] | None = None


RefusalKind = Literal["Quota", "Rejected", "NameConflict"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The API server did not take a pod, a claim or a Run."""

    kind: RefusalKind
    message: str
    retry_at: datetime
    """When to try again, where that may help."""
    is_fused: bool = False
    """Whether several steps were to share it."""


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a slice has from the Run that owns it."""

    snapshot: Mapping[str, Any]
    """The graph of the slice: one step."""
    params: Mapping[str, Any]
    source: SourceStatus | None
    steps: Mapping[str, Any]
    """What expressions see of the owner's steps."""
    eaches: list[Mapping[str, Any]]
    """What `each` is in the slice's items."""
    inputs: tuple[Input, ...] = ()
    """The artifacts that its items find."""


@dataclass(frozen=True, slots=True)
class ArchiveUse:
    """How steps use the archive of their namespace."""

    transport: Transport
    upload_seconds: int = 60
    """How long files may take that are still on their way when a step has ended."""
    is_open: bool = True
    """Whether steps may mount its claim: not before the archive has given a volume away that comes as root's."""


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a plan for one Run is made from, besides the Run itself."""

    graph: Graph | None = None
    """Of the graph that the Run has accepted; None before."""
    workflow: Mapping[str, Any] | None = None
    """The graph that it asks for, its own or its Workflow's, as the API server has it; None: there is none."""
    pods: Mapping[str, Pod] = field(default_factory=dict)
    """By name, all pods whose controller is this Run."""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """By name, those that its pods are or were on, as far as anything is known of them."""
    earlier: Run | None = None
    """The Run that this one is another go at, where that is still to be accepted; None: there is none."""
    memos: Mapping[str, Mapping[str, Memo]] = field(default_factory=dict)
    """By identity, then by the uid of their Run, the memoized successes on record in the namespace."""
    children: Mapping[str, RunSummary] = field(default_factory=dict)
    """By name, all Runs whose controller is this Run."""
    lineage: tuple[RunSummary, ...] = ()
    """The Runs that own this one, the nearest first; no more than `MAX_DEPTH`."""
    inherited: Inheritance | None = None
    """What a slice has from its owner; None: the Run is none, or its owner is gone."""
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    """By name of the pod or Run, creates that the API server refused since the last plan."""
    wait: Wait | None = None
    """Why the Run may not start now, where it has not; None: there is room for it."""
    is_room_assured: bool = False
    """Whether there is room for any Run: then it need not be on record that this one has some before it starts."""
    groups: Mapping[str, GroupView] | None = None
    """The ConcurrencyGroups of the namespace, by name; None: they do not count."""
    sought: frozenset[str] = frozenset()
    """By name, pods that are gone, and of which an archive is being asked how they ended."""
    archive: ArchiveUse | None = None
    """None: namespaces have none."""
    pool: PoolView = field(default_factory=PoolView)
    """The Agents of the namespace."""
    runner_image: str = ""
    """Image of the containers that Longshore adds: the checkout."""

    def find_pod(self, name: str | None, path: str) -> Pod | None:
        """The pod of this name as a path sees it."""
        pod = self.pods.get(name or "")
        return pod and pod.view(path)


def observe_pod(raw: Mapping[str, Any]) -> Pod:
    """A pod as the planner sees it."""
    metadata, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
    annotations = metadata.get("annotations", {})
    containers = {entry["name"]: observe_container(entry) for entry in status.get("containerStatuses", ())}
    beside = {entry["name"] for entry in spec.get("initContainers", ()) if entry.get("restartPolicy")}
    services = beside - {names.ARTIFACTS_CONTAINER}
    inits = list(map(observe_container, status.get("initContainerStatuses", ())))
    fused = list_fused(raw)
    main = fused[-1] if fused else names.STEP_CONTAINER
    return Pod(
        name=metadata["name"],
        uid=metadata["uid"],
        phase=status.get("phase", "Pending"),
        created=parse_time(metadata["creationTimestamp"]),
        agent=metadata.get("labels", {}).get(names.AGENT_LABEL, ""),
        node=spec.get("nodeName", ""),
        is_gated=bool(spec.get("schedulingGates")),
        is_queued=names.KUEUE_MANAGED_LABEL in metadata.get("labels", {}),
        reason=status.get("reason", ""),
        message=status.get("message", ""),
        deleted=parse_time(deleted) if (deleted := metadata.get("deletionTimestamp")) else None,
        deletion_grace=metadata.get("deletionGracePeriodSeconds"),
        active_deadline=spec.get("activeDeadlineSeconds"),
        kill_at=_read_time(annotations.get(names.STOP_ANNOTATION)),
        container_count=len(spec.get("containers", ())) + len(spec.get("initContainers", ())) or 1,
        conditions={
            entry["type"]: (entry["status"], entry.get("reason", ""), entry.get("message", ""))
            for entry in status.get("conditions", ())
        },
        disrupted=_find_time(status.get("conditions", ()), "DisruptionTarget"),
        step=containers.get(main, Container(main)),
        others=tuple(container for container in inits if container.name not in beside),
        services=tuple(container for container in inits if container.name in services),
        sidecar=_find_sidecar(inits, beside),
        archived=_read_archived(annotations.get(names.ARCHIVED_ANNOTATION)),
        credentials=_read_credentials(annotations.get(names.CREDENTIALS_ANNOTATION)),
        setup_since=_find_time(status.get("conditions", ()), "PodReadyToStartContainers", "False"),
        fused=fused,
    )


def _find_sidecar(inits: Iterable[Container], beside: Collection[str]) -> Container | None:
    found = (container for container in inits if container.name == names.ARTIFACTS_CONTAINER)
    return next(found, None) if names.ARTIFACTS_CONTAINER in beside else None


def _read_time(text: str | None) -> datetime | None:
    """The time in an annotation, which anybody may write. Nonsense is nothing."""
    try:
        time = parse_time(text) if text else None
    except ValueError:
        return None
    return time if time and time.tzinfo else None


def _read_archived(text: str | None) -> Archived | None:
    """What the archive says; steps that share a pod declare no artifacts, so it is of one. Nonsense is nothing."""
    if text is None:
        return None
    try:
        found = json.loads(text)
        return Archived.model_validate(next(iter(found.values()), None))
    except (ValueError, AttributeError, RecursionError):
        return None


def _read_credentials(text: str | None) -> tuple[Credential, ...]:
    """What the pod was made with. Nonsense is nothing."""
    try:
        return _CREDENTIALS.validate_json(text or "[]")
    except ValueError:
        return ()


def _find_time(conditions: Iterable[Mapping[str, Any]], kind: str, status: str = "True") -> datetime | None:
    """Since when the condition of this type has this status, where it has."""
    found = (entry for entry in conditions if entry["type"] == kind and entry["status"] == status)
    times = (entry.get("lastTransitionTime") for entry in found)
    return next((parse_time(time) for time in times if time), None)


def observe_container(raw: Mapping[str, Any]) -> Container:
    """A container, from an entry of containerStatuses."""
    last = raw.get("lastState", {}).get("terminated")
    before = _observe_termination(last) if last else None
    match raw.get("state", {}):
        case {"terminated": ended}:
            return Container(raw["name"], ended=_observe_termination(ended), before=before)
        case {"running": running}:
            since, is_started = parse_time(running["startedAt"]), raw.get("started", False)
            return Container(raw["name"], running=since, is_started=is_started, before=before)
        case {"waiting": waiting}:
            reason, message = waiting.get("reason", ""), waiting.get("message", "")
            return Container(raw["name"], waiting=reason, message=message, before=before)
        case _:
            return Container(raw["name"])


def _observe_termination(raw: Mapping[str, Any]) -> Termination:
    started, finished = raw.get("startedAt"), raw.get("finishedAt")
    if started == EPOCH:
        started = None
    return Termination(
        exit_code=raw["exitCode"],
        reason=raw.get("reason", ""),
        message=raw.get("message", ""),
        started=parse_time(started) if started else None,
        finished=parse_time(finished) if finished else None,
    )
