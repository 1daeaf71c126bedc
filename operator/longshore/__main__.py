"""The operator as a process: reads settings, waits for CRDs and the Lease, has the parts work, ends cleanly."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from longshore.api.hashes import SCHEMA_HASHES
from longshore.assemblies import Ground, assemble
from longshore.cluster.calls import Selection
from longshore.cluster.connections import connect
from longshore.cluster.leases import Lease, LeaseTimes
from longshore.cluster.paces import Backoff, Pace
from longshore.cluster.resources import AGENTS, GROUPS, RUNS, WORKFLOWS, Object, Resource
from longshore.cluster.schemas import find_schema_problem
from longshore.cluster.transports import Transport
from longshore.cluster.witnesses import Account, ArchiveWitness
from longshore.errors import ClusterError
from longshore.handlers.events import Watched
from longshore.handlers.operators import watch_resources
from longshore.processes import Process, run_process
from longshore.reconcile.prunes import prune_forever
from longshore.settings import Settings, read_settings, redact
from longshore.telemetry.metrics import Metrics
from longshore.telemetry.probes import serve_probes

logger = logging.getLogger(__name__)
STALE_SECONDS = 180
"""How long the API server may be silent before this process is no longer ready."""


class Operator:
    """The operator as a process: what it waits for, what it does while it leads, how it ends."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._settings = ground.settings
        self._parts = assemble(ground)
        self._problem = "starting"

    async def run(self) -> None:
        """Wait for the CRDs and the Lease, then work until told to stop."""
        address = (self._settings.http_host, self._settings.http_port)
        registry = self._ground.metrics.registry
        async with serve_probes(address, registry, alive=lambda: "", ready=self._find_problem):
            await self._await_schemas()
            self._problem = ""
            await self._build_lease().hold(self._lead)

    def _build_lease(self) -> Lease:
        given = self._settings
        times = LeaseTimes(given.lease_duration_seconds, given.lease_renew_seconds, given.lease_retry_seconds)
        return Lease(self._ground.transport, given.lease_namespace, given.lease_name, self._ground.identity, times)

    async def _lead(self) -> None:
        self._ground.metrics.leading.set(1)
        self._listen()
        tasks = [asyncio.create_task(self._parts.sights.pods.run()), asyncio.create_task(self._prune())]
        try:
            await self._start(tasks)
            # None of them ends by itself, but for kopf on a signal; whatever else ends one ends the process.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*done)
        finally:
            for task in tasks:
                task.cancel()
            stops = (queue.stop() for queue in self._parts.queues)
            await asyncio.gather(*tasks, *stops, return_exceptions=True)
            self._ground.metrics.leading.set(0)

    def _listen(self) -> None:
        """Have pods, nodes and Agents told from now on."""
        sights, reconcilers, changes = self._parts.sights, self._parts.reconcilers, self._parts.changes
        sights.pods.watch(reconcilers.pools.see_pod)
        sights.pods.watch(sights.occupancies.see_pod)
        sights.pods.listen(changes.see_pod, changes.see_end, reconcilers.runs.note_gone)
        sights.directory.listen_nodes(changes.see_node)
        sights.directory.listen(changes.see_agents)

    async def _start(self, tasks: list[asyncio.Task[None]]) -> None:
        """Add what goes on by itself, in the order in which one needs what another has seen."""
        sights, reconcilers, queues = self._parts.sights, self._parts.reconcilers, self._parts.queues
        await sights.pods.wait_synced()
        if self._settings.read_nodes:
            tasks.append(asyncio.create_task(sights.nodes.run(sights.directory)))
            tasks.append(asyncio.create_task(sights.heartbeats.run(queues.agents.mark_soon)))
            await sights.nodes.wait_tried()
        if self._settings.archive_enabled:
            tasks.append(asyncio.create_task(reconcilers.archives.sweep_forever(queues.archives.mark)))
        watched = Watched(sights.stores, queues.runs, queues.workflows, reconcilers.agents.see)
        watch = watch_resources(watched, self._ground.connection, self._settings.namespaces)
        tasks.append(asyncio.create_task(watch))

    async def _prune(self) -> None:
        stores = self._parts.sights.stores
        others = [(stores.workflows, WORKFLOWS), (stores.agents, AGENTS), (stores.groups, GROUPS)]
        await prune_forever(
            stores.runs, self._list(RUNS), [(store, self._list(resource)) for store, resource in others]
        )

    def _list(self, resource: Resource) -> Callable[[], Awaitable[list[Object]]]:
        async def list_all() -> list[Object]:
            selections = [Selection(namespace) for namespace in self._settings.namespaces] or [Selection()]
            return [
                item
                for chosen in selections
                for item in (await self._ground.transport.list(resource, chosen)).items
            ]

        return list_all

    async def _await_schemas(self) -> None:
        """Work with no CRDs but our own: with others, fields would get lost unseen."""
        backoff = Backoff(1, 5)
        while True:
            try:
                problem = await find_schema_problem(self._ground.transport, SCHEMA_HASHES)
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
        health = self._parts.sights.pods.health()
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
        identity = settings.identity or socket.gethostname()
        await Operator(Ground(settings, connection, transport, witness, metrics, identity)).run()


def main() -> None:
    """Run the operator; exit with 1 where it can't, with one line that says why."""
    run_process(Process("longshore-operator", read_settings, redact, operate))


if __name__ == "__main__":
    main()
