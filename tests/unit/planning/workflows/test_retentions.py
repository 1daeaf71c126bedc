"""Which finished Runs go: by their age, and by how many there are."""

from datetime import datetime
from typing import Any

import pytest
from longshore.api.objects import Metadata
from longshore.api.workflows import WorkflowStatus
from longshore.planning.plans import DeleteRun
from longshore.planning.runs.summaries import RunSummary, summarize_run
from longshore.planning.times import write_time
from longshore.planning.workflows.retentions import RECORD_DELAY, plan_expiry, plan_surplus
from longshore.planning.workflows.reviews import ObservedWorkflow, review_workflow
from longshore.planning.workflows.workflows import MAX_DELETES, plan_workflow
from support.planning.runs import NOW, after, workflow
from support.planning.schedules import build_scheduled_summary

ENDS = {"S": "Succeeded", "F": "Failed", "C": "Canceled", "R": "Running"}


def build_runs(letters: str) -> list[RunSummary]:
    """A Run for each letter, each ended a second after the one before it."""
    return [
        RunSummary("ci", f"{letter}{index}", f"u{index}", ENDS[letter], NOW, "flow", completed=after(index))
        for index, letter in enumerate(letters)
    ]


def observe(runs: list[RunSummary], status: WorkflowStatus | None = None, **limits: Any) -> ObservedWorkflow:
    metadata = Metadata(name="flow", namespace="ci", creation_timestamp=write_time(NOW))
    review = review_workflow({"spec": workflow(**limits)})
    return ObservedWorkflow(metadata, status or WorkflowStatus(), review, runs)


@pytest.mark.parametrize(
    ("letters", "succeeded", "failed", "gone"),
    [
        ("SSSS", None, None, []),
        ("SSSS", 2, None, ["S0", "S1"]),
        ("SSSS", 0, None, ["S0", "S1", "S2", "S3"]),
        ("SSSS", 9, 0, []),
        ("SFCSRF", 1, 1, ["S0", "F1", "C2"]),
        ("SFCSRF", None, 2, ["F1"]),
        ("RRRR", 0, 0, []),
    ],
)
def test_history_limits(letters: str, succeeded: int | None, failed: int | None, gone: list[str]) -> None:
    limits = {"successfulRunsHistoryLimit": succeeded, "failedRunsHistoryLimit": failed}
    given: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    runs = list(reversed(build_runs(letters)))
    assert [action.name for action in plan_surplus(observe(runs, **given))] == gone


def test_what_is_being_deleted_does_not_count() -> None:
    going = RunSummary("ci", "going", "u", "Succeeded", NOW, "flow", completed=after(99), is_deleted=True)
    assert plan_surplus(observe([*build_runs("S"), going], successfulRunsHistoryLimit=1)) == ()


def test_a_scheduled_run_stays_until_its_time_is_on_record() -> None:
    runs = [build_scheduled_summary(after(60 * minute), "Succeeded") for minute in (0, 1)]
    recorded = WorkflowStatus(last_schedule_time=write_time(NOW))
    surplus = plan_surplus(observe(runs, recorded, successfulRunsHistoryLimit=0))
    assert [action.name for action in surplus] == [runs[0].name]


def test_of_very_many_some_go_at_a_time() -> None:
    seen = observe(build_runs("S" * (MAX_DELETES + 1)), successfulRunsHistoryLimit=0)
    first = plan_workflow(seen, after(100))
    assert (len(first.actions), first.wake_at) == (MAX_DELETES, after(101))
    last = plan_workflow(observe(build_runs("S" * MAX_DELETES), successfulRunsHistoryLimit=0), after(100))
    assert (len(last.actions), last.wake_at) == (MAX_DELETES, None)


def expire(now: datetime, workflow_status: WorkflowStatus | None = None, **fields: Any) -> Any:
    given = {"phase": "Succeeded", "completed": after(60), "ttl": 30, **fields}
    return plan_expiry(RunSummary("ci", "run", "u", created=NOW, workflow="flow", **given), workflow_status, now)


@pytest.mark.parametrize(
    ("seconds", "fields", "outcome"),
    [
        (89, {}, after(90)),
        (90, {}, DeleteRun("run", "u")),
        (60, {"ttl": 0}, DeleteRun("run", "u")),
        (9e9, {"ttl": None}, None),
        (900, {"phase": "Running"}, None),
        (900, {"owner": "parent"}, None),
        (900, {"is_deleted": True}, None),
        (30, {"completed": None}, DeleteRun("run", "u")),
    ],
)
def test_a_run_goes_so_long_after_its_end(seconds: float, fields: dict[str, Any], outcome: Any) -> None:
    assert expire(after(seconds), **fields) == outcome


def test_a_run_of_a_schedule_goes_once_its_time_is_on_record_or_its_workflow_gone() -> None:
    unrecorded, recorded = WorkflowStatus(), WorkflowStatus(last_schedule_time=write_time(NOW))
    assert expire(after(99), unrecorded, scheduled=NOW) == after(99) + RECORD_DELAY
    assert expire(after(99), recorded, scheduled=NOW) == expire(after(99), None, scheduled=NOW)
    assert expire(after(99), recorded, scheduled=NOW) == DeleteRun("run", "u")


@pytest.mark.parametrize(
    ("spec", "status", "ttl"),
    [
        ({}, {"workflowSpec": {"ttlSecondsAfterFinished": 5}}, 5),
        ({"workflowSpec": {"ttlSecondsAfterFinished": 9}}, {"workflowSpec": {"ttlSecondsAfterFinished": 5}}, 5),
        ({"workflowSpec": {"ttlSecondsAfterFinished": 9}}, {}, 9),
        ({"workflowRef": {"name": "flow"}}, {}, None),
        ({}, {"workflowSpec": {}}, None),
    ],
)
def test_how_long_it_is_kept_is_said_by_the_graph_that_it_ran(
    spec: dict[str, Any], status: dict[str, Any], ttl: int | None
) -> None:
    metadata = {"name": "run", "namespace": "ci", "uid": "u", "creationTimestamp": write_time(NOW)}
    assert summarize_run({"metadata": metadata, "spec": spec, "status": status}).ttl == ttl
