"""A Run is canceled: what waits never starts, what runs is ended, gracefully or at once."""

import pytest
from longshore.planning.plans import DeletePod, StopPod
from support.planning.runs import after, name_pod, step, workflow
from support.planning.simulations import Simulation

UID = f"uid-of-{name_pod('a')}"
MODES = ["Graceful", "Immediate"]


def simulate() -> Simulation:
    """Step a runs, b waits for it."""
    simulation = Simulation(workflow(step("a", gracePeriodSeconds=60), step("b", needs="a")))
    simulation.settle()
    return simulation.start("a")


def actions_of_cancel(simulation: Simulation, mode: str) -> list[object]:
    simulation.request_cancel(mode)
    return [action for _ in range(4) for action in simulation.act().actions]


def test_graceful_leaves_the_grace_and_the_log() -> None:
    assert actions_of_cancel(simulate(), "Graceful") == [StopPod(name_pod("a"), UID)]


def test_immediate_kills() -> None:
    assert actions_of_cancel(simulate(), "Immediate") == [DeletePod(name_pod("a"), UID, 1)]


def test_graceful_may_become_immediate() -> None:
    simulation = simulate()
    actions_of_cancel(simulation, "Graceful")
    assert actions_of_cancel(simulation, "Immediate") == [DeletePod(name_pod("a"), UID, 1)]


def test_immediate_shortens_a_delete_that_is_under_way() -> None:
    simulation = simulate()
    simulation.pod("a").delete(simulation.now, grace=60)
    assert actions_of_cancel(simulation, "Immediate") == [DeletePod(name_pod("a"), UID, 1)]


def test_a_delete_under_way_is_enough_for_graceful() -> None:
    simulation = simulate()
    simulation.pod("a").delete(simulation.now, grace=60)
    assert actions_of_cancel(simulation, "Graceful") == []


def test_a_pod_that_has_not_started_is_deleted() -> None:
    simulation = Simulation(workflow(step("a")))
    simulation.settle()
    assert actions_of_cancel(simulation, "Graceful") == [DeletePod(name_pod("a"), UID, None)]
    simulation.settle()
    assert (simulation.phase, simulation.show()) == ("Canceled", {"a": "Canceled/RunCanceled"})


@pytest.mark.parametrize("mode", MODES)
def test_what_waits_is_canceled_at_once_and_the_run_when_all_pods_ended(mode: str) -> None:
    simulation = simulate().cancel(mode)
    assert simulation.show() == {"a": "Running/RunCanceled", "b": "Canceled/RunCanceled"}
    assert simulation.phase == "Running"
    simulation.pod("a").end(after(9), 143).fail("DeadlineExceeded")
    simulation.settle()
    status = simulation.step("a")
    assert (status.phase, status.exit_code, status.completion_time) == ("Canceled", 143, "2025-06-01T12:00:09Z")
    assert simulation.phase == "Canceled"


@pytest.mark.parametrize("mode", MODES)
def test_a_step_in_backoff_is_canceled(mode: str) -> None:
    simulation = Simulation(workflow(step("a", retry={"limit": 2})))
    simulation.settle()
    simulation.end("a", 1).cancel(mode)
    assert (simulation.phase, simulation.show()) == ("Canceled", {"a": "Canceled/RunCanceled"})


def test_a_cancel_beats_a_deadline_that_is_on_record() -> None:
    simulation = Simulation(workflow(step("a", activeDeadlineSeconds=5)))
    simulation.settle()
    simulation.start("a").wait(5)
    simulation.cancel("Graceful")
    assert simulation.show() == {"a": "Running/RunCanceled"}


def test_a_cancel_does_not_change_what_a_runs_deadline_began() -> None:
    simulation = Simulation(workflow(step("a"), activeDeadlineSeconds=5))
    simulation.settle()
    simulation.start("a").wait(5)
    simulation.cancel("Graceful")
    assert simulation.show() == {"a": "Running/RunDeadlineExceeded"}


def test_a_step_that_ends_well_in_the_meantime_has_succeeded() -> None:
    simulation = simulate()
    simulation.request_cancel("Graceful")
    simulation.end("a", 0)
    assert simulation.show() == {"a": "Succeeded/Completed", "b": "Canceled/RunCanceled"}
    assert simulation.phase == "Canceled"


def test_a_step_that_was_stopped_has_not_succeeded_though_it_exits_0() -> None:
    simulation = simulate().cancel("Graceful")
    simulation.pod("a").end(simulation.now, 0).fail("DeadlineExceeded")
    simulation.settle()
    assert simulation.show()["a"] == "Canceled/RunCanceled"


def test_a_run_whose_last_step_ended_before_the_cancel_has_succeeded() -> None:
    simulation = Simulation(workflow(step("a")))
    simulation.settle()
    simulation.request_cancel("Immediate")
    simulation.end("a", 0)
    assert simulation.phase == "Succeeded"


def test_a_cancel_is_not_retried() -> None:
    simulation = Simulation(workflow(step("a", retry={"limit": 5, "infraLimit": 5})))
    simulation.settle()
    simulation.start("a").cancel("Immediate")
    simulation.remove(name_pod("a"))
    simulation.settle()
    assert (simulation.phase, simulation.show()) == ("Canceled", {"a": "Canceled/RunCanceled"})


def test_a_node_that_says_nothing_keeps_a_canceled_run_waiting() -> None:
    """Its pod may still be running."""
    simulation = simulate().cancel("Immediate").wait(3600)
    assert simulation.phase == "Running"
    simulation.remove(name_pod("a"))
    simulation.settle()
    assert simulation.phase == "Canceled"


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_is_not_accepted_yet(mode: str) -> None:
    simulation = Simulation(workflow())
    simulation.cancel(mode)
    assert (simulation.phase, simulation.run.status.steps) == ("Canceled", {})
    assert simulation.run.status.message == "canceled before it was accepted"
