"""Nodes as a real API server tells of them: they come, change and go; and those that may not be read."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from longshore.cluster.connections import connect
from longshore.cluster.nodes import LEASE_NAMESPACE, ClusterNodes
from longshore.cluster.observers import SilentObserver
from longshore.cluster.paces import Pace
from longshore.cluster.resources import LEASES, NODES, Object
from longshore.cluster.transports import Transport
from longshore.planning.pools.nodes import Node
from support.api_server import ApiServer
from support.conditions import eventually
from support.faults import Answer
from support.faulty_proxy import FaultyProxy
from support.planning.nodes import build_node
from support.tasks import beside


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.is_listed = False

    def put_node(self, node: Node) -> None:
        """Keep it."""
        self.nodes[node.name] = node

    def note_listed(self) -> None:
        """Keep that."""
        self.is_listed = True


class Scene:
    """Nodes, and who follows them."""

    def __init__(self, client: Transport, admin: Transport) -> None:
        self.admin = admin
        self.name = f"node-{secrets.token_hex(4)}"
        self.nodes = ClusterNodes(client, SilentObserver())
        self.listener = Listener()

    async def make_node(self, *tags: str) -> Object:
        """A node that is ready."""
        node = build_node(self.name, *tags)
        made = await self.admin.create(NODES, None, {"metadata": {**node["metadata"], "resourceVersion": None}})
        return await self.set_ready("True") or made

    async def set_ready(self, status: str) -> Object:
        """Its kubelet, or who watches over it, tells how it does."""
        conditions = [{"type": "Ready", "status": status}]
        return await self.admin.patch(NODES, None, self.name, {"status": {"conditions": conditions}}, "status")

    async def wait(self, **expected: object) -> None:
        """Return once the node is told of with these fields."""

        async def is_told() -> bool:
            node = self.listener.nodes.get(self.name)
            return node is not None and all(getattr(node, name) == value for name, value in expected.items())

        await eventually(is_told)


@pytest.fixture
async def scene(proxy: FaultyProxy, admin: Transport, tmp_path: Path) -> AsyncIterator[Scene]:
    connection = await connect(proxy.write_kubeconfig(tmp_path / "kubeconfig"))
    async with Transport(connection, Pace(timeout=2)) as client:
        yield Scene(client, admin)


async def test_a_node_comes_changes_and_goes(scene: Scene) -> None:
    made = await scene.make_node("gpu")
    async with beside(scene.nodes.run(scene.listener)):
        await scene.nodes.wait_tried()
        assert scene.listener.is_listed
        await scene.wait(tags=frozenset({"gpu"}), is_ready=True)
        await scene.set_ready("Unknown")
        await scene.wait(is_ready=False, is_reachable=False, exists=True)
        await scene.set_ready("True")
        await scene.admin.patch(NODES, None, scene.name, {"spec": {"unschedulable": True}})
        await scene.wait(is_ready=True, is_cordoned=True)
        await scene.admin.delete(NODES, None, scene.name, made["metadata"]["uid"])
        await scene.wait(exists=False)


async def test_nodes_that_may_not_be_read_at_first(scene: Scene, proxy: FaultyProxy) -> None:
    await scene.make_node()
    proxy.add(Answer(403), "list", "nodes", times=2)
    async with beside(scene.nodes.run(scene.listener)):
        await scene.nodes.wait_tried()
        assert not scene.listener.is_listed
        await scene.wait(is_ready=True)


async def test_heartbeats_are_those_of_leases(scene: Scene, api_server: ApiServer) -> None:
    time = "2025-06-01T12:00:00.000000Z"
    lease = {"metadata": {"name": scene.name}, "spec": {"renewTime": time}}
    if LEASE_NAMESPACE not in api_server.kubectl("get", "namespaces", "--output=name"):
        api_server.kubectl("create", "namespace", LEASE_NAMESPACE)
    await scene.admin.create(LEASES, LEASE_NAMESPACE, lease)
    assert (await scene.nodes.list_heartbeats())[scene.name] == time
