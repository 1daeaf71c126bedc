"""What a schedule does at a moment: it makes the Run that is due, waits, or says why not."""

from datetime import datetime
from typing import Any

import pytest
from longshore.api.objects import Metadata
from longshore.api.workflows import WorkflowStatus
from longshore.planning.conditions import find_condition
from longshore.planning.observations import Refusal
from longshore.planning.plans import MakeRun, WorkflowPlan
from longshore.planning.runs.summaries import RunSummary, summarize_run
from longshore.planning.times import write_time
from longshore.planning.workflows.reviews import ObservedWorkflow, review_workflow
from longshore.planning.workflows.workflows import plan_workflow
from support.planning.runs import NOW, after, step, workflow
from support.planning.schedules import build_scheduled_summary, name_run

MINUTE, HOUR = 60, 3600


def observe(spec: dict[str, Any], status: WorkflowStatus | None = None, **fields: Any) -> ObservedWorkflow:
    """A Workflow that was made at NOW, a full hour."""
    metadata = Metadata(name="nightly", namespace="ci", uid="w", generation=2, creation_timestamp=write_time(NOW))
    return ObservedWorkflow(metadata, status or WorkflowStatus(), review_workflow({"spec": spec}), **fields)


def scheduled(cron: str = "0 * * * *", **fields: Any) -> dict[str, Any]:
    return workflow(schedule={"cron": cron, **fields})


def plan(at: datetime, spec: dict[str, Any], status: WorkflowStatus | None = None, **fields: Any) -> WorkflowPlan:
    return plan_workflow(observe(spec, status, **fields), at)


def tell(made: WorkflowPlan) -> tuple[str, str, str]:
    condition = find_condition(made.status.conditions, "Scheduled")
    assert condition is not None
    return condition.status, condition.reason, condition.message


def makes(made: WorkflowPlan) -> list[str]:
    return [action.name for action in made.actions if isinstance(action, MakeRun)]


def since(made: WorkflowPlan) -> str:
    assert made.status.schedule is not None
    return made.status.schedule.since


def test_before_its_time_it_waits() -> None:
    found = plan(after(MINUTE), scheduled(timeZone="Europe/Berlin"))
    assert (found.actions, found.notices, found.wake_at) == ((), (), after(HOUR))
    assert tell(found) == ("True", "Scheduled", "the next Run comes at 2025-06-01T15:00:00+02:00")


def test_a_time_that_has_come_makes_a_run() -> None:
    found = plan(after(HOUR), scheduled())
    (action,) = found.actions
    assert isinstance(action, MakeRun)
    assert action.manifest == {
        "apiVersion": "longshore.dev/v1alpha1",
        "kind": "Run",
        "metadata": {
            "name": "nightly-29146380",
            "namespace": "ci",
            "labels": {
                "app.kubernetes.io/managed-by": "longshore",
                "longshore.dev/workflow": "nightly",
                "longshore.dev/origin": "schedule",
            },
            "annotations": {"longshore.dev/scheduled-time": "2025-06-01T13:00:00+00:00"},
        },
        "spec": {"workflowRef": {"name": "nightly"}},
    }
    assert (found.status.active, found.status.last_run) == (1, "nightly-29146380")
    assert found.status.last_schedule_time == since(found) == "2025-06-01T13:00:00Z"
    assert found.wake_at == after(2 * HOUR)
    assert found.notices == ()


def test_a_run_is_made_once() -> None:
    first = plan(after(HOUR), scheduled())
    assert plan(after(HOUR + 1), scheduled(), first.status).actions == ()


def test_a_run_that_is_seen_counts_as_made_whatever_the_status_says() -> None:
    found = plan(after(HOUR + 1), scheduled(), runs=[build_scheduled_summary(after(HOUR))])
    assert found.actions == ()
    assert found.status.last_schedule_time == since(found) == "2025-06-01T13:00:00Z"


@pytest.mark.parametrize("hours", [2, 48, 24 * 365 * 10])
def test_of_all_that_was_missed_the_latest_is_made_up_for(hours: int) -> None:
    found = plan(after(hours * HOUR + MINUTE), scheduled())
    assert makes(found) == [name_run(after(hours * HOUR))]


@pytest.mark.parametrize(
    ("deadline", "late", "is_made"),
    [(100, 99, True), (100, 100.9, True), (100, 101, False), (0, 0.5, True), (0, 1, False), (None, 3500, True)],
)
def test_the_starting_deadline(deadline: int | None, late: float, *, is_made: bool) -> None:
    fields: dict[str, Any] = {} if deadline is None else {"startingDeadlineSeconds": deadline}
    found = plan(after(HOUR + late), scheduled(**fields))
    assert bool(makes(found)) is is_made
    assert since(found) == "2025-06-01T13:00:00Z"
    assert [notice.reason for notice in found.notices] == ([] if is_made else ["MissedSchedule"])


