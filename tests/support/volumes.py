"""Volumes of a real cluster that have an end: in memory of one node, of a size that a test says."""

import json
from dataclasses import dataclass

from support.clusters import TOOL, Cluster
from support.namespaces import Namespace


@dataclass(frozen=True, slots=True)
class SmallVolume:
    """A volume for one claim of a namespace, which gets it by asking for the StorageClass of its name."""

    cluster: Cluster
    name: str
    node: str
    mode: str

    def resize(self, mebibytes: int) -> str:
        """Have this size from now on; answers where it lies on its node."""
        command = ("mount", self.node, self.name, f"{mebibytes}m", f"--mode={self.mode}")
        return self.cluster.run(TOOL, *command).strip()

    def remove(self) -> None:
        """Take its object away; what it holds goes with the node."""
        self.cluster.kubectl("delete", "persistentvolume", self.name, "--ignore-not-found", "--wait=false")

    def wish(self) -> dict[str, str]:
        """What the claim has to ask for: without a StorageClass object nothing larger could ever be made."""
        return {"storageClassName": self.name, "size": "1Mi"}


def create_volume(namespace: Namespace, claim: str, mebibytes: int, mode: str = "0777") -> SmallVolume:
    """A volume for a claim that is still to be made; its root is root's, with this mode."""
    cluster = namespace.cluster
    node = cluster.kubectl("get", "nodes", "--selector=!type", "--output=jsonpath={.items[0].metadata.name}")
    volume = SmallVolume(cluster, f"{namespace.name}-{claim}", node, mode)
    spec = {
        "capacity": {"storage": f"{mebibytes}Mi"},
        "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
        "storageClassName": volume.name,
        "claimRef": {"namespace": namespace.name, "name": claim},
        # Of this kind the kubelet changes neither owner nor mode.
        "hostPath": {"path": volume.resize(mebibytes)},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [_name_node(node)]}]}},
    }
    metadata = {"name": volume.name}
    manifest = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps(manifest))
    return volume


def _name_node(node: str) -> dict[str, object]:
    return {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
