"""A small world for an operator: a namespace, a proxy before the API server, a kubelet, a history of Runs."""

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore.api.hashes import SCHEMA_HASHES
from longshore.cluster.connections import connect
from longshore.cluster.paces import Pace
from longshore.cluster.resources import NODES, RUNS, WORKFLOWS, Object, Resource
from longshore.cluster.schemas import CRDS
from longshore.cluster.transports import Transport
from longshore.errors import AlreadyExistsError
from longshore.names import API_VERSION, GROUP, SCHEMA_ANNOTATION
from longshore.schemas.crds import build_crd
from longshore.schemas.kinds import KINDS
from support.api_server import ApiServer
from support.conditions import PATIENCE
from support.faulty_proxy import FaultyProxy
from support.histories import History, follow_runs, has_finished, read_status
from support.kubelets import FakeKubelet, run_kubelet
from support.live_pods import NODE, Outcomes
from support.operators import Operator
from support.tasks import beside

NAMESPACES = Resource("", "v1", "namespaces", namespaced=False)
FAST = Pace(rate=1000, burst=1000)


@dataclass
class World:
    """Everything around an operator, of a namespace of its own."""

    namespace: str
    folder: Path
    admin: Transport
    proxy: FaultyProxy
    kubelet: FakeKubelet
    history: History
    operators: list[Operator] = field(default_factory=list)

    def start_operator(self, **settings: object) -> Operator:
        """An operator of this namespace that reaches the API server by the proxy."""
        kubeconfig = self.proxy.write_kubeconfig(self.folder / "kubeconfig")
        number = len(self.operators)
        names = {
            "namespaces": [self.namespace],
            "lease_namespace": self.namespace,
            "identity": f"operator-{number}",
            "archive_enabled": False,
        }
        operator = Operator(kubeconfig, self.folder / f"operator-{number}.log", **{**names, **settings})
        self.operators.append(operator)
        operator.start()
        return operator

    @asynccontextmanager
    async def keep_operator(self, **settings: object) -> AsyncIterator[None]:
        """Within, an operator that is started again whenever it ends, as the kubelet does it: of the same name."""

        async def keep() -> None:
            while True:
                operator = self.start_operator(**{"identity": "operator", **settings})
                await operator.wait_exit(math.inf)

        async with beside(keep()):
            yield

    async def create_run(self, graph: Mapping[str, Any] | None = None, name: str = "run", **spec: Any) -> Object:
        """A Run of a graph of its own, or of what `spec` says."""
        source = {} if graph is None else {"workflowSpec": dict(graph)}
        run = {"apiVersion": API_VERSION, "kind": "Run", "metadata": {"name": name}, "spec": {**source, **spec}}
        return await self.admin.create(RUNS, self.namespace, run)

    async def create_workflow(self, graph: Mapping[str, Any], name: str = "flow") -> Object:
        """A Workflow."""
        workflow = {"apiVersion": API_VERSION, "kind": "Workflow", "metadata": {"name": name}, "spec": dict(graph)}
        return await self.admin.create(WORKFLOWS, self.namespace, workflow)

    async def cancel(self, name: str, how: str) -> None:
        """Set spec.cancel."""
        await self.admin.patch(RUNS, self.namespace, name, {"spec": {"cancel": how}})

    async def finish(self, name: str = "run", seconds: float = PATIENCE) -> Object:
        """The status of the Run once it has ended. Raises TimeoutError."""
        return await self.history.wait(name, has_finished, seconds)

    async def reach(self, step: str, phase: str, name: str = "run", seconds: float = PATIENCE) -> Object:
        """The status of the Run once a step is in that phase. Raises TimeoutError."""
        return await self.history.wait(
            name, lambda status: status.get("steps", {}).get(step, {}).get("phase") == phase, seconds
        )

    def read_status(self, name: str = "run") -> Object:
        """The Run's status as it was last seen; empty where it has none."""
        versions = self.history.versions[name]
        return read_status(versions[-1]) if versions else {}

    def has_finished(self, name: str = "run") -> bool:
        """Whether the Run has ended by now."""
        return has_finished(self.read_status(name))

    def end_operators(self) -> None:
        """Kill those that run."""
        for operator in self.operators:
            operator.end()

    def check_attempts(self, run: Object, status: Object) -> None:
        """Fails unless every attempt that the status tells of ran exactly once, and no other."""
        expected = {
            (step, attempt): 1
            for step, entry in status["steps"].items()
            for attempt in range(1, entry.get("attempt", 0) + 1)
        }
        assert self.kubelet.count_starts(run["metadata"]["uid"]) == expected


@asynccontextmanager
async def build_world(server: ApiServer, folder: Path, outcomes: Outcomes | None = None) -> AsyncIterator[World]:
    """A world; its operators are ended with it, and that its Runs only went forward is checked."""
    namespace = f"world-{secrets.token_hex(4)}"
    folder = folder / namespace
    folder.mkdir()
    async with AsyncExitStack() as stack:
        # Closed TLS connections still say goodbye to the API server; asyncio does not tell when they have.
        stack.push_async_callback(asyncio.sleep, 0.25)
        admin = await stack.enter_async_context(Transport(await connect(server.kubeconfig()), FAST))
        await admin.create(
            NAMESPACES, None, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        )
        await add_node(admin)
        proxy = await stack.enter_async_context(await FaultyProxy.before(server.kubeconfig()))
        kubelet = await stack.enter_async_context(run_kubelet(admin, namespace, outcomes or {}))
        history = await stack.enter_async_context(follow_runs(admin, namespace))
        world = World(namespace, folder, admin, proxy, kubelet, history)
        stack.callback(world.end_operators)
        yield world


async def add_node(admin: Transport) -> None:
    """Have the node there that the kubelet binds pods to, and ready: else operators take it for lost."""
    with suppress(AlreadyExistsError):
        await admin.create(NODES, None, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE["name"]}})
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
        await admin.patch(NODES, None, NODE["name"], {"status": {"conditions": [ready]}}, "status")


async def install_crds(server: ApiServer) -> None:
    """Install the CRDs as this operator wants them, and wait until the API server serves them."""
    async with Transport(await connect(server.kubeconfig()), FAST) as admin:
        for kind in KINDS:
            crd = build_crd(kind)
            crd["metadata"]["annotations"] = {SCHEMA_ANNOTATION: SCHEMA_HASHES[crd["metadata"]["name"]]}
            await admin.create(CRDS, None, crd)
        for kind in KINDS:
            await _await_established(admin, f"{kind.plural}.{GROUP}")


async def _await_established(admin: Transport, name: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            conditions = (await admin.get(CRDS, None, name)).get("status", {}).get("conditions") or ()
            if any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions):
                return
            await asyncio.sleep(0.1)
