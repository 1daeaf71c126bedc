"""Which steps start, which never will, and what the rest wait for."""

from typing import Any

import pytest
from support.planning.runs import name_pod, params, step, workflow
from support.planning.simulations import Simulation

Steps = list[dict[str, Any]]


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, params=params(flag={"type": "Boolean", "default": False}), **fields))
    simulation.settle()
    return simulation


def test_steps_start_when_all_that_they_need_is_done() -> None:
    simulation = simulate(step("a"), step("b"), step("c", needs="a b"))
    assert simulation.show() == {"a": "Pending/Starting", "b": "Pending/Starting", "c": "Pending/AwaitingNeeds"}
    assert simulation.step("c").message == "waits for a, b"
    simulation.end("b")
    assert simulation.step("c").message == "waits for a"
    simulation.end("a")
    assert simulation.show()["c"] == "Pending/Starting"


def test_a_started_step_is_on_record_as_such() -> None:
    status = simulate(step("a")).step("a")
    assert (status.phase, status.attempt, status.pod) == ("Pending", 1, name_pod("a"))


CONDITIONS: dict[str, tuple[Steps, dict[str, str]]] = {
    "true": ([step("a", when="!params.flag")], {"a": "Pending/Starting"}),
    "false": ([step("a", when="params.flag")], {"a": "Skipped/WhenFalse"}),
    "no value": ([step("a", when="params.flag == 1 / 0")], {"a": "Failed/ExpressionFailed"}),
    "no condition": ([step("a", when="size('x')")], {"a": "Failed/ExpressionFailed"}),
    "no value, and the Run goes on": (
        [step("a", when="1 / 0 == 1", onError="Continue"), step("b", needs="a")],
        {"a": "Failed/ExpressionFailed", "b": "Pending/Starting"},
    ),
    "no value, and the Run fails": (
        [step("a", when="1 / 0 == 1"), step("b", needs="a"), step("c")],
        {"a": "Failed/ExpressionFailed", "b": "Skipped/NeedFailed", "c": "Skipped/RunFailed"},
    ),
    "an image without a value": (
        [step("a", image="$(string(1 / 0) + run.name)"), step("b")],
        {"a": "Failed/ExpressionFailed", "b": "Skipped/RunFailed"},
    ),
    "skipped needs count as done": (
        [step("a", when="false"), step("b", needs="a"), step("c", needs="b")],
        {"a": "Skipped/WhenFalse", "b": "Pending/Starting", "c": "Pending/AwaitingNeeds"},
    ),
    "outputs of a skipped one": (
        [step("a", when="false", outputs=["x"]), step("b", needs="a", args=["$(steps.a.outputs.x)"])],
        {"a": "Skipped/WhenFalse", "b": "Skipped/NeedSkipped"},
    ),
    "outputs of a far skipped one": (
        [
            step("a", when="false", outputs=["x"]),
            step("b", needs="a"),
            step("c", needs="a", when="steps.a.outputs.x == ''"),
        ],
        {"a": "Skipped/WhenFalse", "b": "Pending/Starting", "c": "Skipped/NeedSkipped"},
    ),
    "the phase of a skipped one": (
        [step("a", when="false"), step("b", needs="a", when="steps.a.phase == 'Skipped'")],
        {"a": "Skipped/WhenFalse", "b": "Pending/Starting"},
    ),
    "outputs of one skipped for that": (
        [
            step("a", when="false", outputs=["x"]),
            step("b", needs="a", outputs=["y"], args=["$(steps.a.outputs.x)"]),
            step("c", needs="b", args=["$(steps.b.outputs.y)"]),
        ],
        {"a": "Skipped/WhenFalse", "b": "Skipped/NeedSkipped", "c": "Skipped/NeedSkipped"},
    ),
}