def test_what_came_too_late_is_told_once_and_the_next_one_comes() -> None:
    found = plan(after(HOUR + 60), scheduled(startingDeadlineSeconds=10))
    assert found.notices[0].message == (
        "the Run of 2025-06-01T13:00:00+00:00 was missed by more than startingDeadlineSeconds, and so is not made"
        " up for"
    )
    assert found.status.last_schedule_time is None
    again = plan(after(HOUR + 70), scheduled(startingDeadlineSeconds=10), found.status)
    assert (again.status, again.notices, again.actions) == (found.status, (), ())
    assert makes(plan(after(2 * HOUR), scheduled(startingDeadlineSeconds=10), again.status))


@pytest.mark.parametrize(
    "change", [{"cron": "*/5 * * * *"}, {"timeZone": "Asia/Tokyo"}], ids=["other times", "another zone"]
)
def test_a_schedule_that_changes_counts_from_then_on(change: dict[str, Any]) -> None:
    first = plan(after(10), scheduled("30 10 * * *"))
    spec = scheduled(**{"cron": "30 10 * * *", **change})
    changed = plan(after(20 * HOUR), spec, first.status)
    assert changed.actions == ()
    assert since(changed) == write_time(after(20 * HOUR))


def test_a_schedule_that_comes_to_an_old_workflow_counts_from_then_on() -> None:
    first = plan(after(10), workflow())
    assert (first.status.schedule, find_condition(first.status.conditions, "Scheduled")) == (None, None)
    assert plan(after(24 * HOUR + 10), scheduled("@daily"), first.status).actions == ()


def test_a_schedule_that_goes_leaves_nothing_but_when_it_last_came() -> None:
    first = plan(after(HOUR), scheduled())
    gone = plan(after(3 * HOUR), workflow(), first.status)
    assert (gone.actions, gone.wake_at, gone.status.schedule) == ((), None, None)
    assert [condition.type for condition in gone.status.conditions] == ["Accepted"]
    assert gone.status.last_schedule_time == "2025-06-01T13:00:00Z"


def test_a_suspended_workflow_makes_no_runs_and_then_the_latest_that_it_missed() -> None:
    spec = scheduled()
    held = plan(after(3 * HOUR), {**spec, "suspend": True})
    assert (held.actions, held.wake_at) == ((), None)
    assert tell(held) == ("False", "Suspended", "spec.suspend is true; what runs goes on")
    assert makes(plan(after(3 * HOUR + 5), spec, held.status)) == [name_run(after(3 * HOUR))]


def test_a_workflow_that_is_not_accepted_makes_no_runs() -> None:
    spec = workflow(step(needs=["x"]), schedule={"cron": "0 * * * *"})
    found = plan(after(HOUR), spec)
    assert (found.actions, found.wake_at) == ((), None)
    message = "no Run is made before the Workflow is accepted: see condition Accepted"
    assert tell(found) == ("False", "NotAccepted", message)


def test_a_schedule_that_can_not_be_is_a_finding() -> None:
    found = plan(after(HOUR), scheduled("0 0 30 2 *"))
    accepted = find_condition(found.status.conditions, "Accepted")
    assert accepted is not None
    assert (accepted.status, accepted.reason) == ("False", "InvalidSchedule")
    assert accepted.message.startswith("spec.schedule.cron: '0 0 30 2 *' is no cron expression")
    assert tell(found)[1] == "NotAccepted"


def test_a_spec_that_can_not_be_read_changes_nothing_of_the_schedule() -> None:
    first = plan(after(HOUR), scheduled())
    unreadable = plan(after(2 * HOUR), {"steps": []}, first.status)
    assert unreadable.actions == ()
    assert unreadable.status.schedule == first.status.schedule


RUNNING = build_scheduled_summary(after(HOUR))


def test_allow_makes_the_next_beside_it() -> None:
    found = plan(after(2 * HOUR), scheduled(), runs=[RUNNING])
    assert makes(found) == [name_run(after(2 * HOUR))]
    assert found.status.active == 2


