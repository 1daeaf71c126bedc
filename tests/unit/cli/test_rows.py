"""What is said of a step, in one line."""

import pytest
from longshore.cli.views.rows import build_rows, explain, list_paths
from unit.cli.samples import NOW, Object, at, failed_run, run, step


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, ""),
        (step("Succeeded", "Completed"), ""),
        (step("Pending", "Starting"), "Starting"),
        (step("Pending", "AwaitingNeeds", "waits for a"), "waits for a"),
        (step("Pending", "Backoff", "attempt 1 failed (Error): \nlast line\n"), "last line"),
        (step("Pending", "AwaitingInput", "waits for approval, 0 of 1: Go?"), "waits for approval, 0 of 1: Go?"),
        (step("Pending", "AwaitingQuota", "exceeded quota"), "AwaitingQuota: exceeded quota"),
        (step("Failed", "Error", "one\ntwo", exitCode=3), "Error (exit code 3): two"),
        (step("Failed", "DeadlineExceeded", "ran longer"), "DeadlineExceeded: ran longer"),
        (step("Skipped", "WhenFalse", "params.x"), "WhenFalse: params.x"),
        (step("Running", message="1/3 done", run="demo-a-1-f00"), "run demo-a-1-f00: 1/3 done"),
        (step("Succeeded", "Completed", run="demo-a-1-f00"), "run demo-a-1-f00"),
        (
            step("Failed", "ChildFailed", "child Run demo-a-1-f00 failed: x", run="demo-a-1-f00"),
            "ChildFailed: child Run demo-a-1-f00 failed: x",
        ),
    ],
)
def test_explain(status: Object, expected: str) -> None:
    assert explain(status) == expected


def test_paths_are_in_the_order_of_the_tree() -> None:
    assert list_paths(failed_run()) == ["build", "unit", "e2e", "docs", "release"]


def test_without_a_graph_the_steps_are_as_the_status_has_them() -> None:
    assert list_paths(run({"workflowSpec": {}, "steps": {"b": step("Running"), "a": step("Pending")}})) == [
        "b",
        "a",
    ]


@pytest.mark.parametrize(
    ("status", "time"),
    [
        (step("Pending", "Backoff", completionTime=at("01:00")), ""),
        (step("Running", startTime=at("01:30")), "30s"),
        (step("Succeeded", startTime=at("00:30"), completionTime=at("01:00")), "30s"),
    ],
    ids=["before", "running until now", "over"],
)
def test_time(status: Object, time: str) -> None:
    [row] = build_rows(run({"workflowSpec": {"steps": [{"name": "a"}]}, "steps": {"a": status}}), NOW)
    assert row.time == time
