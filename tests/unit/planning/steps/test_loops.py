"""What a repeat does after a success, and a verify after a failure, round by round."""

from typing import Any

import pytest
from support.planning.runs import bare_step, params, step, workflow
from support.planning.simulations import Simulation
from support.planning.wishes import say

Spec = dict[str, Any]


def simulate(*steps: Spec, **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, **fields))
    simulation.settle()
    return simulation


def repeat(until: str = "steps.a.outputs.done == 'yes'", most: int = 3, **fields: Any) -> Spec:
    return step("a", repeat={"until": until, "max": most}, outputs=["done"], **fields)


def check(name: str = "check", needs: str = "a", most: int = 2, **fields: Any) -> Spec:
    return step(name, needs=needs, verify={"step": "a", "max": most}, **fields)


def read_container(simulation: Simulation, name: str) -> Spec:
    container: Spec = simulation.pod(name).raw["spec"]["containers"][0]
    return container


def read_finding(simulation: Simulation, name: str) -> str | None:
    """What the pod of a step is told that a check has found."""
    env = {variable["name"]: variable.get("value") for variable in read_container(simulation, name)["env"]}
    return env.get("LONGSHORE_FINDING")


# Repeat.


def test_rounds_go_on_until_the_condition_holds() -> None:
    simulation = simulate(repeat(args=["$(each.index)"]))
    for index in range(2):
        assert read_container(simulation, "a")["args"] == [str(index)]
        simulation.end("a", 0, "done=no")
    assert read_container(simulation, "a")["args"] == ["2"]
    simulation.end("a", 0, "done=yes")
    status = simulation.step("a")
    assert (status.phase, status.attempt, status.outputs) == ("Succeeded", 3, {"done": "yes"})
    assert (simulation.phase, simulation.creations) == ("Succeeded", [("a", 1), ("a", 2), ("a", 3)])


def test_the_first_round_may_be_the_last() -> None:
    assert simulate(repeat("true")).end("a", 0, "done=no").creations == [("a", 1)]


def test_a_round_begins_without_the_outputs_of_the_last() -> None:
    assert simulate(repeat()).end("a", 0, "done=no").step("a").outputs is None


def test_until_may_read_what_the_step_needs() -> None:
    until = "steps.first.outputs.goal == steps.a.outputs.done"
    simulation = simulate(step("first", outputs=["goal"]), repeat(until, needs="first")).end("first", 0, "goal=2")
    assert simulation.end("a", 0, "done=1").step("a").attempt == 2
    assert simulation.end("a", 0, "done=2").phase == "Succeeded"


def test_what_needs_a_repeat_waits_for_its_last_round() -> None:
    simulation = simulate(repeat("each.index == 1"), step("b", needs="a")).end("a", 0, "done=no")
    assert simulation.show()["b"] == "Pending/AwaitingNeeds"
    assert simulation.end("a", 0, "done=no").show()["b"] == "Pending/Starting"


def test_the_rounds_are_exhausted() -> None:
    simulation = simulate(repeat("false", 2)).end("a", 0, "done=1").end("a", 0, "done=2")
    status = simulation.step("a")
    assert (status.phase, status.reason, status.attempt) == ("Failed", "RoundsExhausted", 2)
    assert status.message == "repeat.until did not hold after 2 rounds: false"
    assert status.outputs == {"done": "2"}
    assert simulation.phase == "Failed"


def test_an_until_without_a_value_fails_the_step() -> None:
    simulation = simulate(repeat("1 / each.index == 1")).end("a", 0, "done=1")
    assert simulation.show() == {"a": "Failed/ExpressionFailed"}
    message = simulation.step("a").message
    assert message == "repeat.until: 1 / each.index == 1: division by zero in CEL expression"


def test_a_failed_round_ends_the_repeat() -> None:
    simulation = simulate(repeat()).end("a", 0, "done=no").end("a", 3, "no disk")
    assert (simulation.show(), simulation.step("a").attempt) == ({"a": "Failed/Error"}, 2)


