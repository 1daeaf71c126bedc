"""What may happen to the nodes and Agents of a Run's pods, drawn at random by tests as happenings are.

A pod on a node that nobody hears may run on: what ends it is that its node is back, or that Kubernetes removes it.
"""

from datetime import timedelta

from longshore.planning.pools.nodes import Node
from support.planning.pods import FakePod
from support.planning.pools import agent, agents
from support.planning.simulations import Simulation

NODES = ("node-1", "node-2")
AGENTS = ("built-in", "spare")


def cut_off(simulation: Simulation, number: int) -> None:
    """A node falls silent."""
    name = NODES[number % len(NODES)]
    if _exists(simulation, name):
        simulation.nodes[name] = Node(name, is_ready=False, is_reachable=False)


def come_back(simulation: Simulation, number: int) -> None:
    """A node is heard again, or there again; where its power was cut, without the containers that ran."""
    name = NODES[number % len(NODES)]
    before = simulation.nodes.get(name)
    for pod in _list_pods(simulation, name):
        is_gone = before is not None and not before.exists
        if is_gone:
            _collect(simulation, pod)
        elif number & 2 and pod.is_running and not pod.has_ended:
            pod.end(simulation.now, 255, reason="Unknown")
    simulation.nodes[name] = Node(name)


def delete_node(simulation: Simulation, number: int) -> None:
    """Someone deletes a node; its pods stay until Kubernetes finds out."""
    name = NODES[number % len(NODES)]
    simulation.nodes[name] = Node(name, exists=False, is_ready=False, is_reachable=False)


def collect_pods(simulation: Simulation, number: int) -> None:
    """Kubernetes removes the pods of a node that is gone, which is seen in two steps or at once."""
    name = NODES[number % len(NODES)]
    if not _exists(simulation, name):
        for pod in _list_pods(simulation, name):
            _collect(simulation, pod, is_seen=bool(number & 2))


def taint(simulation: Simulation, number: int) -> None:
    """The taint manager deletes the pods of a silent node: they stay, since no kubelet says that they ended."""
    name = NODES[number % len(NODES)]
    if not simulation.nodes.get(name, Node(name)).is_reachable:
        for pod in _list_pods(simulation, name):
            if not pod.is_deleted:
                pod.set_condition("DisruptionTarget", "True", "DeletionByTaintManager", at=simulation.now)
                pod.delete(simulation.now)


def fence(simulation: Simulation, number: int) -> None:
    """Someone sets the out-of-service taint on a silent node: its pods are deleted, and removed for good."""
    name = NODES[number % len(NODES)]
    if not simulation.nodes.get(name, Node(name)).is_reachable:
        taint(simulation, number)
        for pod in _list_pods(simulation, name):
            _collect(simulation, pod, is_seen=bool(number & 2))


def drain(simulation: Simulation, number: int) -> None:
    """Someone drains some of the Agents, or takes that back."""
    drained = {name for index, name in enumerate(AGENTS) if number >> index & 1}
    simulation.pool.agents = agents(*(agent(name, drain=name in drained) for name in AGENTS))


def _collect(simulation: Simulation, pod: FakePod, *, is_seen: bool = False) -> None:
    """The pod is marked Failed and removed; the operator may see it in between."""
    if is_seen and not pod.has_ended:
        pod.set_condition("DisruptionTarget", "True", "DeletionByPodGC", at=simulation.now)
        pod.fail()
        simulation.settle()
        simulation.now += timedelta(seconds=1)
    simulation.remove(pod.name)


def _exists(simulation: Simulation, name: str) -> bool:
    return simulation.nodes.get(name, Node(name)).exists


def _list_pods(simulation: Simulation, node: str) -> list[FakePod]:
    return [pod for pod in simulation.pods.values() if pod.node == node]
