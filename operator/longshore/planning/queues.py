"""Owns the way of an accepted Run to its start: it waits for room, is admitted, or ends before it started.

What it waits for is written when it begins to wait and when that or its spec changes, not as the line moves.
"""

from datetime import datetime, timedelta

from longshore.api.objects import Condition
from longshore.api.runs import Run, RunStatus, StepPhase, StepReason, StepStatus
from longshore.api.workflows import WorkflowSpec
from longshore.planning.admissions import Wait
from longshore.planning.attempts import TERMINAL
from longshore.planning.conclusions import find_suspended_seconds, finish, set_wait
from longshore.planning.conditions import build_condition, find_condition, set_condition
from longshore.planning.plans import Plan
from longshore.planning.statuses import build_end
from longshore.planning.times import parse_time, write_time


def plan_queued(run: Run, spec: WorkflowSpec, wait: Wait | None, now: datetime) -> Plan:
    """What to do for a Run that was accepted and has not started; None as `wait`: there is room for it."""
    if run.spec.cancel is not None:
        status = _cut_off(run, StepReason.RUN_CANCELED, now)
        return Plan(finish(run, status, "Canceled", "canceled before it started", now))
    if wait is None:
        return Plan(_admit(run, now))
    deadline = _find_deadline(run, spec, now)
    if deadline is not None and now >= deadline:
        message = f"was queued longer than queuedDeadlineSeconds: {spec.queued_deadline_seconds}: {wait.message}"
        return Plan(_time_out(run, message, now))
    return Plan(_hold(run, wait, now), wake_at=deadline)


def _admit(run: Run, now: datetime) -> RunStatus:
    """The Run starts: its time counts from here, and so does a suspension."""
    conditions = [condition for condition in run.status.conditions if condition.type != "Suspended"]
    admitted = build_condition("Admitted", "True", "Admitted", generation=run.metadata.generation)
    return run.status.model_copy(
        update={
            "phase": "Running",
            "conditions": set_condition(conditions, admitted, now),
            "message": None,
            "start_time": write_time(now),
            "suspended_seconds": None,
            "observed_generation": run.metadata.generation,
        }
    )


def _hold(run: Run, wait: Wait, now: datetime) -> RunStatus:
    """The Run goes on waiting."""
    generation = run.metadata.generation
    admitted = _keep_or_build(run, wait, now)
    suspended = wait.message if wait.reason == "Suspended" else None
    conditions = set_wait(run, run.status.conditions, "Suspended", suspended, now)
    return run.status.model_copy(
        update={
            "phase": "Queued",
            "conditions": set_condition(conditions, admitted, now),
            "message": admitted.message,
            "suspended_seconds": find_suspended_seconds(run, now),
            "observed_generation": generation,
        }
    )


def _keep_or_build(run: Run, wait: Wait, now: datetime) -> Condition:
    """Condition Admitted, with the place that the Run has now, or had when this was written last."""
    known, generation = find_condition(run.status.conditions, "Admitted"), run.metadata.generation
    if known is not None and (known.reason, known.observed_generation) == (wait.reason, generation):
        return known
    place = f"; {write_ordinal(wait.place)} in line at {write_time(now)}" if wait.place else ""
    return build_condition("Admitted", "False", wait.reason, wait.message + place, generation=generation)


def _find_deadline(run: Run, spec: WorkflowSpec, now: datetime) -> datetime | None:
    """When a Run has been queued for too long; a suspension does not count."""
    seconds, created = spec.queued_deadline_seconds, run.metadata.creation_timestamp
    if seconds is None or created is None or run.spec.suspend:
        return None
    return parse_time(created) + timedelta(seconds=seconds + (find_suspended_seconds(run, now) or 0))


def _time_out(run: Run, message: str, now: datetime) -> RunStatus:
    generation = run.metadata.generation
    condition = build_condition("Admitted", "False", "QueuedDeadlineExceeded", message, generation=generation)
    status = _cut_off(run, StepReason.RUN_DEADLINE_EXCEEDED, now)
    conditions = set_condition(status.conditions, condition, now)
    return finish(run, status.model_copy(update={"conditions": conditions}), "Failed", message, now)


def _cut_off(run: Run, reason: StepReason, now: datetime) -> RunStatus:
    """The status with no step left that could start."""

    def end(step: StepStatus) -> StepStatus:
        return step if step.phase in TERMINAL else build_end(step, StepPhase.CANCELED, reason, now)

    steps = {path: end(step) for path, step in run.status.steps.items()}
    return run.status.model_copy(update={"steps": steps})


def write_ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
