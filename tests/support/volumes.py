"""Volumes of a real cluster that have an end: in memory of one node, of a size that a test says."""

import json
from dataclasses import dataclass

from support.clusters import TOOL, Cluster
from support.namespaces import Namespace


@dataclass(frozen=True, slots=True)
class SmallVolume:
    """A volume that one claim of a namespace gets, as it asks for the StorageClass of its name."""

    cluster: Cluster
    name: str
    node: str
    mode: str

    def resize(self, size: str) -> str:
        """Have this size, as mount knows it; answers where it lies on its node."""
        return self.cluster.run(TOOL, "mount", self.node, self.name, size, f"--mode={self.mode}").strip()

    def remove(self) -> None:
        """Take its object away; what it holds goes with the node."""
        self.cluster.kubectl("delete", "persistentvolume", self.name, "--ignore-not-found", "--wait=false")


def create_volume(namespace: Namespace, claim: str, size: str, mode: str = "0777") -> SmallVolume:
    """A volume for a claim that is still to be made; its root is root's, with this mode."""
    cluster = namespace.cluster
    node = cluster.kubectl("get", "nodes", "--selector=!type", "--output=jsonpath={.items[0].metadata.name}")
    volume = SmallVolume(cluster, f"{namespace.name}-{claim}", node, mode)
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
        "storageClassName": volume.name,
        "claimRef": {"namespace": namespace.name, "name": claim},
        # Of this kind the kubelet changes neither owner nor mode.
        "hostPath": {"path": volume.resize(size)},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [_name_node(node)]}]}},
    }
    metadata = {"name": volume.name}
    manifest = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps(manifest))
    return volume


def _name_node(node: str) -> dict[str, object]:
    return {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
