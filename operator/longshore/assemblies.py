"""Puts the parts of the operator together, those first on which others stand. Must not do any of their work."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Protocol

from longshore.cluster.agents import AgentObjects
from longshore.cluster.archives import ArchiveObjects
from longshore.cluster.claims import RunClaims
from longshore.cluster.connections import Connection
from longshore.cluster.events import Publisher
from longshore.cluster.groups import GroupObjects
from longshore.cluster.nodes import ClusterNodes
from longshore.cluster.pods import RunPods
from longshore.cluster.runs import RunObjects
from longshore.cluster.statuses import Announcements, RunStatuses
from longshore.cluster.transports import Transport
from longshore.cluster.witnesses import ArchiveWitness
from longshore.handlers.changes import PodChanges, RunChanges
from longshore.handlers.events import Stores
from longshore.names import CONTROLLER
from longshore.planning.pools.turns import StepLimits
from longshore.planning.runs.admissions import Limits
from longshore.queues import Queue
from longshore.reconcile.archives.archives import ArchivePorts, ArchiveReconciler
from longshore.reconcile.archives.designs import build_design
from longshore.reconcile.archives.uses import NamespaceUses
from longshore.reconcile.groups.groups import GroupPorts, GroupReconciler, Marks
from longshore.reconcile.pools.agents import AgentPorts, AgentReconciler, Known
from longshore.reconcile.pools.built_ins import BuiltIns
from longshore.reconcile.pools.directories import AgentDirectory
from longshore.reconcile.pools.heartbeats import NodeHeartbeats
from longshore.reconcile.pools.occupancies import Occupancies
from longshore.reconcile.pools.pools import Pools
from longshore.reconcile.rollcalls import RollCall, is_awaiting_room, is_going_on
from longshore.reconcile.runs.admissions import Admissions
from longshore.reconcile.runs.runs import Ports, RunReconciler
from longshore.reconcile.stores import ObjectStore, RunStore
from longshore.reconcile.workflows.actions import WorkflowActions
from longshore.reconcile.workflows.retentions import RetentionReconciler
from longshore.reconcile.workflows.workflows import WorkflowPorts, WorkflowReconciler
from longshore.settings import Settings
from longshore.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Ground:
    """What all parts stand on."""

    settings: Settings
    connection: Connection
    transport: Transport
    witness: ArchiveWitness | None
    """None: archives are not asked."""
    metrics: Metrics
    identity: str


@dataclass(frozen=True, slots=True)
class Sights:
    """What is seen of the cluster."""

    stores: Stores
    pods: RunPods
    nodes: ClusterNodes
    heartbeats: NodeHeartbeats
    directory: AgentDirectory
    occupancies: Occupancies


@dataclass(frozen=True, slots=True)
class Outlets:
    """What the cluster is changed by, where several parts do."""

    objects: RunObjects
    statuses: RunStatuses
    announcer: Announcements


@dataclass(frozen=True, slots=True)
class Reconcilers:
    """What reconciles keys, and what it shares."""

    runs: RunReconciler
    workflows: WorkflowReconciler
    retentions: RetentionReconciler
    agents: AgentReconciler
    groups: GroupReconciler
    archives: ArchiveReconciler
    pools: Pools
    admissions: Admissions


@dataclass(frozen=True, slots=True)
class Queues:
    """What says when keys are reconciled."""

    runs: Queue
    workflows: Queue
    retentions: Queue
    agents: Queue
    groups: Queue
    archives: Queue

    def __iter__(self) -> Iterator[Queue]:
        """All of them."""
        return (getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Assembly:
    """All parts."""

    sights: Sights
    reconcilers: Reconcilers
    queues: Queues
    changes: PodChanges


class Reconciler(Protocol):
    """Reconciles keys of one kind."""

    async def reconcile(self, key: str, /) -> float | None:
        """One round; returns in how many seconds to look again."""

    def describe(self, key: str, /) -> dict[str, str]:
        """What log lines about a key carry."""


def assemble(ground: Ground) -> Assembly:
    """All parts, none of which does anything yet."""
    sights = build_sights(ground)
    reconcilers = build_reconcilers(ground, sights)
    queues = build_queues(reconcilers, ground.metrics)
    changes = PodChanges(sights.pods, sights.directory, reconcilers.runs, reconcilers.groups, queues.runs)
    assembly = Assembly(sights, reconcilers, queues, changes)
    link(assembly, ground)
    return assembly


def build_sights(ground: Ground) -> Sights:
    """What is seen, empty still."""
    agents = ObjectStore()
    nodes = ClusterNodes(ground.transport, ground.metrics)
    return Sights(
        stores=Stores(RunStore(), ObjectStore(), agents, ObjectStore()),
        pods=RunPods(ground.transport, ground.settings.namespaces, ground.metrics),
        nodes=nodes,
        heartbeats=NodeHeartbeats(nodes, agents),
        directory=AgentDirectory(agents),
        occupancies=Occupancies(),
    )


def build_reconcilers(ground: Ground, sights: Sights) -> Reconcilers:
    """What reconciles, each with what it reaches the world by."""
    settings, stores, transport = ground.settings, sights.stores, ground.transport
    announcer = Announcements(Publisher(transport, CONTROLLER, ground.identity))
    outlets = Outlets(RunObjects(transport), RunStatuses(transport), announcer)
    limits = StepLimits(settings.max_running_steps, settings.max_running_steps_per_namespace)
    pools = Pools(RollCall(stores.runs, is_awaiting_room), sights.directory, limits, ground.metrics)
    admissions = Admissions(
        stores.runs, Limits(settings.max_running_runs, settings.max_running_runs_per_namespace)
    )
    group_ports = GroupPorts(GroupObjects(transport), sights.pods, outlets.objects, announcer)
    groups = GroupReconciler(stores.runs, stores.groups, group_ports, RollCall(stores.runs, is_going_on))
    run_limits = Limits(settings.max_running_runs, settings.max_running_runs_per_namespace)
    admissions = Admissions(stores.runs, run_limits)
    archives, uses = build_archives(ground, sights, announcer)
    actions = WorkflowActions(stores.runs, outlets.objects)
    known = Known(sights.directory, sights.occupancies, sights.heartbeats)
    ports = Ports(
        pods=sights.pods,
        runs=outlets.objects,
        statuses=outlets.statuses,
        announcer=announcer,
        observer=ground.metrics,
        claims=RunClaims(transport),
        uses=uses,
        built_ins=BuiltIns(stores.agents, AgentObjects(transport), announcer),
        rooms=pools,
        places=groups,
        witness=ground.witness,
        nodes=sights.directory,
    )
    return Reconcilers(
        runs=RunReconciler(stores.runs, stores.workflows, ports, settings.runner_image, admissions),
        workflows=WorkflowReconciler(
            stores.workflows, stores.runs, WorkflowPorts(actions, outlets.statuses, sights.pods, announcer)
        ),
        retentions=RetentionReconciler(stores.runs, stores.workflows, actions),
        agents=AgentReconciler(stores.agents, known, AgentPorts(outlets.statuses, announcer, pools)),
        groups=groups,
        archives=archives,
        pools=pools,
        admissions=admissions,
    )


def build_archives(
    ground: Ground, sights: Sights, announcer: Announcements
) -> tuple[ArchiveReconciler, NamespaceUses]:
    """What keeps archives, and how steps use them."""
    settings = ground.settings
    objects, design = ArchiveObjects(ground.transport, settings.namespaces), build_design(settings)
    uses = NamespaceUses(objects, design if settings.archive_enabled else None)
    ports = ArchivePorts(objects, sights.pods, announcer, uses, ground.witness)
    idle = timedelta(seconds=settings.archive_idle_seconds)
    return ArchiveReconciler(sights.stores.runs, ports, design, idle), uses


def build_queues(reconcilers: Reconcilers, metrics: Metrics) -> Queues:
    """A queue for each kind of key."""

    def build(name: str, reconciler: Reconciler) -> Queue:
        return Queue(reconciler.reconcile, reconciler.describe, metrics.observe_queue(name))

    return Queues(
        runs=build("runs", reconcilers.runs),
        workflows=build("workflows", reconcilers.workflows),
        retentions=build("retention", reconcilers.retentions),
        agents=build("agents", reconcilers.agents),
        groups=build("groups", reconcilers.groups),
        archives=build("archives", reconcilers.archives),
    )


def link(assembly: Assembly, ground: Ground) -> None:
    """Have each part told of what concerns it."""
    sights, reconcilers, queues = assembly.sights, assembly.reconcilers, assembly.queues
    runs, changes = sights.stores.runs, assembly.changes
    runs.listen(RunChanges(queues.workflows, queues.retentions).see)
    reconcilers.groups.start(Marks(queues.groups.mark, queues.runs.mark, queues.runs.mark_soon))
    reconcilers.admissions.start(queues.runs.mark)
    reconcilers.pools.start(changes.give_turn, queues.runs.mark_soon)
    reconcilers.runs.start(queues.runs.mark)
    reconcilers.agents.start(queues.agents.mark, queues.agents.mark_soon)
    if ground.settings.archive_enabled:
        reconcilers.archives.listen(queues.archives.mark)
    ground.metrics.expose(runs.count_runs, runs.count_steps)
    ground.metrics.expose_pools(
        runs.count_waits, reconcilers.pools.count_all_active, reconcilers.pools.list_capacities
    )
