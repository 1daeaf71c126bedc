"""All that is known of a Run, as kubectl describe would say it."""

import pytest
from longshore.cli.views.descriptions import describe_run
from unit.cli.samples import NOW, asking_run, failed_run, fanned_out_run, run

DESCRIPTION = """\
Name:           demo
Namespace:      team
Workflow:       pipeline
Phase:          Failed
Message:        step 'unit' failed (Error, exit code 1): FAILED test_x.py::test_y
Progress:       5/5
Created:        2026-01-02T10:00:00Z
Started:        2026-01-02T10:00:00Z
Completed:      2026-01-02T10:01:40Z
Duration:       100s
Params:
  revision:       main
  count:          2
Conditions:
  Failed        True    Failed: step 'unit' failed
Steps:
  build:
    Phase:          Succeeded (Completed)
    Attempt:        1
    Node:           node-1
    Exit Code:      0
    Started:        2026-01-02T10:00:01Z
    Duration:       30s
    Output wheel:   x.whl
    Output sizes:   [1, 2]
  unit:
    Phase:          Failed (Error)
    Attempt:        2 (failures before: 1 of its own)
    Pod:            demo-unit-2-abc
    Node:           node-2
    Exit Code:      1
    Started:        2026-01-02T10:00:40Z
    Duration:       12s
    Message:        collected 3 items
                    E   assert 41 == 42
                    FAILED test_x.py::test_y
  e2e:
    Phase:          Canceled (RunCanceled)
    Attempt:        1
    Started:        2026-01-02T10:00:40Z
    Duration:       60s
  docs:
    Phase:          Skipped (RunFailed)
  release:
    Phase:          Skipped (NeedFailed)
    Message:        unit
"""


def test_describe_run() -> None:
    assert "".join(f"{line}\n" for line in describe_run(failed_run(), NOW)) == DESCRIPTION


QUESTIONS = """\
Questions:
  gate:
    Text:           May gate go on?
    Quorum:         1
    Answer:         Reject: not yet (ann)
  gate.2:
    Text:           May gate go on?
    Approvers:      ann, group ops
    Quorum:         2
    To Approve:     kubectl longshore approve demo gate.2 -n team
    Answer:         Approve (ann)
"""


def test_questions_with_their_answers_and_the_command_for_an_open_one() -> None:
    lines = list(describe_run(asking_run(), NOW, " -n team"))
    assert "".join(f"{line}\n" for line in lines[lines.index("Questions:") :]) == QUESTIONS


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (3, ["  build:", "  test:", "  test[0]:", "  test[1]:", "  test[2]:"]),
        (21, ["  build:", "  test:", "    Items:          21 items: 20 Succeeded, 1 Pending"]),
    ],
)
def test_of_many_items_only_the_counts_are_told(count: int, shown: list[str]) -> None:
    lines = list(describe_run(fanned_out_run(count), NOW))
    steps = lines[lines.index("Steps:") + 1 :]
    assert [line for line in steps if "Items:" in line or not line.startswith("   ")] == shown


def test_a_run_that_no_operator_has_seen() -> None:
    assert list(describe_run(run(), NOW)) == [
        "Name:           demo",
        "Namespace:      team",
        "Workflow:       pipeline",
        "Phase:          not seen by an operator yet",
        "Created:        2026-01-02T10:00:00Z",
    ]


def test_a_run_of_another_controller() -> None:
    foreign = run(workflowRef={"name": "w"}, managedBy="example.com/me", queueName="team", priority=5)
    assert list(describe_run(foreign, NOW))[2:-1] == [
        "Workflow:       w",
        "Managed By:     example.com/me",
        "Queue:          team",
        "Priority:       5",
        "Phase:          left to example.com/me",
    ]


def test_tests_are_counted() -> None:
    steps = {"unit": {"phase": "Failed", "attempt": 1, "tests": {"passed": 41, "failed": 1, "skipped": 0}}}
    lines = list(describe_run(run({"phase": "Failed", "steps": steps}), NOW))
    assert "    Tests:          41 passed, 1 failed, 0 skipped" in lines


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, f"{'x' * 1000}… (1001 characters in all)"),
        (["y" * 1000], f'["{"y" * 998}… (1004 characters in all)'),
    ],
)
def test_a_long_value_is_cut(value: object, shown: str) -> None:
    lines = list(describe_run(run({"phase": "Succeeded", "params": {"big": value}}), NOW))
    assert f"  big:            {shown}" in lines
