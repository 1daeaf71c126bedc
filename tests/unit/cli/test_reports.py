"""What is said of a Run that has ended; of a failed one the step, why, the end of its log, what to type next."""

import pytest
from longshore.cli.views.reports import build_report, find_failures
from unit.cli.samples import NOW, Object, at, failed_run, paint, run, step

FAILED = """\
✘ demo failed after 100s

  step unit failed: Error, exit code 1  (attempt 2 on node-2 after 12s)
  │ collected 3 items
  │ E   assert 41 == 42
  │ FAILED test_x.py::test_y

  next: kubectl longshore logs demo unit -n team
"""
SUCCEEDED = """\
✔ demo succeeded after 60s
  wheel: x.whl
  sizes: [1, 2]
"""
CANCELED = """\
⊘ demo was canceled after 60s
  canceled by spec.cancel: Graceful
"""


def ended(phase: str, **status: object) -> Object:
    """A Run that took a minute."""
    return run({"phase": phase, "startTime": at("00:00"), "completionTime": at("01:00"), **status})


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (failed_run(), FAILED),
        (ended("Succeeded", outputs={"wheel": "x.whl", "sizes": [1, 2]}), SUCCEEDED),
        (ended("Canceled", message="canceled by spec.cancel: Graceful"), CANCELED),
    ],
    ids=["failed", "succeeded", "canceled"],
)
def test_build_report(shown: Object, expected: str) -> None:
    assert paint(*build_report(shown, NOW, " -n team")) == expected


def test_a_run_that_was_refused_says_why() -> None:
    refused = run({"phase": "Failed", "message": "spec.params.x: is required"})
    lines = paint(*build_report(refused, NOW)).splitlines()
    assert lines == [
        "✘ demo failed",
        "  spec.params.x: is required",
        "",
        "  next: kubectl longshore describe demo",
    ]


def test_the_log_is_told_in_place_of_the_message() -> None:
    shown = paint(*build_report(failed_run(), NOW, logs={"unit": ["from the log", "[not markup]"]}))
    assert "  │ from the log\n  │ [not markup]\n" in shown
    assert "assert 41 == 42" not in shown


def test_of_many_failures_the_first_are_told() -> None:
    steps = {f"s{n}": step("Failed", "Error", completionTime=at(f"00:0{9 - n}")) for n in range(5)}
    run_ = ended("Failed", steps=steps)
    assert [failure.path for failure in find_failures(run_)] == ["s4", "s3", "s2", "s1", "s0"]
    shown = paint(*build_report(run_, NOW))
    assert "step s4 failed" in shown
    assert "step s1 failed" not in shown
    assert "and 2 more steps failed" in shown


def test_of_a_fan_out_the_items_failed() -> None:
    steps = {"a": step("Failed", "ItemsFailed", "1 of 2 items failed"), "a[1]": step("Failed", "Error", pod="p")}
    run_ = ended("Failed", steps=steps)
    assert [failure.path for failure in find_failures(run_)] == ["a[1]"]
    assert paint(*build_report(run_, NOW)).splitlines()[-1] == "  next: kubectl longshore logs demo 'a[1]'"


@pytest.mark.parametrize(
    ("failure", "command"),
    [
        (step("Failed", "Error", pod="p"), "kubectl longshore logs demo a -n team"),
        (step("Failed", "ChildFailed", run="demo-a-1-f00"), "kubectl longshore tree demo-a-1-f00 -n team"),
        (step("Failed", "SourceFailed", pod="p"), "kubectl longshore logs demo a -c checkout -n team"),
        (step("Failed", "ImagePullFailed", pod="p"), "kubectl describe pod p -n team"),
        (step("Failed", "PodRejected"), "kubectl longshore describe demo -n team"),
    ],
)
def test_next_command(failure: Object, command: str) -> None:
    shown = paint(*build_report(ended("Failed", steps={"a": failure}), NOW, " -n team"))
    assert shown.splitlines()[-1] == f"  next: {command}"