def test_forbid_waits_for_the_end_and_tells_once() -> None:
    spec = scheduled(concurrencyPolicy="Forbid")
    waits = plan(after(2 * HOUR), spec, runs=[RUNNING])
    assert (makes(waits), waits.wake_at) == ([], after(3 * HOUR))
    message = f"waits for the end of {RUNNING.name}, as concurrencyPolicy is Forbid"
    assert tell(waits) == ("False", "RunActive", message)
    assert [(notice.type, notice.reason, notice.message) for notice in waits.notices] == [
        ("Warning", "RunActive", message)
    ]
    again = plan(after(3 * HOUR), spec, waits.status, runs=[RUNNING])
    assert (again.status, again.notices) == (waits.status, ())
    ended = build_scheduled_summary(after(HOUR), phase="Succeeded")
    assert makes(plan(after(3 * HOUR + 9), spec, again.status, runs=[ended])) == [name_run(after(3 * HOUR))]


def test_forbid_waits_no_longer_than_the_deadline() -> None:
    spec = scheduled(concurrencyPolicy="Forbid", startingDeadlineSeconds=60)
    ended = build_scheduled_summary(after(HOUR), phase="Failed")
    assert makes(plan(after(2 * HOUR + 61), spec, runs=[ended])) == []


def test_replace_cancels_what_runs_and_then_makes_the_next() -> None:
    canceled = build_scheduled_summary(after(HOUR / 2), cancel="Graceful")
    ended = build_scheduled_summary(NOW, phase="Failed")
    runs = [RUNNING, canceled, ended]
    found = plan(after(2 * HOUR), scheduled(concurrencyPolicy="Replace"), runs=runs)
    assert [(type(action).__name__, action.name) for action in found.actions] == [
        ("PatchRun", RUNNING.name),
        ("MakeRun", name_run(after(2 * HOUR))),
    ]


@pytest.mark.parametrize("policy", ["Forbid", "Replace"])
def test_runs_that_people_make_are_left_alone(policy: str) -> None:
    by_hand = RunSummary("ci", "by-hand", "uid-of-by-hand", "Running", NOW, workflow="nightly")
    found = plan(after(HOUR), scheduled(concurrencyPolicy=policy), runs=[by_hand])
    assert [type(action).__name__ for action in found.actions] == ["MakeRun"]


@pytest.mark.parametrize(("kind", "reason"), [("NameConflict", "NameConflict"), ("Rejected", "RunRejected")])
def test_a_run_that_is_refused_is_told_and_tried_again(kind: Any, reason: str) -> None:
    refusals = {name_run(after(HOUR)): Refusal(kind, "no room", after(HOUR + 30))}
    found = plan(after(HOUR), scheduled(), refusals=refusals)
    assert (found.actions, found.wake_at) == ((), after(HOUR + 30))
    assert tell(found) == ("False", reason, "no room")
    assert [notice.reason for notice in found.notices] == [reason]
    assert plan(after(HOUR + 1), scheduled(), found.status, refusals=refusals).notices == ()
    assert makes(plan(after(HOUR + 30), scheduled(), found.status, refusals=refusals))
    assert makes(plan(after(2 * HOUR), scheduled(), found.status, refusals=refusals)) == [
        name_run(after(2 * HOUR))
    ]


def test_a_workflow_that_is_being_deleted_makes_no_runs() -> None:
    seen = observe(scheduled())
    metadata = seen.metadata.model_copy(update={"deletion_timestamp": write_time(after(HOUR))})
    assert plan_workflow(ObservedWorkflow(metadata, seen.status, seen.review), after(HOUR)).actions == ()


@pytest.mark.parametrize(
    ("name", "annotation"),
    [
        ("nightly-29146380", "2025-06-01T13:00:00"),
        ("nightly-29146380", "2025-06-01T14:00:00+00:00"),
        ("nightly-29146380", "soon"),
        ("other-29146380", "2025-06-01T13:00:00+00:00"),
        ("nightly-29146380", None),
    ],
)
def test_whose_name_and_time_do_not_fit_is_of_no_schedule(name: str, annotation: str | None) -> None:
    metadata: dict[str, Any] = {"name": name, "namespace": "ci", "uid": "u"}
    metadata["creationTimestamp"] = write_time(NOW)
    if annotation:
        metadata["annotations"] = {"longshore.dev/scheduled-time": annotation}
    raw = {"metadata": metadata, "spec": {"workflowRef": {"name": "nightly"}}}
    assert summarize_run(raw).scheduled is None


def test_names_of_long_workflows_differ() -> None:
    first, second = "a" * 62 + "b", "a" * 62 + "c"
    names = {name_run(NOW, first), name_run(NOW, second), name_run(after(60), first)}
    assert len(names) == 3
    assert max(map(len, names)) == 63
