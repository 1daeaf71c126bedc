"""A cluster in memory for schedules: one Workflow, its Runs, and operators that crash, restart and see late.

What the API server refuses here is what it refuses there: a second object of a name, a write to an old version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from longshore.api.objects import Metadata
from longshore.api.workflows import WorkflowStatus
from longshore.planning.plans import DeleteRun, MakeRun, PatchRun, WorkflowAction
from longshore.planning.runs.summaries import RunSummary, summarize_run
from longshore.planning.times import write_time
from longshore.planning.workflows.retentions import plan_expiry
from longshore.planning.workflows.reviews import ObservedWorkflow, review_workflow
from longshore.planning.workflows.workflows import plan_workflow
from support.planning.runs import NOW, workflow


@dataclass
class Schedules:
    """The API server, and the operator's calls to it."""

    schedule: Mapping[str, Any]
    limits: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = NOW
    is_suspended: bool = False
    status: WorkflowStatus = field(default_factory=WorkflowStatus)
    runs: dict[str, RunSummary] = field(default_factory=dict)
    made: list[tuple[str, datetime]] = field(default_factory=list)
    """Each Run that came to be: its name, and the time it was made for."""
    most_active: int = 0

    def advance(self, seconds: int) -> None:
        """Time passes, and nobody works."""
        self.now += timedelta(seconds=seconds)

    def operate(self, calls: int | None = None) -> None:
        """An operator plans and applies until it comes to rest; with `calls` it crashes after so many."""
        for _ in range(50):
            plan = plan_workflow(self._observe(), self.now)
            for action in plan.actions:
                if calls == 0:
                    return
                self._apply(action)
                calls = None if calls is None else calls - 1
            written = WorkflowStatus.model_validate(plan.status.to_json())
            if calls == 0 or (written == self.status and not plan.actions):
                return
            self.status = written
            calls = None if calls is None else calls - 1
        raise AssertionError("does not come to rest")

    def expire(self) -> None:
        """Finished Runs go by their age."""
        for run in list(self.runs.values()):
            if isinstance(plan_expiry(run, self.status, self.now), DeleteRun):
                del self.runs[run.name]

    def end_and_expire_runs(self) -> None:
        """All Runs end, and go as soon as they may."""
        self.end_runs("Succeeded")
        self.expire()

    def end_runs(self, phase: str) -> None:
        """All Runs end."""
        for run in self.runs.values():
            if not run.is_finished:
                self.runs[run.name] = replace(run, phase=phase, completed=self.now)

    def _observe(self) -> ObservedWorkflow:
        spec = workflow(schedule=dict(self.schedule), suspend=self.is_suspended, **self.limits)
        metadata = Metadata(
            name="nightly", namespace="ci", uid="w", generation=1, creation_timestamp=write_time(NOW)
        )
        return ObservedWorkflow(metadata, self.status, review_workflow({"spec": spec}), list(self.runs.values()))

    def _apply(self, action: WorkflowAction) -> None:
        match action:
            case MakeRun(name=name, manifest=manifest):
                if name in self.runs:
                    return  # 409: the schedule's own
                metadata = {**manifest["metadata"], "uid": f"{name}-{len(self.made)}"}
                metadata["creationTimestamp"] = write_time(self.now)
                run = summarize_run({**manifest, "metadata": metadata})
                assert run.scheduled is not None
                self.runs[name] = replace(run, ttl=self.limits.get("ttlSecondsAfterFinished"))
                self.made.append((name, run.scheduled))
                self.most_active = max(self.most_active, sum(not run.is_finished for run in self.runs.values()))
            case PatchRun(name=name):
                self.runs[name] = replace(self.runs[name], cancel="Graceful")
            case DeleteRun(name=name):
                del self.runs[name]
