"""Owns the reconcile of a Workflow: whether Runs of it can start, said as condition Accepted."""

from datetime import UTC, datetime

from longshore.planning.patches import build_merge_patch
from longshore.planning.workflows import plan_workflow
from longshore.reconcile.ports import Statuses
from longshore.reconcile.stores import WorkflowStore


class WorkflowReconciler:
    """Reconciles one Workflow at a time by `namespace/name`."""

    def __init__(self, workflows: WorkflowStore, statuses: Statuses) -> None:
        self._workflows = workflows
        self._statuses = statuses

    def describe(self, key: str) -> dict[str, str]:
        """What log lines about a Workflow carry."""
        namespace, _, name = key.partition("/")
        return {"namespace": namespace, "workflow": name}

    async def reconcile(self, key: str) -> float | None:
        """One round."""
        namespace, _, name = key.partition("/")
        raw = self._workflows.get(namespace, name)
        if raw is None:
            return None
        status = plan_workflow(raw, datetime.now(UTC))
        if patch := build_merge_patch(raw.get("status", {}), status.to_json()):
            self._workflows.put(await self._statuses.write_workflow(raw, {"status": patch}))
        return None
