"""Owns what the Agent of an attempt adds to its pod: a label, and which nodes it may be on. Must not choose it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from longshore.api.agents import AgentSpec
from longshore.names import AGENT_LABEL, TAG_LABEL_PREFIX


@dataclass(frozen=True, slots=True)
class Placement:
    """The Agent of an attempt."""

    agent: str
    """Its name."""
    spec: AgentSpec
    """With what it has from the Agent that it extends."""
    tags: frozenset[str] = frozenset()
    """Tags that the step asks of the node."""


def place_pod(pod: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """The pod as one of its Agent, without what the Agent's template says."""
    agent, metadata = placement.spec, pod["metadata"]
    labels = {**metadata["labels"], AGENT_LABEL: placement.agent}
    spec = dict(pod["spec"])
    if selector := agent.node_selector | build_tag_labels({*agent.tags, *placement.tags}):
        spec["nodeSelector"] = selector
    if agent.tolerations:
        spec["tolerations"] = [toleration.to_json() for toleration in agent.tolerations]
    return {**pod, "metadata": {**metadata, "labels": labels}, "spec": spec}


def build_tag_labels(tags: Iterable[str]) -> dict[str, str]:
    """The labels by which nodes have these tags."""
    return {f"{TAG_LABEL_PREFIX}{tag}": "true" for tag in sorted(tags)}
