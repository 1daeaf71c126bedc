"""Owns what is known of a pod whose node is silent or gone. Must not give the pod up: it may run there still."""

from longshore.api.step_statuses import StepReason
from longshore.planning.pools.nodes import Node


def find_silence(node: Node | None) -> str:
    """Why the pods of a node tell nothing new, where they don't."""
    if node is None or (node.exists and node.is_reachable):
        return ""
    if not node.exists:
        return f"node {node.name} is gone; waits until Kubernetes has removed its pod"
    return (
        f"node {node.name} is unreachable, and the pod may run there still; waits until the node is back, deleted"
        " or fenced"
    )


def explain_absence(pod: str | None, node: Node | None) -> tuple[StepReason, str]:
    """Why a pod is gone that nobody saw end, by what is known of the node that it was on."""
    if node is not None and not node.exists:
        return StepReason.NODE_LOST, f"pod {pod} is gone, and so is its node {node.name}"
    if node is not None and not node.is_reachable:
        return StepReason.NODE_LOST, f"pod {pod} is gone; its node {node.name} is unreachable"
    return StepReason.POD_DELETED, f"pod {pod} is gone"
