"""Pods kept to look into: those of failures stay, all others are ended once that is on record."""

from typing import Any

import pytest
from longshore.planning.plans import StopPod
from support.planning.pods import FakePod
from support.planning.runs import name_pod, step, workflow
from support.planning.simulations import Simulation


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, defaults={"debug": "OnFailure"}, **fields))
    simulation.settle()
    return simulation


def kept(simulation: Simulation) -> list[str]:
    return [pod.name for pod in simulation.kept_pods()]


def test_the_pod_of_a_failure_is_kept_and_the_run_ends() -> None:
    simulation = simulate(step()).start("build").end("build", 1, "boom")
    assert (simulation.phase, simulation.show()) == ("Failed", {"build": "Failed/Error"})
    assert kept(simulation) == [name_pod()]


def test_the_pod_of_a_success_is_ended_once_that_is_on_record() -> None:
    simulation = simulate(step("a"), step("b", needs="a")).start("a")
    pod = simulation.pod("a").end(simulation.now)
    plan = simulation.act()
    assert StopPod(pod.name, f"uid-of-{pod.name}") not in plan.actions, "its end is not on record yet"
    assert simulation.show() == {"a": "Succeeded/Completed", "b": "Pending/Starting"}
    assert StopPod(pod.name, f"uid-of-{pod.name}") in simulation.act().actions
    assert kept(simulation) == []
    assert simulation.plan().actions == (), "once is enough"


def test_a_run_ends_only_with_the_pods_of_its_successes() -> None:
    simulation = simulate(step()).start("build")
    simulation.pod("build").end(simulation.now)
    simulation.act()
    assert (simulation.phase, simulation.show()) == ("Running", {"build": "Succeeded/Completed"})
    simulation.act(lambda _: False)
    assert kept(simulation) == [name_pod()], "the operator crashed before it could"
    simulation.act(lambda _: True)
    assert (simulation.phase, kept(simulation)) == ("Running", [])
    simulation.settle()
    assert simulation.phase == "Succeeded"


def test_a_pod_whose_sleeper_never_ran_needs_no_end() -> None:
    simulation = simulate(step()).start("build")
    simulation.pod("build").end(simulation.now).fail()
    plan = simulation.act()
    assert (plan.actions, simulation.phase) == ((), "Succeeded")


def test_retries_go_on_beside_the_pods_of_failures() -> None:
    simulation = simulate(step(retry={"limit": 2, "backoff": {"seconds": 1}}))
    for _ in range(2):
        simulation.start("build").end("build", 1, "boom")
        simulation.wake()
    assert simulation.step("build").attempt == 3
    assert kept(simulation) == [name_pod(attempt=1), name_pod(attempt=2)]
    simulation.start("build").end("build", 0)
    assert simulation.phase == "Succeeded"
    assert kept(simulation) == [name_pod(attempt=1), name_pod(attempt=2)]


def test_the_pods_of_rounds_that_went_well_are_ended() -> None:
    simulation = simulate(step(repeat={"until": "each.index == 2", "max": 3}))
    for _ in range(3):
        simulation.start("build").end("build", 0)
    assert (simulation.phase, simulation.step("build").attempt, kept(simulation)) == ("Succeeded", 3, [])


def test_the_pod_of_rounds_that_were_not_enough_is_kept() -> None:
    simulation = simulate(step(repeat={"until": "false", "max": 2}))
    for _ in range(2):
        simulation.start("build").end("build", 0)
    assert simulation.show() == {"build": "Failed/RoundsExhausted"}
    assert kept(simulation) == [name_pod(attempt=2)]


def test_work_that_a_check_sent_back_is_ended_and_the_check_is_kept() -> None:
    simulation = simulate(step("work"), step("check", needs="work", verify={"step": "work", "max": 1}))
    simulation.start("work").end("work", 0)
    simulation.start("check").end("check", 1, "not good")
    assert simulation.step("work").attempt == 2
    assert kept(simulation) == [name_pod("check")]


ENDS: dict[str, tuple[dict[str, Any], str]] = {
    "cancel": ({}, "Canceled/RunCanceled"),
    "deadline": ({"activeDeadlineSeconds": 5}, "Failed/DeadlineExceeded"),
}


@pytest.mark.parametrize("case", ENDS)
@pytest.mark.parametrize("code", [0, 3])
def test_an_attempt_that_was_to_end_anyway_is_not_kept(case: str, code: int) -> None:
    """Its container ended by itself just before the kubelet was told."""
    fields, end = ENDS[case]
    simulation = simulate(step(**fields)).start("build")
    if case == "cancel":
        simulation.request_cancel("Graceful")
    else:
        simulation.now = simulation.now.replace(year=simulation.now.year + 1)
    simulation.act()
    pod = simulation.pod("build").end(simulation.now, code)
    simulation.settle()
    expected = "Succeeded/Completed" if code == 0 else end
    assert (simulation.show()["build"], pod.is_leaving) == (expected, True)
    assert kept(simulation) == []


def test_without_debug_a_pod_that_goes_on_is_left_alone() -> None:
    """As where services take their time to end."""
    simulation = Simulation(workflow(step()))
    simulation.settle()
    simulation.start("build")
    pod: FakePod = simulation.pod("build").end(simulation.now)
    pod.raw["status"]["phase"] = "Running"
    assert [simulation.act().actions, simulation.phase, pod.is_leaving] == [(), "Succeeded", False]
