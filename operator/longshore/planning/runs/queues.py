"""Owns the way of an accepted Run to its start: it waits for room, is admitted, or ends before it started.

What it waits for is written when it begins to wait and when that or its spec changes, not as the line moves.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from longshore.api.objects import Condition
from longshore.api.runs import Run, RunStatus
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.workflows import WorkflowSpec
from longshore.errors import ExpressionError
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.conditions import build_condition, find_condition, set_condition
from longshore.planning.groups.groups import Claim
from longshore.planning.groups.places import build_run_claim, describe_wait, find_place, find_verdict, has_place
from longshore.planning.observations import Observed
from longshore.planning.plans import Plan
from longshore.planning.runs.admissions import Wait
from longshore.planning.runs.conclusions import find_suspended_seconds, finish, set_wait
from longshore.planning.steps.statuses import build_end, write_ordinal
from longshore.planning.times import parse_time, write_time


def plan_queued(run: Run, spec: WorkflowSpec, observed: Observed, now: datetime) -> Plan:
    """What to do for a Run that was accepted and has not started."""
    if run.spec.cancel is not None:
        status = _cut_off(run, StepReason.RUN_CANCELED, now)
        return Plan(finish(run, status, "Canceled", "canceled before it started", now))
    try:
        claims = _list_claims(run, spec, observed, now)
    except ExpressionError as error:
        return Plan(_refuse(run, "InvalidExpression", StepReason.RUN_FAILED, str(error), now))
    if full := _find_full_group(observed, claims):
        return Plan(_refuse(run, "GroupFull", StepReason.RUN_FAILED, full, now))
    wait = _find_group_wait(run, observed, claims) or observed.wait
    if wait is None:
        return Plan(_admit(run, now), group_claims=claims)
    if run.spec.suspend:
        claims = ()  # it holds nothing while others could go on
    deadline = _find_deadline(run, spec, now)
    if deadline is not None and now >= deadline:
        message = f"was queued longer than queuedDeadlineSeconds: {spec.queued_deadline_seconds}: {wait.message}"
        return Plan(_refuse(run, "QueuedDeadlineExceeded", StepReason.RUN_DEADLINE_EXCEEDED, message, now))
    return Plan(_hold(run, wait, now), wake_at=deadline, group_claims=claims)


def _list_claims(run: Run, spec: WorkflowSpec, observed: Observed, now: datetime) -> tuple[Claim, ...]:
    """The place in its group that it needs before it waits for room. Raises ExpressionError.

    The other way round, Runs that wait for a group would take the room of the one that holds it.
    """
    if observed.groups is None or spec.concurrency is None:
        return ()
    return (build_run_claim(run, spec.concurrency, now),)


def _find_full_group(observed: Observed, claims: Sequence[Claim]) -> str:
    verdicts = [find_verdict(observed.groups, claim) for claim in claims]
    return next((verdict.message for verdict in verdicts if verdict and verdict.reason == "GroupFull"), "")


def _find_group_wait(run: Run, observed: Observed, claims: Sequence[Claim]) -> Wait | None:
    for claim in claims:
        if run.spec.suspend:
            return Wait("Suspended", "spec.suspend is true")
        if not has_place(observed.groups, claim):
            message = describe_wait(observed.groups, claim)
            return Wait("AwaitingGroup", message, find_place(observed.groups, claim))
    return None


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
    is_same = known is not None and (known.reason, known.observed_generation) == (wait.reason, generation)
    if (
        known is not None
        and is_same
        and (wait.reason != "AwaitingGroup" or known.message.startswith(wait.message))
    ):
        return known
    place = f"; {write_ordinal(wait.place)} in line at {write_time(now)}" if wait.place else ""
    return build_condition("Admitted", "False", wait.reason, wait.message + place, generation=generation)


def _find_deadline(run: Run, spec: WorkflowSpec, now: datetime) -> datetime | None:
    """When a Run has been queued for too long; a suspension does not count."""
    seconds, created = spec.queued_deadline_seconds, run.metadata.creation_timestamp
    if seconds is None or created is None or run.spec.suspend:
        return None
    return parse_time(created) + timedelta(seconds=seconds + (find_suspended_seconds(run, now) or 0))


def _refuse(run: Run, reason: str, step_reason: StepReason, message: str, now: datetime) -> RunStatus:
    """The Run never starts."""
    condition = build_condition("Admitted", "False", reason, message, generation=run.metadata.generation)
    status = _cut_off(run, step_reason, now)
    conditions = set_condition(status.conditions, condition, now)
    return finish(run, status.model_copy(update={"conditions": conditions}), "Failed", message, now)


def _cut_off(run: Run, reason: StepReason, now: datetime) -> RunStatus:
    """The status with no step left that could start."""

    def end(step: StepStatus) -> StepStatus:
        return step if step.phase in TERMINAL else build_end(step, StepPhase.CANCELED, reason, now)

    steps = {path: end(step) for path, step in run.status.steps.items()}
    return run.status.model_copy(update={"steps": steps})
