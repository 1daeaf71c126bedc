"""Agents and nodes of a real cluster: a test makes, switches and reads Agents, and moves tags between nodes."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.clusters import Cluster
from support.namespaces import Namespace


class Nodes:
    """The nodes that run pods; those of KWOK do not."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        found = json.loads(cluster.kubectl("get", "nodes", "--selector=type!=kwok", "--output=json"))["items"]
        self.names = sorted(node["metadata"]["name"] for node in found)
        self._labels: list[tuple[str, str]] = []

    def add_tag(self, node: str, tag: str) -> None:
        """Give a node a tag; `restore` takes it away."""
        self._labels.append((node, tag))
        self._cluster.kubectl("label", "node", node, f"tags.longshore.dev/{tag}=true")

    def remove_tag(self, node: str, tag: str) -> None:
        """Take a tag from a node."""
        self._labels.remove((node, tag))
        self._cluster.kubectl("label", "node", node, f"tags.longshore.dev/{tag}-")

    @contextmanager
    def cordoned(self, node: str) -> Iterator[None]:
        """Within, the node takes no more pods."""
        self._cluster.kubectl("cordon", node)
        try:
            yield
        finally:
            self._cluster.kubectl("uncordon", node)

    def restore(self) -> None:
        """Take all tags away that were given."""
        for node, tag in list(self._labels):
            self.remove_tag(node, tag)


def build_tag() -> str:
    """A tag that no other test uses."""
    return f"e2e-{secrets.token_hex(3)}"


def write_agent(name: str, spec: str = "") -> str:
    """The manifest of an Agent; its spec in flow style."""
    return f"apiVersion: longshore.dev/v1alpha1\nkind: Agent\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


def change_agent(namespace: Namespace, name: str, **fields: Any) -> None:
    """Change the spec of an Agent."""
    patch = f"--patch={json.dumps({'spec': fields})}"
    namespace.kubectl("patch", "agents.longshore.dev", name, "--type=merge", patch)


def wait_for_reason(namespace: Namespace, name: str, reason: str) -> dict[str, Any]:
    """The status of an Agent, once condition Ready has this reason."""
    path = '{.status.conditions[?(@.type=="Ready")].reason}'
    namespace.wait(f"agents.longshore.dev/{name}", f"jsonpath={path}={reason}")
    status: dict[str, Any] = namespace.get(f"agents.longshore.dev/{name}")["status"]
    return status
