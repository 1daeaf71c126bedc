"""What a suspended Run does and does not, and how it goes on."""

from typing import Any

import pytest
from longshore.planning.conditions import find_condition
from support.planning.runs import after, bare_step, step, workflow
from support.planning.simulations import Simulation
from support.planning.wishes import say


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, **fields))
    simulation.settle()
    return simulation


def suspend(simulation: Simulation) -> Simulation:
    return _set_suspend(simulation, suspend=True)


def resume(simulation: Simulation) -> Simulation:
    return _set_suspend(simulation, suspend=False)


def _set_suspend(simulation: Simulation, **fields: bool) -> Simulation:
    spec = simulation.run.spec.model_copy(update=fields)
    simulation.run = simulation.run.model_copy(update={"spec": spec})
    simulation.settle()
    return simulation


def get_condition(simulation: Simulation) -> tuple[str, str, str]:
    """The status, message and time of condition Suspended."""
    condition = find_condition(simulation.run.status.conditions, "Suspended")
    assert condition is not None
    return condition.status, condition.message, condition.last_transition_time


NEXT: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a step": ([step("a"), step("b", needs="a")], "b"),
    "an approval": ([step("a"), bare_step("b", needs=["a"], approval={"message": "go on?"})], "b"),
    "a fan-out": ([step("a"), step("b", needs="a", forEach={"items": "[1, 2]"})], "b"),
    "an item": ([step("a", forEach={"items": "[1, 2]", "maxParallel": 1})], "a[1]"),
    "a round of a repeat": ([step("a", repeat={"until": "false", "max": 2})], "a"),
}


@pytest.mark.parametrize(("steps", "path"), NEXT.values(), ids=NEXT)
def test_nothing_new_starts_until_it_is_resumed(steps: list[dict[str, Any]], path: str) -> None:
    simulation = simulate(*steps)
    first = "a[0]" if "[" in path else "a"
    suspend(simulation).start(first).end(first)
    assert simulation.show()[path] == "Pending/Suspended"
    assert simulation.step(path).message == "spec.suspend is true"
    assert (len(simulation.creations), simulation.run.status.questions) == (1, {})
    assert simulation.wait(1_000_000).phase == "Running"
    assert len(simulation.creations) == 1
    resume(simulation)
    assert simulation.show()[path] != "Pending/Suspended"
    assert len(simulation.creations) > 1 or simulation.run.status.questions


def test_what_runs_goes_on() -> None:
    simulation = suspend(simulate(step("a", activeDeadlineSeconds=60), step("b")).start("a"))
    assert simulation.live_pods() == [simulation.pod("a"), simulation.pod("b")]
    assert simulation.start("b").end("b").show() == {"a": "Running", "b": "Succeeded/Completed"}
    assert simulation.wait(60).show()["a"] == "Running/DeadlineExceeded"


def test_it_ends_where_there_is_nothing_left_to_start() -> None:
    assert suspend(simulate(step("a"))).end("a").phase == "Succeeded"


def test_a_failure_ends_what_waits() -> None:
    simulation = suspend(simulate(step("a"), step("b", needs="a"))).end("a", 1)
    assert (simulation.show()["b"], simulation.phase) == ("Skipped/NeedFailed", "Failed")


def test_a_question_that_was_asked_can_be_answered() -> None:
    simulation = suspend(simulate(bare_step("a", approval={"message": "?"}), step("b", needs="a")))
    say(simulation, "a", "ann", "Approve")
    simulation.settle()
    assert simulation.show() == {"a": "Succeeded/Completed", "b": "Pending/Suspended"}


def test_a_step_says_what_it_needs_before_that_it_is_suspended() -> None:
    simulation = suspend(simulate(step("a"), step("b", needs="a")))
    assert simulation.show()["b"] == "Pending/AwaitingNeeds"


def test_a_false_condition_skips_though_suspended() -> None:
    simulation = suspend(simulate(step("a"), step("b", needs="a", when="false"))).end("a")
    assert (simulation.show()["b"], simulation.phase) == ("Skipped/WhenFalse", "Succeeded")


