"""Owns what a schedule does now: makes the Run that is due, waits, or says why not. Must not make any.

As CronJob does it: of all the times that were missed, for whatever reason, the latest is made up for, unless it is
too long ago. Other than with CronJob, a schedule that is new or changed counts from then on, and Runs that people
make do not count for the concurrency policy.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from longshore.api.workflows import Schedule, ScheduleStatus, WorkflowStatus
from longshore.manifests.scheduled_runs import build_scheduled_run
from longshore.planning.conditions import ConditionStatus, build_condition, find_condition, set_condition
from longshore.planning.plans import MakeRun, Notice, PatchRun, WorkflowAction, WorkflowPlan
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.steps.statuses import list_names
from longshore.planning.times import parse_time, write_local_time, write_time
from longshore.planning.workflows.crons import find_latest, find_next
from longshore.planning.workflows.reviews import ObservedWorkflow

CONDITION = "Scheduled"
_TROUBLES = frozenset({"RunActive", "RunRejected", "NameConflict"})
"""Reasons of the condition that are worth an Event; the others are what was asked for."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A schedule at a moment. `status` is what holds but for the schedule."""

    seen: ObservedWorkflow
    status: WorkflowStatus
    schedule: Schedule
    since: datetime
    now: datetime

    def conclude(
        self, reason: str, message: str, *, since: datetime | None = None, made: datetime | None = None
    ) -> WorkflowStatus:
        """The status with what the condition says; times up to `since` are dealt with, `made` has its Run."""
        holds: ConditionStatus = "True" if reason == "Scheduled" else "False"
        generation = self.seen.metadata.generation
        condition = build_condition(CONDITION, holds, reason, message, generation=generation)
        known = ScheduleStatus(
            cron=self.schedule.cron,
            time_zone=self.schedule.time_zone,
            since=write_time(max(self.since, since or self.since)),
        )
        changes = {
            "conditions": set_condition(self.status.conditions, condition, self.now),
            "schedule": known,
            "last_schedule_time": write_time(made) if made else self.status.last_schedule_time,
        }
        return self.status.model_copy(update=changes)

    @property
    def next_time(self) -> datetime | None:
        """When the schedule comes next."""
        return find_next(self.schedule, self.now)

    def write_next(self) -> str:
        """The same, for people."""
        time = self.next_time
        return f"the next Run comes at {write_local_time(time, self.schedule.time_zone)}" if time else "none comes"


def plan_schedule(seen: ObservedWorkflow, status: WorkflowStatus, now: datetime) -> WorkflowPlan:
    """What the schedule does now, on top of a status that holds but for it."""
    if seen.review.spec is None:
        return WorkflowPlan(status)  # whether it has one still, nobody can tell
    schedule = seen.review.spec.schedule
    if schedule is None:
        conditions = [condition for condition in status.conditions if condition.type != CONDITION]
        return WorkflowPlan(status.model_copy(update={"conditions": conditions, "schedule": None}))
    turn = _Turn(seen, status, schedule, _find_since(seen, schedule, now), now)
    plan = _plan_turn(turn)
    notices = (*plan.notices, *_plan_notices(seen.status, plan.status))
    return WorkflowPlan(plan.status, plan.actions, notices, plan.wake_at)


def _find_since(seen: ObservedWorkflow, schedule: Schedule, now: datetime) -> datetime:
    """After when times count: the last that is dealt with, or when the schedule was first seen as it is.

    That of a new Workflow counts from its creation, which the operator may have missed.
    """
    known, created = seen.status.schedule, seen.metadata.creation_timestamp
    since = now
    if known is not None and (known.cron, known.time_zone) == (schedule.cron, schedule.time_zone):
        since = parse_time(known.since)
    elif not seen.status.observed_generation and created is not None:
        since = parse_time(created)
    return max([since, *(time for run in seen.runs if (time := run.scheduled) is not None and time <= now)])


def _plan_turn(turn: _Turn) -> WorkflowPlan:
    """Whether a Run is due, and what keeps it."""
    if turn.seen.review.findings:
        message = "no Run is made before the Workflow is accepted: see condition Accepted"
        return WorkflowPlan(turn.conclude("NotAccepted", message))
    if turn.seen.review.spec is not None and turn.seen.review.spec.suspend:
        return WorkflowPlan(turn.conclude("Suspended", "spec.suspend is true; what runs goes on"))
    due = find_latest(turn.schedule, turn.now)
    if due is None or due <= turn.since:
        return WorkflowPlan(turn.conclude("Scheduled", turn.write_next()), wake_at=turn.next_time)
    if _is_late(turn.schedule, due, turn.now):
        message = f"the Run of {write_local_time(due, turn.schedule.time_zone)} was missed by more than"
        notice = Notice(
            "Warning", "MissedSchedule", f"{message} startingDeadlineSeconds, and so is not made up for"
        )
        status = turn.conclude("Scheduled", turn.write_next(), since=due)
        return WorkflowPlan(status, notices=(notice,), wake_at=turn.next_time)
    return _plan_due(turn, due)


def _is_late(schedule: Schedule, due: datetime, now: datetime) -> bool:
    """Whole seconds count, so that a deadline of 0 can be met."""
    deadline = schedule.starting_deadline_seconds
    return deadline is not None and now - due >= timedelta(seconds=deadline + 1)


def _plan_due(turn: _Turn, due: datetime) -> WorkflowPlan:
    """Make the Run, unless another one of the schedule or the API server is against it."""
    active = [run for run in turn.seen.runs if run.scheduled is not None and not run.is_finished]
    if active and turn.schedule.concurrency_policy == "Forbid":
        running = list_names([run.name for run in active])
        message = f"waits for the end of {running}, as concurrencyPolicy is Forbid"
        return WorkflowPlan(turn.conclude("RunActive", message), wake_at=turn.next_time)
    manifest = build_scheduled_run(turn.seen.metadata.namespace, turn.seen.metadata.name, due)
    name = manifest["metadata"]["name"]
    refusal = turn.seen.refusals.get(name)
    if refusal is not None and turn.now < refusal.retry_at:
        reason = "NameConflict" if refusal.kind == "NameConflict" else "RunRejected"
        wake = min(refusal.retry_at, turn.next_time or refusal.retry_at)
        return WorkflowPlan(turn.conclude(reason, refusal.message), wake_at=wake)
    ends = _plan_replacement(active) if turn.schedule.concurrency_policy == "Replace" else ()
    status = turn.conclude("Scheduled", turn.write_next(), since=due, made=due)
    status = status.model_copy(update={"active": status.active + 1, "last_run": name})
    return WorkflowPlan(status, (*ends, MakeRun(name, manifest)), wake_at=turn.next_time)


def _plan_replacement(active: list[RunSummary]) -> tuple[WorkflowAction, ...]:
    return tuple(PatchRun(run.name, run.uid, {"cancel": "Graceful"}) for run in active if not run.cancel)


def _plan_notices(old: WorkflowStatus, new: WorkflowStatus) -> tuple[Notice, ...]:
    """An Event where the schedule comes into trouble, or from one into another."""
    before, after = find_condition(old.conditions, CONDITION), find_condition(new.conditions, CONDITION)
    if after is None or after.reason not in _TROUBLES:
        return ()
    is_known = before is not None and (before.reason, before.message) == (after.reason, after.message)
    return () if is_known else (Notice("Warning", after.reason, after.message),)
