"""Owns which finished Runs go: by their age, and by how many of their Workflow there are. Must not delete them.

A Run of a schedule stays until its time is on record: else nothing would tell that it was made.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from longshore.api.workflows import WorkflowStatus
from longshore.planning.plans import DeleteRun
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.times import parse_time
from longshore.planning.workflows.reviews import ObservedWorkflow

RECORD_DELAY = timedelta(seconds=5)
"""How long until it is looked again whether a time is on record."""


def plan_surplus(seen: ObservedWorkflow) -> tuple[DeleteRun, ...]:
    """The finished Runs past the history limits that the Workflow has now, the oldest first."""
    spec = seen.review.spec
    if spec is None:
        return ()
    limits = (spec.successful_runs_history_limit, spec.failed_runs_history_limit)
    if limits == (None, None):
        return ()
    finished = sorted((run for run in seen.runs if run.is_finished and not run.is_deleted), key=_get_age)
    succeeded = [run for run in finished if run.phase == "Succeeded"]
    failed = [run for run in finished if run.phase != "Succeeded"]
    surplus = [*_find_surplus(succeeded, limits[0]), *_find_surplus(failed, limits[1])]
    return tuple(DeleteRun(run.name, run.uid) for run in surplus if is_recorded(run, seen.status))


def plan_expiry(run: RunSummary, workflow: WorkflowStatus | None, now: datetime) -> DeleteRun | datetime | None:
    """What becomes of a Run by its age: it goes, it is looked at again then, or it stays.

    `workflow` is the status of its Workflow, where that is still there.
    """
    if run.ttl is None or not run.is_finished or run.is_deleted or run.owner:
        return None
    expiry = (run.completed or run.created) + timedelta(seconds=run.ttl)
    if now < expiry:
        return expiry
    if workflow is not None and not is_recorded(run, workflow):
        return now + RECORD_DELAY
    return DeleteRun(run.name, run.uid)


def is_recorded(run: RunSummary, workflow: WorkflowStatus) -> bool:
    """Whether the Workflow's status tells of the time that the Run was made for, if it was for any."""
    if run.scheduled is None:
        return True
    last = workflow.last_schedule_time
    return last is not None and run.scheduled <= parse_time(last)


def _get_age(run: RunSummary) -> tuple[datetime, str]:
    return run.completed or run.created, run.name


def _find_surplus(oldest_first: Sequence[RunSummary], limit: int | None) -> Iterator[RunSummary]:
    """All but so many of the newest."""
    if limit is not None:
        yield from oldest_first[: max(0, len(oldest_first) - limit)]
