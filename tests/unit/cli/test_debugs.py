"""Which pods are kept to look into, and how the views say so."""

from typing import Any

import pytest
from longshore.cli.reasons.debugs import KeptPod, find_kept_pods
from longshore.cli.views.descriptions import describe_run
from longshore.cli.views.trees import build_tree
from unit.cli.samples import Object, at, paint, run, step

LATER = "2026-01-02T10:10:00Z"
COMMAND = "kubectl exec -it p -c debug -n team -- sh"


def fail(reason: str = "Error", phase: str = "Failed") -> Object:
    """A step whose container ended after a minute."""
    return step(phase, reason, attempt=1, pod="p", exitCode=2, completionTime=at("01:00"))


def show(status: Object, **graph: Any) -> Object:
    """A Run with one step and this graph."""
    return run({"phase": "Failed", "workflowSpec": graph, "steps": {status.get("path", "unit"): status}})


DEBUGGED = {"steps": [{"name": "unit", "debug": "OnFailure"}]}
SHOWN: dict[str, tuple[Object, Object, bool]] = {
    "failed": (fail(), DEBUGGED, True),
    "out of memory": (fail("OOMKilled"), DEBUGGED, True),
    "by default": (fail(), {"defaults": {"debug": "OnFailure"}, "steps": [{"name": "unit"}]}, True),
    "at the end": (fail(), {"steps": [], "finally": DEBUGGED["steps"]}, True),
    "not asked for": (fail(), {"steps": [{"name": "unit"}]}, False),
    "too late": (fail("DeadlineExceeded"), DEBUGGED, False),
    "well": (fail("Completed", "Succeeded"), DEBUGGED, False),
}


@pytest.mark.parametrize(("status", "graph", "is_kept"), SHOWN.values(), ids=SHOWN)
def test_which_are_kept(status: Object, graph: Object, is_kept: bool) -> None:  # noqa: FBT001 - a table's column
    expected = [KeptPod("unit", "p", 1260)] if is_kept else []
    assert find_kept_pods(show(status, **graph), LATER) == expected


def test_not_for_ever() -> None:
    assert find_kept_pods(show(fail(), **DEBUGGED), "2026-01-02T10:31:00Z") == []
    assert find_kept_pods(show(fail(), **DEBUGGED), "2026-01-02T10:30:59Z") == [KeptPod("unit", "p", 1)]


def test_items_of_a_fan_out() -> None:
    assert find_kept_pods(show(fail() | {"path": "unit[3]"}, **DEBUGGED), LATER) == [KeptPod("unit[3]", "p", 1260)]


def test_a_run_that_no_operator_has_seen_keeps_none() -> None:
    assert find_kept_pods(run(), LATER) == []


def test_a_tree_says_the_command() -> None:
    shown = paint(build_tree(show(fail(), **DEBUGGED), LATER, flags=" -n team"))
    assert f"  unit failed; its pod is kept: 21m more\n  next: {COMMAND}\n" in shown


def test_a_description_says_the_command() -> None:
    lines = list(describe_run(show(fail(), **DEBUGGED), LATER, " -n team"))
    assert f"    To Look Into:   {COMMAND}" in lines
