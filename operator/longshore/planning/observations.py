"""Owns what a plan is made from: the pods of a Run, and all else that was observed. Must not judge it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from longshore.api.archives import Input, Transport
from longshore.api.runs import Run, SourceStatus
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.groups.groups import GroupView
from longshore.planning.pods import Pod
from longshore.planning.pools.nodes import Node
from longshore.planning.pools.pools import PoolView
from longshore.planning.runs.admissions import Wait
from longshore.planning.runs.summaries import RunSummary


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
