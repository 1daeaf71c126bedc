"""Short ways to say nodes as the API server has them."""

from collections.abc import Mapping
from typing import Any

from longshore.names import TAG_LABEL_PREFIX
from longshore.planning.pools.nodes import Node, parse_node


def build_node(
    name: str = "n1",
    *tags: str,
    ready: str | None = "True",
    labels: Mapping[str, str] | None = None,
    taints: tuple[str, ...] = (),
    cordoned: bool = False,
) -> dict[str, Any]:
    """A node. Taints are written as kubectl does: `dedicated=ci:NoSchedule`."""
    heard = {"lastHeartbeatTime": "2025-06-01T12:00:00Z"}
    conditions = [{"type": "MemoryPressure", "status": "False", **heard}]
    return {
        "metadata": {
            "name": name,
            "uid": f"uid-of-{name}",
            "resourceVersion": "1",
            "labels": {
                "kubernetes.io/hostname": name,
                **{f"{TAG_LABEL_PREFIX}{tag}": "true" for tag in tags},
                **(labels or {}),
            },
        },
        "spec": {
            **({"unschedulable": True} if cordoned else {}),
            **({"taints": [_build_taint(taint) for taint in taints]} if taints else {}),
        },
        "status": {
            "conditions": [*conditions, *([{"type": "Ready", "status": ready, **heard}] if ready else [])],
            "addresses": [
                {"type": "Hostname", "address": name},
                {"type": "InternalIP", "address": "10.0.0.1"},
            ],
            "nodeInfo": {"kubeletVersion": "v1.34.3", "bootID": "b"},
        },
    }


def see_node(name: str = "n1", *tags: str, **fields: Any) -> Node:
    """A node as plans see it."""
    return parse_node(build_node(name, *tags, **fields))


def _build_taint(text: str) -> dict[str, str]:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "effect": effect, **({"value": value} if value else {})}
