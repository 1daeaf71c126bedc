"""The nodes of a real cluster, and what tests do to one of them: cut its power, stop its kubelet, drain, taint it.

Whatever was done is undone by `heal`. Must not know what runs there.
"""

import json
from dataclasses import dataclass

from support.clusters import TOOL, Cluster

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
OPERATOR = "--selector=app.kubernetes.io/component=operator"
AGENTS = """
apiVersion: longshore.dev/v1alpha1
kind: Agent
metadata: {{name: there}}
spec: {{priority: 10, nodeSelector: {{kubernetes.io/hostname: {node}}}}}
---
apiVersion: longshore.dev/v1alpha1
kind: Agent
metadata: {{name: elsewhere}}
spec: {{}}
"""
"""One that has a node to itself and goes before another, which has all."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A node, of two or more, that Longshore's operator is not on."""

    cluster: Cluster
    name: str

    def lose(self) -> None:
        """Cut its power."""
        self.cluster.run(TOOL, "lose", self.name)

    def stop_kubelet(self) -> None:
        """End its kubelet; what runs on it goes on."""
        self.cluster.run(TOOL, "stop-kubelet", self.name)

    def boot(self) -> None:
        """Start what does not run."""
        self.cluster.run(TOOL, "up")

    def delete(self) -> None:
        """Delete the node's object."""
        self.cluster.kubectl("delete", "node", self.name)

    def cordon(self) -> None:
        """Have it take no more pods."""
        self.cluster.kubectl("cordon", self.name)

    def uncordon(self) -> None:
        """Have it take pods again."""
        self.cluster.kubectl("uncordon", self.name)

    def drain(self, run: str) -> None:
        """Cordon it, and evict the pods of a Run."""
        selector = f"--pod-selector=longshore.dev/run={run}"
        self.cluster.kubectl("drain", self.name, selector, "--force", "--delete-emptydir-data", "--timeout=60s")

    def fence(self) -> None:
        """Say that it is down for good: its pods may be removed."""
        self.cluster.kubectl("taint", "node", self.name, f"{OUT_OF_SERVICE}=down:NoExecute")

    def heal(self) -> None:
        """Undo all of it, and wait until the node takes pods."""
        self.boot()
        taints = json.loads(self.cluster.kubectl("get", "node", self.name, "-o=json"))["spec"].get("taints", [])
        if OUT_OF_SERVICE in {taint["key"] for taint in taints}:
            self.cluster.kubectl("taint", "node", self.name, f"{OUT_OF_SERVICE}-")
        self.uncordon()
        self.cluster.kubectl("wait", f"node/{self.name}", "--for=condition=Ready", "--timeout=60s")


def find_victim(cluster: Cluster) -> Victim:
    """A node that the operator is not on. AssertionError where there is but one node."""
    pods = json.loads(cluster.kubectl("get", "pods", "--all-namespaces", OPERATOR, "-o=json"))["items"]
    used = {pod["spec"].get("nodeName") for pod in pods if "deletionTimestamp" not in pod["metadata"]}
    nodes = cluster.kubectl("get", "nodes", "-o=jsonpath={.items[*].metadata.name}").split()
    free = [name for name in nodes if name not in used and not name.startswith("fake-")]
    assert free, f"the operator is on every node: {nodes}"
    return Victim(cluster, free[-1])
