"""The composition root of the operator: reads settings, builds the parts, holds the Lease, ends cleanly."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from longshore.api.hashes import SCHEMA_HASHES
from longshore.cluster.agents import AgentObjects
from longshore.cluster.archives import ArchiveObjects
from longshore.cluster.calls import Selection
from longshore.cluster.claims import RunClaims
from longshore.cluster.connections import Connection, connect
from longshore.cluster.events import Publisher
from longshore.cluster.groups import GroupObjects
from longshore.cluster.leases import Lease, LeaseTimes
from longshore.cluster.nodes import ClusterNodes
from longshore.cluster.paces import Backoff, Pace
from longshore.cluster.pods import RunPods
from longshore.cluster.resources import AGENTS, GROUPS, RUNS, WORKFLOWS, Object, Resource
from longshore.cluster.runs import RunObjects
from longshore.cluster.schemas import find_schema_problem
from longshore.cluster.statuses import Announcements, RunStatuses
from longshore.cluster.transports import Transport
from longshore.cluster.witnesses import Account, ArchiveWitness
from longshore.errors import ClusterError
from longshore.handlers.changes import RunChanges
from longshore.handlers.events import Stores, Watched
from longshore.handlers.operators import watch_resources
from longshore.names import CONTROLLER
from longshore.planning.pools.turns import StepLimits
from longshore.planning.runs.admissions import Limits
from longshore.processes import Process, run_process
from longshore.queues import Queue
from longshore.reconcile.admissions import Admissions
from longshore.reconcile.agents import AgentPorts, AgentReconciler, Known
from longshore.reconcile.archive_uses import NamespaceUses
from longshore.reconcile.archives import ArchivePorts, ArchiveReconciler
from longshore.reconcile.built_ins import BuiltIns
from longshore.reconcile.designs import build_design
from longshore.reconcile.directories import AgentDirectory
from longshore.reconcile.groups import GroupPorts, GroupReconciler, Marks
from longshore.reconcile.heartbeats import NodeHeartbeats
from longshore.reconcile.occupancies import Occupancies
from longshore.reconcile.pools import Pools
from longshore.reconcile.prunes import prune_forever
from longshore.reconcile.retentions import RetentionReconciler
from longshore.reconcile.rollcalls import RollCall, is_awaiting_room, is_going_on
from longshore.reconcile.runs import Ports, RunReconciler
from longshore.reconcile.stores import ObjectStore, RunStore
from longshore.reconcile.workflow_actions import WorkflowActions
from longshore.reconcile.workflows import WorkflowPorts, WorkflowReconciler
from longshore.settings import Settings, read_settings, redact
from longshore.telemetry.metrics import Metrics
from longshore.telemetry.probes import serve_probes

logger = logging.getLogger(__name__)
STALE_SECONDS = 180
"""How long the API server may be silent before this process is no longer ready."""


@dataclass(frozen=True, slots=True)
class Clients:
    """By what the operator reaches others."""

    connection: Connection
    transport: Transport
    witness: ArchiveWitness | None
    """None: archives are not asked."""


class Reconciler(Protocol):
    """Reconciles keys of one kind."""

    async def reconcile(self, key: str, /) -> float | None:
        """One round; returns in how many seconds to look again."""

    def describe(self, key: str, /) -> dict[str, str]:
        """What log lines about a key carry."""


class Operator:
    """All parts, put together."""

    def __init__(self, settings: Settings, clients: Clients, metrics: Metrics) -> None:
        self._settings = settings
        self._connection = clients.connection
        self._transport = transport = clients.transport
        self._metrics = metrics
        self._identity = settings.identity or socket.gethostname()
        self._problem = "starting"
        self._runs, self._workflows = RunStore(), ObjectStore()
        self._agents, self._groups = ObjectStore(), ObjectStore()
        self._directory, self._occupancies = AgentDirectory(self._agents), Occupancies()
        self._nodes = ClusterNodes(transport, metrics)
        self._heartbeats = NodeHeartbeats(self._nodes, self._agents)
        self._pods = RunPods(transport, settings.namespaces, metrics)
        statuses = RunStatuses(transport)
        announcer = Announcements(Publisher(transport, CONTROLLER, self._identity))
        objects = RunObjects(transport)
        archives = ArchiveObjects(transport, settings.namespaces)
        design = build_design(settings)
        uses = NamespaceUses(archives, design if settings.archive_enabled else None)
        limits = StepLimits(settings.max_running_steps, settings.max_running_steps_per_namespace)
        self._pools = Pools(RollCall(self._runs, is_awaiting_room), self._directory, limits, metrics)
        self._group_places = self._build_places(objects, announcer)
        ports = Ports(
            pods=self._pods,
            runs=objects,
            statuses=statuses,
            announcer=announcer,
            observer=metrics,
            claims=RunClaims(transport),
            uses=uses,
            built_ins=BuiltIns(self._agents, AgentObjects(transport), announcer),
            rooms=self._pools,
            places=self._group_places,
            witness=clients.witness,
            nodes=self._directory,
        )
        admissions = Admissions(
            self._runs, Limits(settings.max_running_runs, settings.max_running_runs_per_namespace)
        )
        self._reconciler = RunReconciler(self._runs, self._workflows, ports, settings.runner_image, admissions)
        actions = WorkflowActions(self._runs, objects)
        workflow_ports = WorkflowPorts(actions, statuses, self._pods, announcer)
        self._agent_reconciler = self._build_agent_reconciler(AgentPorts(statuses, announcer, self._pools))
        self._run_queue = self._build_queue("runs", self._reconciler)
        self._workflow_queue = self._build_queue(
            "workflows", WorkflowReconciler(self._workflows, self._runs, workflow_ports)
        )
        self._retention_queue = self._build_queue(
            "retention", RetentionReconciler(self._runs, self._workflows, actions)
        )
        self._agent_queue = self._build_queue("agents", self._agent_reconciler)
        self._group_queue = self._build_queue("groups", self._group_places)
        self._archives = ArchiveReconciler(
            self._runs,
            ArchivePorts(archives, self._pods, announcer, uses, clients.witness),
            design,
            timedelta(seconds=settings.archive_idle_seconds),
        )
        self._archive_queue = self._build_queue("archives", self._archives)
        self._link(admissions)

    def _link(self, admissions: Admissions) -> None:
        """Have each part told of what concerns it."""
        self._runs.listen(RunChanges(self._workflow_queue, self._retention_queue).see)
        self._group_places.start(Marks(self._group_queue.mark, self._run_queue.mark, self._run_queue.mark_soon))
        admissions.start(self._run_queue.mark)
        self._pools.start(self._give_turn, self._run_queue.mark_soon)
        self._reconciler.start(self._run_queue.mark)
        self._agent_reconciler.start(self._agent_queue.mark, self._agent_queue.mark_soon)
        if self._settings.archive_enabled:
            self._archives.listen(self._archive_queue.mark)
        self._metrics.expose(self._runs.count_runs, self._runs.count_steps)
        self._metrics.expose_pools(
            self._runs.count_waits, self._pools.count_all_active, self._pools.list_capacities
        )

    def _build_queue(self, name: str, reconciler: Reconciler) -> Queue:
        return Queue(reconciler.reconcile, reconciler.describe, self._metrics.observe_queue(name))

    def _build_agent_reconciler(self, ports: AgentPorts) -> AgentReconciler:
        known = Known(self._directory, self._occupancies, self._heartbeats)
        return AgentReconciler(self._agents, known, ports)

    async def run(self) -> None:
        """Wait for the CRDs and the Lease, then work until told to stop."""
        address = (self._settings.http_host, self._settings.http_port)
        async with serve_probes(address, self._metrics.registry, alive=lambda: "", ready=self._find_problem):
            await self._await_schemas()
            self._problem = ""
            await self._build_lease().hold(self._lead)

    def _build_places(self, objects: RunObjects, announcer: Announcements) -> GroupReconciler:
        ports = GroupPorts(GroupObjects(self._transport), self._pods, objects, announcer)
        return GroupReconciler(self._runs, self._groups, ports, RollCall(self._runs, is_going_on))

    def _build_lease(self) -> Lease:
        given = self._settings
        times = LeaseTimes(given.lease_duration_seconds, given.lease_renew_seconds, given.lease_retry_seconds)
        return Lease(self._transport, given.lease_namespace, given.lease_name, self._identity, times)

    async def _lead(self) -> None:
        self._metrics.leading.set(1)
        self._pods.watch(self._pools.see_pod)
        self._pods.watch(self._occupancies.see_pod)
        self._pods.listen(self._see_pod, self._see_end, self._reconciler.note_gone)
        self._directory.listen_nodes(self._see_node)
        self._directory.listen(self._see_agents)
        stores = Stores(self._runs, self._workflows, self._agents, self._groups)
        watched = Watched(stores, self._run_queue, self._workflow_queue, self._agent_reconciler.see)
        tasks = [asyncio.create_task(self._pods.run()), asyncio.create_task(self._prune())]
        try:
            await self._pods.wait_synced()
            if self._settings.read_nodes:
                tasks.append(asyncio.create_task(self._nodes.run(self._directory)))
                tasks.append(asyncio.create_task(self._heartbeats.run(self._agent_queue.mark_soon)))
                await self._nodes.wait_tried()
            if self._settings.archive_enabled:
                tasks.append(asyncio.create_task(self._archives.sweep_forever(self._archive_queue.mark)))
            tasks.append(
                asyncio.create_task(watch_resources(watched, self._connection, self._settings.namespaces))
            )
            # None of them ends by itself, but for kopf on a signal; whatever else ends one ends the process.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*done)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *(queue.stop() for queue in self._queues), return_exceptions=True)
            self._metrics.leading.set(0)

    @property
    def _queues(self) -> tuple[Queue, ...]:
        runs = self._run_queue, self._retention_queue
        return (*runs, self._workflow_queue, self._archive_queue, self._agent_queue, self._group_queue)

    def _give_turn(self, uid: str) -> None:
        self._reconciler.give_turn(uid)
        self._run_queue.mark(uid)

    def _see_pod(self, uid: str) -> None:
        """A pod is scheduled, pulls, runs: worth telling, but nothing follows from it."""
        self._group_places.note_change(uid)
        if self._runs.get(uid) is not None:
            self._run_queue.mark_soon(uid)

    def _see_end(self, uid: str) -> None:
        """What comes next starts at once."""
        self._group_places.note_exit(uid)
        if self._runs.get(uid) is not None:
            self._reconciler.note_exit(uid)
            self._run_queue.mark(uid)

    def _see_node(self, name: str) -> None:
        """What the pods of a node say means something else when it is unreachable, or gone."""
        for uid in self._pods.list_runs_on(name):
            self._see_pod(uid)

    def _see_agents(self, namespace: str) -> None:
        """What runs on a drained Agent is to end."""
        drained = {name for name, agent in self._directory.views(namespace).items() if agent.spec.drain}
        for uid in self._pods.list_runs_of(namespace, drained) if drained else ():
            self._see_pod(uid)

    async def _prune(self) -> None:
        others = [(self._workflows, WORKFLOWS), (self._agents, AGENTS), (self._groups, GROUPS)]
        await prune_forever(
            self._runs, self._list(RUNS), [(store, self._list(resource)) for store, resource in others]
        )

    def _list(self, resource: Resource) -> Callable[[], Awaitable[list[Object]]]:
        async def list_all() -> list[Object]:
            selections = [Selection(namespace) for namespace in self._settings.namespaces] or [Selection()]
            return [item for chosen in selections for item in (await self._transport.list(resource, chosen)).items]

        return list_all

    async def _await_schemas(self) -> None:
        """Work with no CRDs but our own: with others, fields would get lost unseen."""
        backoff = Backoff(1, 5)
        while True:
            try:
                problem = await find_schema_problem(self._transport, SCHEMA_HASHES)
            except ClusterError as error:
                problem = str(error)
            if not problem:
                return
            if problem != self._problem:
                logger.error("not ready: %s", problem)
            self._problem = problem
            await asyncio.sleep(backoff.next_delay())

    def _find_problem(self) -> str:
        """Why this process is not ready; one that waits for the Lease is."""
        health = self._pods.health()
        if health.is_synced and health.silent_seconds > STALE_SECONDS:
            return f"the API server has been silent for {health.silent_seconds:.0f} s: {health.failure}"
        return self._problem


async def operate(settings: Settings) -> None:
    """Run the operator until cancelled, also before kopf is there to hear signals.

    Raises LongshoreError where it can't go on.
    """
    metrics = Metrics()
    connection = await connect()
    pace = Pace(settings.api_rate, settings.api_burst)
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(Transport(connection, pace, metrics))
        witness = None
        if settings.archive_enabled and settings.archive_caller:
            account = Account(settings.lease_namespace, settings.archive_caller)
            witness = await stack.enter_async_context(ArchiveWitness(transport, account, settings.archive_url))
        await Operator(settings, Clients(connection, transport, witness), metrics).run()


def main() -> None:
    """Run the operator; exit with 1 where it can't, with one line that says why."""
    run_process(Process("longshore-operator", read_settings, redact, operate))


if __name__ == "__main__":
    main()