def test_retries_are_no_rounds() -> None:
    retry = {"limit": 1, "infraLimit": 1, "backoff": {"seconds": 0}}
    simulation = simulate(repeat("false", 2, retry=retry, args=["$(each.index)"])).end("a", 1)
    assert read_container(simulation, "a")["args"] == ["0"], "a failure of the step"
    simulation.pod("a").fail("Evicted", "The node was low on resource: memory.")
    simulation.settle()
    simulation.wake()
    assert read_container(simulation, "a")["args"] == ["0"], "a failure of the infrastructure"
    simulation.end("a", 0, "done=no")
    assert read_container(simulation, "a")["args"] == ["1"]
    simulation.end("a", 0, "done=no")
    status = simulation.step("a")
    assert (status.reason, status.attempt, status.retries, status.infra_retries) == ("RoundsExhausted", 4, 1, 1)
    assert status.message == "repeat.until did not hold after 2 rounds: false"


def test_a_condition_is_asked_before_the_first_round_only() -> None:
    simulation = simulate(repeat("each.index == 1", when="each.index == 0")).end("a", 0, "done=no")
    assert simulation.end("a", 0, "done=no").show() == {"a": "Succeeded/Completed"}


def test_a_cancel_ends_a_round() -> None:
    simulation = simulate(repeat()).end("a", 0, "done=no").start("a").cancel("Graceful")
    assert simulation.end("a", 143).show() == {"a": "Canceled/RunCanceled"}
    assert (simulation.phase, len(simulation.creations)) == ("Canceled", 2)


# Verify.


def test_a_check_sends_the_step_back_with_its_finding() -> None:
    simulation = simulate(step("a"), check())
    assert read_finding(simulation, "a") is None
    simulation.end("a").end("check", 1, "test_x failed\nat line 3")
    assert simulation.show() == {"a": "Pending/Starting", "check": "Pending/VerificationFailed"}
    assert simulation.step("check").message == "test_x failed\nat line 3"
    assert read_finding(simulation, "a") == "test_x failed\nat line 3"
    simulation.end("a")
    assert read_finding(simulation, "check") is None
    assert simulation.end("check").phase == "Succeeded"
    assert simulation.creations == [("a", 1), ("check", 1), ("a", 2), ("check", 2)]


def test_a_finding_reaches_the_step_as_it_was_written() -> None:
    simulation = simulate(step("a"), check()).end("a").end("check", 1, "costs $(HOME) $5")
    assert read_finding(simulation, "a") == "costs $$(HOME) $$5"


def test_a_check_that_says_nothing_gives_its_exit_code() -> None:
    simulation = simulate(step("a"), check()).end("a").end("check", 7)
    assert read_finding(simulation, "a") == "step check failed with exit code 7"


def test_a_check_gives_up() -> None:
    simulation = simulate(step("a"), check(most=1)).end("a").end("check", 1, "bad").end("a")
    simulation.end("check", 1, "still bad")
    status = simulation.step("check")
    assert (status.phase, status.reason, status.exit_code) == ("Failed", "RoundsExhausted", 1)
    assert status.message == "verify: still wrong after 1 rounds: still bad"
    assert (simulation.phase, len(simulation.creations)) == ("Failed", 4)


def test_what_is_between_runs_again() -> None:
    between = [step("b", needs="a"), step("c", needs="b"), step("beside", needs="a")]
    simulation = simulate(step("first"), step("a", needs="first"), *between, check(needs="c")).end("first")
    for name in ("a", "beside", "b", "c"):
        simulation.end(name)
    simulation.end("check", 1, "bad")
    assert simulation.show() == {
        "first": "Succeeded/Completed",
        "a": "Pending/Starting",
        "b": "Pending/AwaitingNeeds",
        "c": "Pending/AwaitingNeeds",
        "beside": "Succeeded/Completed",
        "check": "Pending/VerificationFailed",
    }
    attempts = {name: status.attempt for name, status in simulation.run.status.steps.items()}
    assert attempts == {"first": 1, "a": 2, "b": 2, "c": 2, "beside": 1, "check": 2}
    for name in ("a", "b", "c", "check"):
        simulation.end(name)
    assert (simulation.phase, simulation.run.status.progress) == ("Succeeded", "6/6")


def test_what_was_skipped_between_stays_skipped_while_its_condition_is_false() -> None:
    between = step("b", needs="a", when="params.flag")
    flag = params(flag={"type": "Boolean", "default": False})
    simulation = simulate(step("a"), between, check(needs="b"), params=flag).end("a").end("check", 1, "bad")
    assert simulation.end("a").show()["b"] == "Skipped/WhenFalse"
    assert simulation.end("check").phase == "Succeeded"
    assert "b" not in dict(simulation.creations)


