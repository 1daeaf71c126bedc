"""Owns the child Run of an attempt: what it runs, and what it has from its parent. Must not render expressions."""

from typing import Any

from longshore import names
from longshore.api.runs import RunSpec
from longshore.api.steps import ChildWorkflow
from longshore.manifests.attempts import Attempt


def build_child(attempt: Attempt, call: ChildWorkflow, parent: RunSpec) -> dict[str, Any]:
    """The child Run of an attempt; the params of `call` are rendered. It goes with its parent."""
    spec: dict[str, Any] = {"workflowRef": {"name": call.name}, "params": dict(call.params)}
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
