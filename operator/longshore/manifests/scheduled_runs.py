"""Owns what the Run of a schedule looks like. Must not decide whether one is made.

It has no owner: a Workflow does not own its Runs, so they stay when it goes.
"""

from datetime import datetime
from typing import Any

from longshore import names


def build_scheduled_run(namespace: str, workflow: str, time: datetime) -> dict[str, Any]:
    """The Run of a Workflow for a time of its schedule; of the same time it is the same Run."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": "Run",
        "metadata": {
            "name": names.build_scheduled_name(workflow, int(time.timestamp()) // 60),
            "namespace": namespace,
            "labels": {
                names.MANAGED_BY: names.MANAGER,
                names.WORKFLOW_LABEL: workflow,
                names.ORIGIN_LABEL: "schedule",
            },
            "annotations": {names.SCHEDULED_ANNOTATION: time.isoformat()},
        },
        "spec": {"workflowRef": {"name": workflow}},
    }
