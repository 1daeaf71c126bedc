"""What all steps together mean for the Run: its phase, message, progress, conditions, outputs, Events."""

from typing import Any

import pytest
from longshore.planning.runs.conclusions import plan_notices
from support.planning.runs import params, step, workflow
from support.planning.simulations import Simulation

CONTINUE = {"onError": "Continue"}


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, **fields))
    simulation.settle()
    return simulation


def conditions(simulation: Simulation) -> dict[str, tuple[str, str, str]]:
    return {
        condition.type: (condition.status, condition.reason, condition.message)
        for condition in simulation.run.status.conditions
    }


def test_success() -> None:
    simulation = simulate(step("a"), step("b", needs="a"))
    assert (simulation.phase, simulation.run.status.progress) == ("Running", "0/2")
    simulation.now = simulation.now.replace(minute=3)
    simulation.end("a")
    assert simulation.run.status.progress == "1/2"
    simulation.end("b")
    status = simulation.run.status
    assert (status.phase, status.progress, status.message, status.duration) == ("Succeeded", "2/2", None, "3m")
    assert conditions(simulation) == {
        "Accepted": ("True", "Accepted", ""),
        "Admitted": ("True", "Admitted", ""),
        "Complete": ("True", "Succeeded", ""),
        "Finished": ("True", "Succeeded", ""),
    }


def test_failure() -> None:
    simulation = simulate(step("a"))
    simulation.end("a", 3, "compiling\n\nmain.c:1: error: expected ';'\n")
    said = "step 'a' failed (Error, exit code 3): main.c:1: error: expected ';'"
    assert (simulation.phase, simulation.run.status.message) == ("Failed", said)
    assert conditions(simulation) == {
        "Accepted": ("True", "Accepted", ""),
        "Admitted": ("True", "Admitted", ""),
        "Failed": ("True", "Failed", said),
        "Finished": ("True", "Failed", said),
    }


def test_cancel() -> None:
    simulation = simulate(step("a"), step("b", needs="a")).start("a").cancel("Graceful")
    simulation.pod("a").end(simulation.now, 143).fail("DeadlineExceeded")
    simulation.settle()
    said = "canceled by spec.cancel: Graceful"
    assert (simulation.phase, simulation.run.status.message) == ("Canceled", said)
    assert conditions(simulation) == {
        "Accepted": ("True", "Accepted", ""),
        "Admitted": ("True", "Admitted", ""),
        "Finished": ("True", "Canceled", said),
    }


def test_a_failure_that_may_be_is_told_while_the_run_goes_on_but_not_at_its_end() -> None:
    simulation = simulate(step("a", **CONTINUE), step("b"))
    simulation.end("a", 1, "flaky")
    assert simulation.run.status.message == "step 'a' failed (Error, exit code 1): flaky"
    simulation.end("b")
    assert simulation.phase == "Succeeded"
    assert simulation.run.status.message is None


TROUBLES = {
    "no room": (
        lambda pod: pod.set_condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available"),
        "step 'a' waits (Unschedulable): 0/3 nodes are available",
    ),
    "no image yet": (
        lambda pod: pod.schedule().wait("ErrImagePull", "i/o timeout"),
        "step 'a' waits (ImagePullBackOff): container step: ErrImagePull: i/o timeout",
    ),
    "no Secret": (
        lambda pod: pod.schedule().wait("CreateContainerConfigError", 'secret "x" not found'),
        "step 'a' waits (ConfigMissing): container step: CreateContainerConfigError: secret \"x\" not found",
    ),
    "on its way": (lambda pod: pod.schedule(), None),
}


@pytest.mark.parametrize(("history", "message"), TROUBLES.values(), ids=TROUBLES)
def test_troubles_are_told(history: Any, message: str | None) -> None:
    simulation = simulate(step("a"), step("b", needs="a"))
    history(simulation.pod("a"))
    simulation.settle()
    assert simulation.run.status.message == message


def test_a_retry_is_a_trouble() -> None:
    simulation = simulate(step("a", retry={"limit": 1}))
    simulation.end("a", 2, "no route to host")
    assert simulation.run.status.message == (
        "step 'a' waits (Backoff): attempt 1 failed (Error, exit code 2): no route to host"
    )


def run_output(value: str, declared: Any = None, message: str = "", **fields: Any) -> Simulation:
    graph = workflow(
        step("a", outputs=declared or []),
        step("skipped", when="false", outputs=["x"]),
        outputs=[{"name": "result", "value": value}],
        params=params(n={"type": "Integer", "default": 2}, big={"default": "x" * 70_000}, none="String"),
    )
    simulation = Simulation(graph, **fields)
    simulation.settle()
    return simulation.end("a", 0, message)