def test_a_run_made_suspended_waits_accepted() -> None:
    simulation = Simulation(workflow(step("a")), suspend=True)
    simulation.settle()
    assert (simulation.show(), simulation.creations) == ({"a": "Pending/Suspended"}, [])
    assert get_condition(simulation) == ("True", "spec.suspend is true", "2025-06-01T12:00:00Z")
    assert resume(simulation.wait(30)).creations == [("a", 1)]
    assert simulation.run.status.suspended_seconds == 30


def test_the_condition_tells_since_when() -> None:
    simulation = simulate(step("a"))
    assert find_condition(simulation.run.status.conditions, "Suspended") is None
    suspend(simulation.wait(5)).wait(5)
    assert get_condition(simulation) == ("True", "spec.suspend is true", "2025-06-01T12:00:05Z")
    assert simulation.run.status.suspended_seconds is None
    resume(simulation.wait(5)).wait(5)
    assert get_condition(simulation) == ("False", "", "2025-06-01T12:00:15Z")


def test_suspensions_add_up() -> None:
    simulation = simulate(step("a"))
    for seconds, total in ((10, 10), (25, 35), (0, 35)):
        resume(suspend(simulation.wait(7)).wait(seconds))
        assert simulation.run.status.suspended_seconds == total


def test_the_runs_deadline_does_not_count_suspension() -> None:
    simulation = simulate(step("a"), activeDeadlineSeconds=100).start("a")
    assert simulation.wake_at == after(100)
    suspend(simulation.wait(30))
    assert simulation.wake_at is None
    assert simulation.wait(500).show() == {"a": "Running"}
    assert resume(simulation).wake_at == after(600)
    assert simulation.wait(69).show() == {"a": "Running"}
    assert simulation.wait(1).show() == {"a": "Running/RunDeadlineExceeded"}


def test_a_backoff_is_kept() -> None:
    simulation = simulate(step("a", retry={"limit": 1, "backoff": {"seconds": 60}}))
    suspend(simulation.start("a").end("a", 1).wait(20))
    assert simulation.show() == {"a": "Pending/Backoff"}
    assert resume(simulation.wait(20)).show() == {"a": "Pending/Backoff"}
    assert simulation.wake_at == after(60)
    assert simulation.wait(20).creations == [("a", 1), ("a", 2)]


def test_a_backoff_that_ends_meanwhile_does_not_begin_again() -> None:
    simulation = simulate(step("a", retry={"limit": 1, "backoff": {"seconds": 60}}))
    suspend(simulation.start("a").end("a", 1)).wake()
    assert simulation.show() == {"a": "Pending/Suspended"}
    assert resume(simulation).creations == [("a", 1), ("a", 2)]


def test_a_finding_is_kept() -> None:
    check = step("check", needs="a", verify={"step": "a", "max": 1})
    simulation = suspend(simulate(step("a"), check).end("a")).end("check", 1, "too slow")
    assert simulation.show() == {"a": "Pending/VerificationFailed", "check": "Pending/VerificationFailed"}
    env = resume(simulation).pod("a").raw["spec"]["containers"][0]["env"]
    assert {"name": "LONGSHORE_FINDING", "value": "too slow"} in env


def test_a_cancel_beats_suspend() -> None:
    simulation = suspend(simulate(step("a"), step("b", needs="a")).start("a")).cancel("Graceful")
    assert simulation.show() == {"a": "Running/RunCanceled", "b": "Canceled/RunCanceled"}
    assert get_condition(simulation)[0] == "False"
    assert simulation.end("a", 143).phase == "Canceled"


def test_a_run_that_was_made_suspended_is_canceled() -> None:
    simulation = Simulation(workflow(step("a")), suspend=True)
    simulation.settle()
    assert simulation.cancel("Immediate").show() == {"a": "Canceled/RunCanceled"}
    assert simulation.creations == []
