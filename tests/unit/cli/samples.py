"""Runs as the API server has them, made up for the tests of the plugin."""

from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

Object = dict[str, Any]

NOW = "2026-01-02T10:02:00Z"
DIAMOND = {
    "steps": [
        {"name": "build"},
        {"name": "unit", "needs": ["build"]},
        {"name": "e2e", "needs": ["build"]},
        {"name": "docs", "needs": ["e2e"]},
        {"name": "release", "needs": ["unit", "docs"]},
    ]
}


def run(status: Object | None = None, **spec: Any) -> Object:
    """A Run named `demo` of the diamond, or with the spec that is given."""
    return {
        "apiVersion": "longshore.dev/v1alpha1",
        "kind": "Run",
        "metadata": {
            "name": "demo",
            "namespace": "team",
            "uid": "u-1",
            "creationTimestamp": "2026-01-02T10:00:00Z",
            "resourceVersion": "7",
        },
        "spec": spec or {"workflowRef": {"name": "pipeline"}},
        "status": {"workflowSpec": DIAMOND, **status} if status else {},
    }


def step(phase: str, reason: str = "", message: str = "", **others: Any) -> Object:
    """A step's status; what is empty is absent, as from the API server."""
    return {"phase": phase} | {
        name: value for name, value in {"reason": reason, "message": message, **others}.items() if value
    }


def done(start: str, end: str, node: str = "node-1") -> Object:
    """A step that succeeded between two times of the minute after ten."""
    return {"exitCode": 0} | step(
        "Succeeded", "Completed", attempt=1, node=node, startTime=at(start), completionTime=at(end)
    )


def at(time: str) -> str:
    """Minutes and seconds after ten, as RFC 3339."""
    return f"2026-01-02T10:{time}Z"


def failed_run() -> Object:
    """A Run whose tests failed in their second attempt."""
    unit = step(
        "Failed", "Error", "collected 3 items\nE   assert 41 == 42\nFAILED test_x.py::test_y",
        attempt=2, retries=1, node="node-2", pod="demo-unit-2-abc", exitCode=1,
        startTime=at("00:40"), completionTime=at("00:52"),
    )  # fmt: skip
    return run({
        "phase": "Failed",
        "progress": "5/5",
        "startTime": at("00:00"),
        "completionTime": at("01:40"),
        "message": "step 'unit' failed (Error, exit code 1): FAILED test_x.py::test_y",
        "params": {"revision": "main", "count": 2},
        "conditions": [{"type": "Failed", "status": "True", "reason": "Failed", "message": "step 'unit' failed"}],
        "steps": {
            "build": {**done("00:01", "00:31"), "outputs": {"wheel": "x.whl", "sizes": [1, 2]}},
            "docs": step("Skipped", "RunFailed"),
            "e2e": step("Canceled", "RunCanceled", attempt=1, startTime=at("00:40"), completionTime=at("01:40")),
            "release": step("Skipped", "NeedFailed", "unit"),
            "unit": unit,
        },
    })  # fmt: skip


def question(path: str, **others: Any) -> Object:
    """A question of a step, as the status has it."""
    options = {"options": ["Approve", "Reject"], "quorum": 1, "exceptCreator": False}
    return {"step": path, "text": f"May {path} go on?", "approvers": [], **options, **others}


def asking_run() -> Object:
    """A Run whose gate was rejected, and now asks again."""
    gate = step("Pending", "AwaitingInput", "waits for approval, 1 of 2: May gate go on?", attempt=2, retries=1)
    approvers = [{"user": "ann"}, {"group": "ops"}]
    asking = run({
        "phase": "Running",
        "progress": "1/2",
        "startTime": at("00:00"),
        "workflowSpec": {"steps": [{"name": "build"}, {"name": "gate", "needs": ["build"]}]},
        "steps": {"build": done("00:01", "00:31"), "gate": gate},
        "questions": {"gate": question("gate"), "gate.2": question("gate", quorum=2, approvers=approvers)},
    })  # fmt: skip
    asking["spec"]["answers"] = {"gate": {"ann": "Reject: not yet"}, "gate.2": {"ann": "Approve"}}
    return asking


def fanned_out_run(count: int) -> Object:
    """A Run with a fan-out of so many items, of which the last still waits."""
    items = {f"test[{number}]": done("00:40", "00:50", "node-2") for number in range(count - 1)}
    test = step("Running", message=f"{count - 1} of {count} items done", startTime=at("00:40"))
    return run({
        "phase": "Running",
        "progress": f"{count}/{count + 1}",
        "startTime": at("00:00"),
        "workflowSpec": {"steps": [{"name": "build"}, {"name": "test", "needs": ["build"]}]},
        "steps": {
            "build": done("00:01", "00:31"),
            "test": test,
            **items,
            f"test[{count - 1}]": step("Pending", "AwaitingSlot", "waits for a place", attempt=1),
        },
    })  # fmt: skip


def paint(*shown: RenderableType, width: int = 80) -> str:
    """What a terminal of this width would show, without colours and blanks at line ends."""
    console = Console(file=StringIO(), width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        for renderable in shown:
            console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