OUTPUTS: dict[str, tuple[str, Any]] = {
    "a param": ("params.n + 1", 3),
    "an output": ("steps.a.outputs.x", "1"),
    "a phase": ("steps.skipped.phase", "Skipped"),
    "the Run's name": ("run.name", "nightly"),
    "a list": ("[params.n, 2.5, true, 'x']", [2, 2.5, True, "x"]),
    "an object": ("{'n': params.n}", {"n": 2}),
    "keys that are no words": ("{1: 'a', 2: 'b'}", {"1": "a", "2": "b"}),
    "a duration": ("duration('90s')", "0:01:30"),
    "bytes": ("b'abc'", "b'abc'"),
    "what a param without a value is": ("params.none == null", True),
}


@pytest.mark.parametrize(("value", "expected"), OUTPUTS.values(), ids=OUTPUTS)
def test_outputs_of_the_run(value: str, expected: Any) -> None:
    simulation = run_output(value, ["x"], "x=1")
    assert (simulation.phase, simulation.run.status.message) == ("Succeeded", None)
    assert simulation.run.status.outputs == {"result": expected}


BAD_OUTPUTS = {
    "of a skipped step": ("steps.skipped.outputs.x", "outputs: steps.skipped.outputs.x: there is no 'x'"),
    "divided by zero": ("1 / 0", "outputs: 1 / 0: division by zero in CEL expression"),
    "no number": ("0.0 / 0.0", "outputs: 0.0 / 0.0: Out of range float values are not JSON compliant"),
    "too large": ("params.big + params.big", "outputs: have 140,002 bytes of at most 131,072"),
}


@pytest.mark.parametrize(("value", "message"), BAD_OUTPUTS.values(), ids=BAD_OUTPUTS)
def test_outputs_that_can_not_be(value: str, message: str) -> None:
    simulation = run_output(value)
    assert simulation.phase == "Failed"
    assert str(simulation.run.status.message).startswith(message)
    assert simulation.run.status.outputs is None


def test_a_failed_run_has_no_outputs() -> None:
    graph = workflow(step("a"), outputs=[{"name": "x", "value": "1"}])
    simulation = Simulation(graph)
    simulation.settle()
    assert simulation.end("a", 1).run.status.outputs is None


def test_deadline_of_the_run_stands_though_the_clock_goes_back() -> None:
    """Another operator takes over, whose clock is an hour behind."""
    simulation = simulate(step("a"), step("b", needs="a"), activeDeadlineSeconds=60)
    simulation.start("a").wait(60)
    simulation.pod("a").end(simulation.now, 143).fail("DeadlineExceeded")
    simulation.wait(-3600)
    assert simulation.phase == "Failed"
    assert simulation.run.status.message == "ran longer than activeDeadlineSeconds: 60"


def test_a_step_that_failed_first_is_the_reason_though_the_deadline_passed_meanwhile() -> None:
    retried = step("b", retry={"limit": 1, "backoff": {"seconds": 30}})
    simulation = simulate(step("a"), retried, step("c"), activeDeadlineSeconds=60).start("c")
    simulation.end("b", 1)
    simulation.end("a", 1, "boom")
    assert simulation.show()["b"] == "Canceled/RunFailed"
    simulation.now = simulation.now.replace(minute=1)
    simulation.end("c")
    assert simulation.run.status.message == "step 'a' failed (Error, exit code 1): boom"


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        ("Running", "Failed", ["RunFailed"]),
        ("Running", "Canceled", ["RunCanceled"]),
        (None, "Failed", ["RunFailed"]),
        ("Running", "Succeeded", []),
        ("Running", "Running", []),
        ("Failed", "Failed", []),
    ],
)
def test_events_tell_of_ends_that_are_no_success(before: Any, after: Any, reasons: list[str]) -> None:
    status = Simulation(workflow()).run.status
    old = status.model_copy(update={"phase": before})
    new = status.model_copy(update={"phase": after, "message": "why"})
    notices = list(plan_notices(old, new))
    assert [notice.reason for notice in notices] == reasons
    assert all((notice.type, notice.message) == ("Warning", "why") for notice in notices)


def test_progress_counts_all_ends() -> None:
    simulation = simulate(step("a", when="false"), step("b", **CONTINUE), step("c", needs="b"), step("d"))
    simulation.end("b", 1)
    assert simulation.run.status.progress == "2/4"
