"""How long an attempt may wait and run, and the Run as a whole; and how each is ended that takes longer."""

from typing import Any

import pytest
from longshore.planning.plans import DeletePod, StopPod
from support.planning.runs import after, name_pod, step, workflow
from support.planning.simulations import Simulation


def simulate(**fields: Any) -> Simulation:
    simulation = Simulation(workflow(step(**fields)))
    simulation.settle()
    return simulation


def test_a_running_step_is_stopped_at_its_deadline() -> None:
    simulation = simulate(activeDeadlineSeconds=60)
    simulation.wait(30).start("build")
    assert simulation.wake_at == after(90)
    simulation.wait(59)
    assert simulation.show() == {"build": "Running"}
    simulation.wait(1)
    assert simulation.show() == {"build": "Running/DeadlineExceeded"}
    assert simulation.step("build").message == "ran longer than activeDeadlineSeconds: 60"
    assert simulation.pod("build").is_leaving
    assert not simulation.pod("build").is_deleted, "its log would be lost"


def test_why_comes_before_the_stop() -> None:
    """A crash between the two must not leave a pod that nobody knows why it was stopped."""
    simulation = simulate(activeDeadlineSeconds=60).start("build")
    simulation.now = after(60)
    assert simulation.act().actions == ()
    assert simulation.show() == {"build": "Running/DeadlineExceeded"}
    pod = simulation.pod("build")
    assert simulation.act().actions == (StopPod(pod.name, f"uid-of-{pod.name}"),)
    assert simulation.act().actions == ()


def test_the_reason_stays_whatever_the_container_says_at_last() -> None:
    simulation = simulate(activeDeadlineSeconds=60).start("build").wait(60)
    simulation.end("build", 7, "interrupted")
    status = simulation.step("build")
    assert (status.phase, status.reason, status.exit_code) == ("Failed", "DeadlineExceeded", 7)
    assert status.message == "ran longer than activeDeadlineSeconds: 60: interrupted"


def test_a_container_that_was_done_in_time_has_succeeded() -> None:
    simulation = simulate(activeDeadlineSeconds=60).start("build")
    simulation.now = after(60)
    simulation.act()
    simulation.end("build", 0)
    assert simulation.show() == {"build": "Succeeded/Completed"}


def test_what_was_stopped_has_not_succeeded_though_it_exits_0() -> None:
    simulation = simulate(activeDeadlineSeconds=60).start("build").wait(60)
    simulation.pod("build").end(simulation.now, 0).fail("DeadlineExceeded")
    simulation.settle()
    assert simulation.show() == {"build": "Failed/DeadlineExceeded"}


def test_the_pods_own_deadline_holds_without_an_operator() -> None:
    simulation = simulate(activeDeadlineSeconds=60)
    simulation.pod("build").start(simulation.now).end(after(700), 143).fail("DeadlineExceeded", "too long")
    simulation.wait(10_000)
    assert simulation.show() == {"build": "Failed/DeadlineExceeded"}


@pytest.mark.parametrize(("given", "seconds"), [(None, 600), (30, 30)])
def test_a_pod_that_does_not_start_is_deleted(given: int | None, seconds: int) -> None:
    simulation = simulate(**{"pendingDeadlineSeconds": given} if given else {})
    pod = simulation.pod("build").set_condition("PodScheduled", "False", "Unschedulable", "0/3 nodes")
    simulation.wait(seconds - 1)
    assert simulation.show() == {"build": "Pending/Unschedulable"}
    assert simulation.wake_at == after(seconds)
    simulation.now = after(seconds)
    simulation.act()
    assert simulation.act().actions == (DeletePod(pod.name, f"uid-of-{pod.name}", None),)
    simulation.settle()
    status = simulation.step("build")
    assert (status.phase, status.reason) == ("Failed", "PendingDeadlineExceeded")
    assert status.message == (f"did not start within pendingDeadlineSeconds: {seconds}: Unschedulable: 0/3 nodes")


def test_a_container_that_starts_after_all_is_stopped() -> None:
    """It was being deleted by then; the reason on record stays."""
    simulation = simulate(pendingDeadlineSeconds=30)
    simulation.pod("build").schedule()
    simulation.now = after(30)
    simulation.act()
    simulation.start("build")
    assert simulation.show() == {"build": "Running/PendingDeadlineExceeded"}
    assert simulation.pod("build").is_leaving


def test_an_image_that_will_never_come_fails_at_once() -> None:
    simulation = simulate()
    simulation.pod("build").schedule().wait("ErrImagePull", 'reading manifest 9 in "a": manifest unknown')
    simulation.settle()
    assert simulation.show() == {"build": "Pending/ImagePullFailed"}
    assert simulation.pod("build").is_deleted
    simulation.remove(name_pod())
    simulation.settle()
    assert simulation.phase == "Failed"
    assert str(simulation.run.status.message).endswith('reading manifest 9 in "a": manifest unknown')


def test_an_image_that_may_come_is_waited_for() -> None:
    simulation = simulate(pendingDeadlineSeconds=60)
    simulation.pod("build").schedule().wait("ErrImagePull", "i/o timeout")
    simulation.wait(59)
    assert simulation.show() == {"build": "Pending/ImagePullBackOff"}
    simulation.start("build").end("build")
    assert simulation.phase == "Succeeded"


def test_the_runs_deadline_ends_all() -> None:
    graph = workflow(step("a"), step("b"), step("c", needs="a"), activeDeadlineSeconds=60)
    simulation = Simulation(graph)
    simulation.settle()
    simulation.start("a")
    assert simulation.wake_at == after(60)
    simulation.wait(60)
    assert simulation.show() == {
        "a": "Running/RunDeadlineExceeded",
        "b": "Canceled/RunDeadlineExceeded",
        "c": "Canceled/RunDeadlineExceeded",
    }
    assert simulation.pod("a").is_leaving
    simulation.pod("a").end(simulation.now, 143).fail("DeadlineExceeded")
    simulation.settle()
    assert simulation.show()["a"] == "Canceled/RunDeadlineExceeded"
    assert simulation.phase == "Failed"
    assert simulation.run.status.message == "ran longer than activeDeadlineSeconds: 60"


def test_a_run_that_was_done_in_time_has_succeeded() -> None:
    simulation = Simulation(workflow(activeDeadlineSeconds=60))
    simulation.settle()
    simulation.now = after(100)
    simulation.pod("build").end(after(59))
    simulation.settle()
    assert simulation.phase == "Succeeded"