def test_what_was_skipped_between_runs_once_its_condition_holds() -> None:
    between = step("b", needs="a", when="steps.a.outputs.big == 'yes'")
    simulation = simulate(step("a", outputs=["big"]), between, check(needs="b"))
    simulation.end("a", 0, "big=no").end("check", 1, "bad").end("a", 0, "big=yes")
    assert simulation.show()["b"] == "Pending/Starting"
    assert simulation.end("b").end("check").phase == "Succeeded"


def test_two_checks_that_fail_together_are_both_heard() -> None:
    simulation = simulate(step("a"), check("lint"), check("test")).end("a")
    simulation.pod("lint").end(simulation.now, 1, "ugly")
    simulation.end("test", 1, "wrong")
    assert simulation.step("a").attempt == 2, "the step goes back once"
    assert read_finding(simulation, "a") == "ugly\nwrong"
    assert simulation.end("a").end("lint").end("test").phase == "Succeeded"


def test_a_check_that_fails_over_old_work_waits_for_the_new() -> None:
    simulation = simulate(step("a"), check("lint"), check("test")).end("a").end("lint", 1, "ugly")
    simulation.end("test", 1, "wrong")
    assert (simulation.step("a").attempt, read_finding(simulation, "a")) == (2, "ugly")
    assert simulation.show()["test"] == "Pending/VerificationFailed"
    assert simulation.end("a").end("lint").end("test").phase == "Succeeded"


def test_a_person_may_be_the_check() -> None:
    review = bare_step("check", needs=["a"], approval={"message": "good?"}, verify={"step": "a", "max": 1})
    simulation = simulate(step("a"), review).end("a")
    say(simulation, "check", "ann", "Reject: too slow")
    simulation.settle()
    assert read_finding(simulation, "a") == "rejected by ann: too slow"
    simulation.end("a")
    say(simulation, "check.2", "ann", "Reject: slow still")
    simulation.settle()
    assert simulation.show()["check"] == "Failed/RoundsExhausted"
    message = "verify: still wrong after 1 rounds: rejected by ann: slow still"
    assert simulation.step("check").message == message


@pytest.mark.parametrize(
    ("fields", "seconds", "shown"),
    [
        ({"activeDeadlineSeconds": 5}, 5, "Failed/DeadlineExceeded"),
        ({"retry": {"limit": 0, "infraLimit": 0}}, 0, "Failed/Evicted"),
    ],
    ids=["it took too long", "its pod was evicted"],
)
def test_a_check_that_came_to_no_end_has_found_nothing(fields: Spec, seconds: int, shown: str) -> None:
    simulation = simulate(step("a"), check(**fields)).end("a").start("check").wait(seconds)
    simulation.pod("check").end(simulation.now, 137).fail("Evicted" if not seconds else "", "low on memory")
    simulation.settle()
    assert simulation.show() == {"a": "Succeeded/Completed", "check": shown}


def test_retries_of_infrastructure_are_no_rounds_of_a_check() -> None:
    simulation = simulate(step("a"), check(most=1)).end("a").start("check")
    simulation.pod("check").end(simulation.now, 137).fail("Evicted", "low on memory")
    simulation.wait(2).end("check", 1, "bad")
    assert simulation.show() == {"a": "Pending/Starting", "check": "Pending/VerificationFailed"}
    status = simulation.step("check")
    assert (status.attempt, status.retries, status.infra_retries) == (3, 1, 1)


def test_a_check_whose_failure_may_be_is_tried_first() -> None:
    simulation = simulate(step("a"), check(most=1, onError="Continue")).end("a").end("check", 1).end("a")
    assert simulation.end("check", 1).phase == "Succeeded"
    assert simulation.show()["check"] == "Failed/RoundsExhausted"


def test_a_cancel_ends_a_round_of_a_check() -> None:
    simulation = simulate(step("a"), check()).end("a").end("check", 1, "bad").start("a").cancel("Graceful")
    assert simulation.show()["check"] == "Canceled/RunCanceled"
    assert simulation.end("a", 143).show()["a"] == "Canceled/RunCanceled"
    assert simulation.phase == "Canceled"


def test_a_failure_elsewhere_ends_a_round_of_a_check() -> None:
    simulation = simulate(step("a"), step("other"), check()).end("a").end("check", 1, "bad").end("other", 1)
    assert simulation.show()["check"] == "Canceled/RunFailed"
    assert simulation.end("a").phase == "Failed"
