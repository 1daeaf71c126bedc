"""Why steps wait and a Run failed, as it is painted."""

import pytest
from longshore.cli.reasons.explanations import (
    explain_waits,
    list_consequences,
)
from longshore.cli.views.explanations import build_cause, build_consequences, build_step, build_waits
from longshore.cli.views.reports import find_failures
from longshore.cli.views.trees import build_header
from unit.cli.samples import NOW, failed_run, paint, question, run, step
from unit.cli.scenes import FLAGS, GATED, UNSCHEDULABLE, WAITS, scene


def test_on_a_terminal() -> None:
    items = {f"test[{number}]": step("Pending", "Unschedulable", UNSCHEDULABLE, pod="p") for number in range(3)}
    steps = {"gate": {}, "test": {"forEach": {"items": "[1, 2, 3]"}}, "ship": {"needs": ["gate", "test"]}}
    asked = {"gate": question("gate", approvers=[{"group": "releases"}, {"user": "ann@example.org"}])}
    shown = scene(steps, {"gate": GATED, "test": {"phase": "Pending"}, **items, "ship": WAITS}, questions=asked)
    painted = paint(build_waits(build_header(shown.run, NOW), explain_waits(shown), []))
    assert (
        painted
        == """\
● demo  Running  2m  pipeline

STEP        REASON         BLOCKER
gate        AwaitingInput  approval by group releases or ann@example.org, 0 of 1
test[0] +2  Unschedulable  0/1 nodes: 1 Insufficient cpu
ship        AwaitingNeeds  gate: approval by group releases or ann@example.org,
                           0 of 1

  next, gate: kubectl longshore approve demo gate -n team
  next, test[0]: kubectl describe pod p -n team
"""
    )


@pytest.mark.parametrize(
    ("running", "line"),
    [([], "  nothing waits"), (["a"], "  nothing waits; a runs"), (["a", "b"], "  nothing waits; a, b run")],
)
def test_nothing_waits(running: list[str], line: str) -> None:
    assert paint(build_waits(build_header(run({"phase": "Running"}), NOW), [], running)).splitlines()[1] == line


def test_the_first_cause_on_a_terminal() -> None:
    failed = failed_run()
    consequences = list(list_consequences(failed, ["build", "unit", "e2e", "docs", "release"]))
    painted = paint(
        build_cause(failed, NOW, find_failures(failed)[0], ["assert 41 == 42"], FLAGS),
        "",
        build_consequences(consequences),
    )
    assert (
        painted
        == """\
✘ demo failed after 100s

  step unit failed: Error, exit code 1  (attempt 2 on node-2 after 12s)
  │ assert 41 == 42

  next: kubectl longshore logs demo unit -n team

STEP     PHASE     BECAUSE
e2e      Canceled  the Run was canceled
docs     Skipped   the Run had failed
release  Skipped   needs unit
"""
    )


def test_a_failure_without_a_step() -> None:
    refused = run({"phase": "Failed", "message": "spec.params.x: is required"})
    assert (
        paint(build_cause(refused, NOW, None, [], ""))
        == """\
✘ demo failed
  spec.params.x: is required

  next: kubectl longshore describe demo
"""
    )


def test_a_step_that_does_not_wait() -> None:
    assert paint(build_step("docs", step("Skipped", "WhenFalse", "params.docs"))) == (
        "docs  Skipped  WhenFalse: params.docs\n"
    )
