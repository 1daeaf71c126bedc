"""The nodes of the cluster, as far as Agents look at them, and their last signs of life. Decides nothing."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from longshore.cluster.caches import Change
from longshore.cluster.calls import Selection
from longshore.cluster.informers import Informer
from longshore.cluster.observers import Observer
from longshore.cluster.reflectors import Interest
from longshore.cluster.resources import LEASES, NODES, Object
from longshore.cluster.transports import Transport
from longshore.planning.pools.nodes import Node, build_gone_node, parse_node

logger = logging.getLogger(__name__)
LEASE_NAMESPACE = "kube-node-lease"
"""Where each kubelet renews a Lease of its node's name."""


class NodeListener(Protocol):
    """Told of nodes as they come; must be quick."""

    def put_node(self, node: Node) -> None:
        """A node came, went (it does not exist) or changed, maybe in nothing that it is known by here."""

    def note_listed(self) -> None:
        """All nodes were told of."""


class ClusterNodes:
    """One watch of all nodes."""

    def __init__(self, transport: Transport, observer: Observer) -> None:
        self._transport = transport
        self._informer = Informer(transport, Interest(NODES, slim_node, lambda _: ""), observer)

    async def run(self, listener: NodeListener) -> None:
        """Follow the API server until cancelled; where it refuses, ask again now and then."""

        def tell(change: Change) -> None:
            if change.new is not None:
                listener.put_node(parse_node(change.new))
            elif change.old is not None:
                listener.put_node(build_gone_node(change.old["metadata"]["name"]))

        self._informer.subscribe(tell)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._informer.run())
            await self._informer.wait_synced()
            listener.note_listed()

    async def wait_tried(self) -> None:
        """Return once all nodes were listed, or could not be."""
        await self._informer.wait_tried()
        if failure := self._informer.health().failure:
            logger.warning("nodes are unknown, so no Agent is known to be offline: %s", failure)

    async def list_heartbeats(self) -> Mapping[str, str]:
        """When each node last gave a sign of life, as its Lease has it. Raises ClusterError."""
        leases = (await self._transport.list(LEASES, Selection(LEASE_NAMESPACE))).items
        times = {lease["metadata"]["name"]: lease.get("spec", {}).get("renewTime") for lease in leases}
        return {name: time for name, time in times.items() if time}


def slim_node(node: Object) -> Object:
    """What is looked at, of a node: its status tells much more, and anew every few minutes."""
    metadata, spec, status = node["metadata"], node.get("spec", {}), node.get("status", {})
    ready = [entry for entry in status.get("conditions", ()) if entry["type"] == "Ready"]
    return {
        "metadata": {
            key: metadata[key] for key in ("name", "uid", "resourceVersion", "labels") if key in metadata
        },
        "spec": {key: spec[key] for key in ("unschedulable", "taints") if key in spec},
        "status": {
            "conditions": [{"type": "Ready", "status": entry["status"]} for entry in ready],
            "addresses": status.get("addresses", []),
            "nodeInfo": {"kubeletVersion": status.get("nodeInfo", {}).get("kubeletVersion", "")},
        },
    }