@pytest.mark.parametrize(("steps", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions(steps: Steps, expected: dict[str, str]) -> None:
    assert simulate(*steps).show() == expected


def test_messages_say_why() -> None:
    simulation = simulate(
        step("a", when="params.flag", outputs=["x"]),
        step("b", needs="a", args=["$(steps.a.outputs.x)"]),
        step("c", when="1 / 0 == 1", onError="Continue"),
    )
    assert simulation.step("a").message == "params.flag"
    assert simulation.step("b").message == "reads outputs of a, skipped"
    assert simulation.step("c").message == "when: 1 / 0 == 1: division by zero in CEL expression"


def test_a_condition_reads_what_its_needs_came_to() -> None:
    graph = [step("a", onError="Continue"), step("b", needs="a", when="steps.a.exitCode == 3")]
    assert simulate(*graph).end("a", 3).show()["b"] == "Pending/Starting"
    assert simulate(*graph).end("a", 4).show()["b"] == "Skipped/WhenFalse"


def test_after_a_failure_nothing_starts_and_what_runs_ends() -> None:
    simulation = simulate(
        step("a"),
        step("running"),
        step("near", needs="a"),
        step("far", needs="near"),
        step("other", needs="running"),
    )
    simulation.start("running")
    simulation.end("a", 1)
    assert simulation.show() == {
        "a": "Failed/Error",
        "running": "Running",
        "near": "Skipped/NeedFailed",
        "far": "Skipped/NeedFailed",
        "other": "Skipped/RunFailed",
    }
    assert (simulation.step("near").message, simulation.phase) == ("a", "Running")
    simulation.end("running")
    assert simulation.phase == "Failed"


def test_after_continue_the_run_may_succeed() -> None:
    simulation = simulate(step("a", onError="Continue"), step("b", needs="a")).end("a", 1)
    assert simulation.show() == {"a": "Failed/Error", "b": "Pending/Starting"}
    assert simulation.end("b").phase == "Succeeded"


def test_steps_wait_for_a_slot_in_order() -> None:
    simulation = simulate(*map(step, "abcd"), maxParallelSteps=2)
    waits = {"c": "Pending/AwaitingSlot", "d": "Pending/AwaitingSlot"}
    assert simulation.show() == {"a": "Pending/Starting", "b": "Pending/Starting", **waits}
    assert simulation.step("c").message == "maxParallelSteps: 2 steps run"
    simulation.end("b")
    assert simulation.show()["c"] == "Pending/Starting"
    assert simulation.show()["d"] == "Pending/AwaitingSlot"


def test_a_step_in_backoff_leaves_its_slot() -> None:
    simulation = simulate(step("a", retry={"limit": 1}), step("b"), maxParallelSteps=1).end("a", 1)
    assert simulation.show() == {"a": "Pending/Backoff", "b": "Pending/Starting"}
    simulation.wait(10)
    assert simulation.show() == {"a": "Pending/AwaitingSlot", "b": "Pending/Starting"}
    simulation.end("b")
    assert simulation.show()["a"] == "Pending/Starting"
    assert simulation.step("a").attempt == 2


def test_a_quota_keeps_a_step_waiting() -> None:
    simulation = Simulation(workflow(step("a"), step("b")))
    simulation.refuse = lambda create: "Quota" if create.path == "a" else None
    simulation.refusal_message = 'pods "x" is forbidden: exceeded quota: pods'
    simulation.settle()
    assert simulation.show() == {"a": "Pending/AwaitingQuota", "b": "Pending/Starting"}
    status = simulation.step("a")
    assert (status.message, status.attempt, status.pod) == (simulation.refusal_message, 0, None)
    assert simulation.run.status.message == f"step 'a' waits (AwaitingQuota): {simulation.refusal_message}"
    assert simulation.wake().show()["a"] == "Pending/AwaitingQuota"
    simulation.refuse = lambda _: None
    assert simulation.wake().show()["a"] == "Pending/Starting"
    assert simulation.step("a").attempt == 1


def test_a_quota_costs_no_attempt_of_a_retry() -> None:
    simulation = simulate(step("a", retry={"limit": 1, "backoff": {"seconds": 1}})).end("a", 1)
    simulation.refuse = lambda _: "Quota"
    assert simulation.wait(1).show() == {"a": "Pending/AwaitingQuota"}
    simulation.refuse = lambda _: None
    simulation.wake()
    assert (simulation.step("a").attempt, simulation.show()) == (2, {"a": "Pending/Starting"})


@pytest.mark.parametrize(("kind", "reason"), [("Rejected", "PodRejected"), ("NameConflict", "NameConflict")])
def test_a_pod_that_is_not_accepted_fails_the_step(kind: Any, reason: str) -> None:
    simulation = Simulation(workflow(step("a", retry={"limit": 3, "infraLimit": 3}), step("b", needs="a")))
    simulation.refuse = lambda _: kind
    simulation.settle()
    assert simulation.show() == {"a": f"Failed/{reason}", "b": "Skipped/NeedFailed"}
    assert simulation.run.status.message == f"step 'a' failed ({reason}): the API server says no"


def test_a_pod_that_is_not_accepted_need_not_fail_the_run() -> None:
    simulation = Simulation(workflow(step("a", onError="Continue"), step("b", needs="a")))
    simulation.refuse = lambda create: "Rejected" if create.path == "a" else None
    simulation.settle()
    assert simulation.show() == {"a": "Failed/PodRejected", "b": "Pending/Starting"}


def test_all_steps_are_skipped() -> None:
    simulation = simulate(step("a", when="false"), step("b", needs="a", when="false"))
    assert (simulation.phase, simulation.creations) == ("Succeeded", [])
