"""Owns how a step with a workflow goes on: what its child Run says, and what goes down to that child.

As of a pod, an early end is recorded first and done by the next plan. Must not start attempts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from longshore.api.runs import Run
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.planning.attempts.attempts import (
    CANCELS,
    STOPS,
    TERMINAL,
    Situation,
    end_attempt,
    find_recorded_stop,
    record_stop,
    succeed_attempt,
)
from longshore.planning.attempts.outcomes import Failed, Fault, Outcome, Running, Succeeded, Waiting, shorten
from longshore.planning.attempts.outputs import Outputs
from longshore.planning.conditions import find_condition
from longshore.planning.plans import PatchRun
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.times import write_time

MAX_DEPTH = 8
"""How many Runs may stand above a child: its parent, that one's, and so on."""


def follow_child(step: Step, status: StepStatus, child: RunSummary | None, situation: Situation) -> StepStatus:
    """The step's status after a look at its attempt's child, which has been created (None: it is gone)."""
    if child is None:
        gone = Failed(StepReason.CHILD_DELETED, Fault.INFRASTRUCTURE, f"child Run {status.run} is gone")
        return end_attempt(step, status, gone, situation)
    now = child.completed or situation.now
    start = {"start_time": write_time(child.started)} if child.started else {}
    status = status.model_copy(update={"run": child.name, "attempt": max(status.attempt, 1), **start})
    match observe_child(child, step.outputs or []):
        case Waiting() | Running() as outcome:
            return _go_on(step, status, child, outcome, situation)
        case Succeeded() as success:
            return succeed_attempt(status, success, now)
        case Failed() as failure:
            return end_attempt(step, status, failure, replace(situation, now=now))


def observe_child(child: RunSummary, declared: Sequence[str]) -> Outcome:
    """What a child says of its attempt."""
    match child.phase:
        case "Succeeded":
            return _observe_success(child, declared)
        case "Failed" | "Canceled":
            verb = "failed" if child.phase == "Failed" else "was canceled"
            message = f"child Run {child.name} {verb}: {child.message}".removesuffix(": ")
            # Of a slice there is something to read although an item failed.
            outputs = _read_outputs(child.outputs or {}, declared).values
            return Failed(StepReason.CHILD_FAILED, Fault.STEP, shorten(message), outputs=outputs)
        case _ if child.is_deleted:
            return Waiting(StepReason.STOPPING, f"child Run {child.name} is being deleted")
        case "Running" if child.started is not None:
            return Running(child.started)
        case _:
            return Waiting(StepReason.CHILD_QUEUED, shorten(child.message or f"child Run {child.name} is queued"))


def find_child_deadline(step: Step, child: RunSummary, now: datetime) -> datetime | None:
    """When the attempt's next deadline passes; time in which the child is suspended does not count."""
    seconds = step.pending_deadline_seconds if child.started is None else step.active_deadline_seconds
    if seconds is None or child.suspend or child.is_finished or child.is_deleted:
        return None
    ongoing = (now - child.suspended).total_seconds() if child.suspended else 0
    return (child.started or child.created) + timedelta(seconds=seconds + child.suspended_seconds + ongoing)


def plan_child(status: StepStatus, child: RunSummary | None, situation: Situation) -> Iterator[PatchRun]:
    """What the parent's Run, and the early end in the persisted `status`, mean for a child that goes on."""
    if child is None or child.is_finished or child.is_deleted or status.phase in TERMINAL:
        return
    wishes = {**_wish_cancel(status, child, situation), **_wish_suspend(child, situation)}
    if child.priority != situation.run.spec.priority:
        wishes["priority"] = situation.run.spec.priority
    if wishes:
        yield PatchRun(child.name, child.uid, wishes)


def find_depth_problem(run: Run, lineage: Sequence[RunSummary], workflow: str) -> str | None:
    """Why a Run that `lineage` owns may have no child of this Workflow; None: it may."""
    if len(lineage) < MAX_DEPTH:
        return None
    name = run.spec.workflow_ref.name if run.spec.workflow_ref else run.metadata.name
    above = " > ".join([*(run.workflow or run.name for run in reversed(lineage)), name, workflow])
    return f"more than {MAX_DEPTH} Runs inside one another: {above}; does a Workflow run itself?"


def _observe_success(child: RunSummary, declared: Sequence[str]) -> Outcome:
    outputs = _read_outputs(child.outputs or {}, declared)
    if outputs.fault is not None:
        return Failed(outputs.fault, Fault.STEP, outputs.message)
    return Succeeded(outputs.values, None)


def _read_outputs(values: Mapping[str, Any], declared: Sequence[str]) -> Outputs:
    """The declared ones, with the types that they have in the child."""
    if missing := [name for name in declared if values.get(name) is None]:
        text = f"the child Run has no output {', '.join(missing)}; name it in outputs of its Workflow"
        return Outputs(fault=StepReason.OUTPUTS_INVALID, message=text)
    return Outputs({name: values[name] for name in declared})


def _go_on(
    step: Step, status: StepStatus, child: RunSummary, outcome: Waiting | Running, situation: Situation
) -> StepStatus:
    if isinstance(outcome, Running):
        message = shorten(": ".join(filter(None, (f"{child.progress} done", child.message))))
        status = status.model_copy(update={"phase": StepPhase.RUNNING})
        going = status.model_copy(update={"reason": None, "message": message})
    else:
        going = status.model_copy(update={"reason": outcome.reason, "message": outcome.message})
    if stop := find_recorded_stop(status, situation):
        return record_stop(status, *stop)
    deadline = find_child_deadline(step, child, situation.now)
    if deadline is None or situation.now < deadline:
        return going
    if isinstance(outcome, Running):
        message = f"ran longer than activeDeadlineSeconds: {step.active_deadline_seconds}"
        return record_stop(status, StepReason.DEADLINE_EXCEEDED, message)
    message = f"did not start within pendingDeadlineSeconds: {step.pending_deadline_seconds}: {outcome.message}"
    return record_stop(status, StepReason.PENDING_DEADLINE_EXCEEDED, message)


def _wish_cancel(status: StepStatus, child: RunSummary, situation: Situation) -> dict[str, Any]:
    if status.reason not in STOPS:
        return {}
    is_immediate = situation.run.spec.cancel == "Immediate" and status.reason in CANCELS
    mode = "Immediate" if is_immediate else "Graceful"
    return {} if child.cancel in {mode, "Immediate"} else {"cancel": mode}


def _wish_suspend(child: RunSummary, situation: Situation) -> dict[str, Any]:
    """As long as the parent is suspended, and has it on record, so is the child; it is resumed once, when it is.

    In between it is its own: a child that somebody suspends by hand stays so.
    """
    run = situation.run
    condition = find_condition(run.status.conditions, "Suspended")
    was_suspended = condition is not None and condition.status == "True"
    is_suspended = run.spec.suspend and run.spec.cancel is None
    if child.suspend == is_suspended or not was_suspended:
        return {}
    return {"suspend": is_suspended}
