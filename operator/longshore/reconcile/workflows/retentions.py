"""Owns the reconcile of a finished Run: it goes when its time has come. Must not know why it is called."""

import asyncio
import logging
from datetime import datetime

from longshore.api.workflows import WorkflowStatus
from longshore.clocks import read_clock
from longshore.planning.plans import DeleteRun
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.workflows.retentions import plan_expiry
from longshore.reconcile.stores import ObjectStore, RunStore
from longshore.reconcile.workflows.actions import WorkflowActions

logger = logging.getLogger(__name__)


class RetentionReconciler:
    """Reconciles finished Runs by uid. Deletes one at a time, so that Runs that go on have the API server."""

    def __init__(self, runs: RunStore, workflows: ObjectStore, actions: WorkflowActions) -> None:
        self._runs = runs
        self._workflows = workflows
        self._actions = actions
        self._turn = asyncio.Lock()

    def describe(self, uid: str) -> dict[str, str]:
        """What log lines about a Run carry."""
        run = self._runs.get_summary(uid)
        return {} if run is None else {"namespace": run.namespace, "run": run.name}

    async def reconcile(self, uid: str) -> float | None:
        """One round; returns in how many seconds to look again."""
        run = self._runs.get_summary(uid)
        if run is None:
            return None
        now = read_clock()
        match plan_expiry(run, self._find_workflow(run), now):
            case DeleteRun() as action:
                async with self._turn:
                    logger.info("DeleteRun %s: its ttlSecondsAfterFinished have passed", run.name)
                    await self._actions.delete(run.namespace, action)
            case datetime() as later:
                return (later - now).total_seconds() + 0.01
            case None:
                pass
        return None

    def _find_workflow(self, run: RunSummary) -> WorkflowStatus | None:
        raw = self._workflows.get(run.namespace, run.workflow)
        return None if raw is None else WorkflowStatus.model_validate(raw.get("status", {}))
