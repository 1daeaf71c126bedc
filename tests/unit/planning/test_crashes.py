"""The operator crashes between two calls; what it finds when it is back is not lost and not repeated."""

from typing import Any

import pytest
from longshore.planning.plans import CreatePod
from support.planning.runs import name_pod, step, workflow
from support.planning.simulations import Simulation

RETRY = {"limit": 2, "backoff": {"seconds": 0}}


def crash_after_creating_a_retry(**fields: Any) -> Simulation:
    """Attempt 1 of `build` has failed, the pod of attempt 2 was created, and nothing of it was recorded."""
    simulation = Simulation(workflow(step("build", retry=RETRY), step("other"), **fields))
    simulation.settle()
    simulation.start("build")
    simulation.pod("build").end(simulation.now, 1)
    simulation.act(lambda _: True)
    assert name_pod("build", 2) in simulation.pods
    assert simulation.step("build").attempt == 1
    return simulation


def test_an_unrecorded_first_pod_is_adopted() -> None:
    simulation = Simulation(workflow(step("build")))
    simulation.act()
    simulation.act(lambda _: True)
    simulation.pods[name_pod()].start(simulation.now)
    simulation.settle()
    assert simulation.show() == {"build": "Running"}
    assert simulation.creations == [("build", 1)]


def test_an_unrecorded_retry_is_adopted() -> None:
    simulation = crash_after_creating_a_retry()
    assert not [action for action in simulation.plan().actions if isinstance(action, CreatePod)]
    simulation.settle()
    assert simulation.step("build").attempt == 2
    assert simulation.creations == [("build", 1), ("other", 1), ("build", 2)]


def test_an_unrecorded_retry_that_failed_too_is_followed_by_the_next() -> None:
    simulation = crash_after_creating_a_retry()
    simulation.pods[name_pod("build", 2)].end(simulation.now, 1)
    simulation.settle()
    assert simulation.step("build").attempt == 3
    assert simulation.step("build").retries == 2


@pytest.mark.parametrize("mode", ["Graceful", "Immediate"])
def test_a_cancel_ends_an_unrecorded_retry(mode: str) -> None:
    simulation = crash_after_creating_a_retry().cancel(mode)
    assert name_pod("build", 2) not in simulation.pods
    assert simulation.show()["build"] == "Canceled/RunCanceled"


def test_a_failed_run_waits_for_an_unrecorded_retry() -> None:
    simulation = crash_after_creating_a_retry()
    simulation.end("other", 1)
    assert simulation.phase == "Running"
    simulation.start("build").end("build")
    assert simulation.show() == {"build": "Succeeded/Completed", "other": "Failed/Error"}
    assert simulation.phase == "Failed"


def test_an_unrecorded_retry_takes_a_slot() -> None:
    """Steps before it in order become ready by the time the operator is back."""
    late = [step(name, needs="gate") for name in ("first", "second")]
    simulation = Simulation(workflow(step("gate"), *late, step("build", retry=RETRY), maxParallelSteps=2))
    simulation.settle()
    simulation.start("gate", "build")
    simulation.pod("build").end(simulation.now, 1)
    simulation.act(lambda _: True)
    simulation.end("gate")
    assert len(simulation.live_pods()) == 2
    assert simulation.show() == {
        "gate": "Succeeded/Completed",
        "first": "Pending/Starting",
        "second": "Pending/AwaitingSlot",
        "build": "Pending/Starting",
    }


def test_items_that_began_with_the_end_of_their_need_are_found_by_a_cancel() -> None:
    """Neither that end nor the items are on record, and a cancel gives no fan-out its items."""
    fan = step("test", needs="build", forEach={"items": "[1, 2]"})
    simulation = Simulation(workflow(step("build"), fan))
    simulation.settle()
    simulation.pod("build").start(simulation.now).end(simulation.now)
    simulation.act(lambda _: True)
    assert [path for path, _ in simulation.creations] == ["build", "test[0]", "test[1]"]
    simulation.cancel("Graceful")
    assert {path: simulation.step(path).reason for path in ("test[0]", "test[1]")} == {
        "test[0]": "RunCanceled",
        "test[1]": "RunCanceled",
    }
