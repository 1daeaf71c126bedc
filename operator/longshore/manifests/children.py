"""Owns the child Run of an attempt: what it runs, and what it has from its parent. Must not render expressions."""

from typing import Any

from longshore import names
from longshore.api.runs import RunSpec
from longshore.api.steps import ChildWorkflow
from longshore.manifests.attempts import Attempt


def build_child(attempt: Attempt, call: ChildWorkflow, parent: RunSpec) -> dict[str, Any]:
    """The child Run of an attempt; the params of `call` are rendered. It goes with its parent."""
    return _build_run(attempt, {"workflowRef": {"name": call.name}, "params": dict(call.params)}, parent)


def build_slice(attempt: Attempt, parent: RunSpec) -> dict[str, Any]:
    """The child Run of a slice; it has its Workflow's name for those who look at it, the rest from its owner."""
    items = names.get_items(attempt.path)
    part = {
        "run": attempt.run,
        "step": names.get_step_name(attempt.path),
        "first": items.start,
        "count": len(items),
    }
    reference = {"workflowRef": {"name": parent.workflow_ref.name}} if parent.workflow_ref else {}
    return _build_run(attempt, {**reference, "slice": part}, parent)


def _build_run(attempt: Attempt, spec: dict[str, Any], parent: RunSpec) -> dict[str, Any]:
    inherited = {"priority": parent.priority, "createdBy": parent.created_by, "queueName": parent.queue_name}
    spec |= {name: value for name, value in inherited.items() if value}
    metadata = {
        "name": attempt.child,
        "namespace": attempt.namespace,
        "labels": attempt.build_labels(),
        "annotations": {names.PATH_ANNOTATION: attempt.path},
        "ownerReferences": [attempt.build_owner() | {"blockOwnerDeletion": False}],
    }
    return {"apiVersion": names.API_VERSION, "kind": "Run", "metadata": metadata, "spec": spec}
