"""Owns what a node is to Agents: whose it is, and whether it takes pods. Must not choose one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from longshore.api.agents import AgentSpec, Toleration
from longshore.names import TAG_LABEL_PREFIX

STATE_TAINTS = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints of these prefixes tell how a node does now, such as cordoned or unreachable, and not whose it is."""
HARD_EFFECTS = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods away that do not bear it."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"

    @property
    def is_state(self) -> bool:
        """Whether it tells how the node does now."""
        return self.key.startswith(STATE_TAINTS)


@dataclass(frozen=True, slots=True)
class Node:
    """A node, as far as plans look at it."""

    name: str
    exists: bool = True
    """Whether the API server has it; one that is gone took its pods with it."""
    is_ready: bool = True
    """Whether its kubelet says that it can run pods."""
    is_reachable: bool = True
    """Whether its kubelet says anything."""
    is_cordoned: bool = False
    """Whether someone told it to take no more pods."""
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    """Those that its labels give it."""
    taints: tuple[Taint, ...] = ()
    """Those that keep pods away, but for preferences."""
    address: str = ""
    version: str = ""
    """Of its kubelet."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node that an Agent has."""

    node: Node
    obstacle: str = ""
    """Why it takes no pods now; empty: it does."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which nodes are an Agent's. Agents that select the same are alike here."""

    labels: frozenset[tuple[str, str]] = frozenset()
    tolerations: frozenset[tuple[str | None, str, str | None, str | None]] = frozenset()
    """Key, operator, value and effect of each."""

    def has(self, node: Node) -> bool:
        """Whether pods of the Agent may run on the node: it has all labels, and its taints are borne."""
        has_labels = all(node.labels.get(key) == value for key, value in self.labels)
        return has_labels and all(self.bears(taint) for taint in node.taints if not taint.is_state)

    def find_obstacle(self, node: Node) -> str:
        """Why a node of the Agent takes no pods now; empty: it does."""
        if not node.is_reachable:
            return "Unreachable"
        if not node.is_ready:
            return "NotReady"
        if node.is_cordoned:
            return "Cordoned"
        states = (taint.key for taint in node.taints if taint.is_state and not self.bears(taint))
        return next((f"Tainted {key}" for key in states), "")

    def bears(self, taint: Taint) -> bool:
        """Whether pods of the Agent bear the taint."""
        return any(
            key in (None, "", taint.key)
            and (operator == "Exists" or (value or "") == taint.value)
            and effect in (None, taint.effect)
            for key, operator, value, effect in self.tolerations
        )


def build_selection(spec: AgentSpec) -> Selection:
    """Which nodes are those of an Agent with this spec."""
    tags = {f"{TAG_LABEL_PREFIX}{tag}": "true" for tag in spec.tags}
    return Selection(
        frozenset((spec.node_selector | tags).items()), frozenset(map(_build_toleration, spec.tolerations))
    )


def parse_node(raw: Mapping[str, Any]) -> Node:
    """A node of the API server."""
    spec, status, labels = raw.get("spec", {}), raw.get("status", {}), raw["metadata"].get("labels", {})
    ready = next((entry["status"] for entry in status.get("conditions", ()) if entry["type"] == "Ready"), "False")
    addresses = {entry["type"]: entry["address"] for entry in status.get("addresses", ())}
    return Node(
        name=raw["metadata"]["name"],
        is_ready=ready == "True",
        is_reachable=ready != "Unknown",
        is_cordoned=spec.get("unschedulable", False),
        labels=labels,
        tags=frozenset(
            label.removeprefix(TAG_LABEL_PREFIX)
            for label, value in labels.items()
            if value == "true" and label.startswith(TAG_LABEL_PREFIX)
        ),
        taints=tuple(
            Taint(taint["key"], taint.get("value", ""), taint["effect"])
            for taint in spec.get("taints", ())
            if taint["effect"] in HARD_EFFECTS
        ),
        address=addresses.get("InternalIP", next(iter(addresses.values()), "")),
        version=status.get("nodeInfo", {}).get("kubeletVersion", ""),
    )


def build_gone_node(name: str) -> Node:
    """A node that the API server has not."""
    return Node(name, exists=False, is_ready=False, is_reachable=False)


def _build_toleration(toleration: Toleration) -> tuple[str | None, str, str | None, str | None]:
    return toleration.key, toleration.operator, toleration.value, toleration.effect
