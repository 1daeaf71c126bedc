"""How steps go on that share a pod: outcomes, retries, deadlines, cancel, trouble, crashes."""

from typing import Any

import pytest
from longshore.planning.plans import DeletePod, StopPod
from longshore.planning.runs.urgencies import Urgency, find_urgency
from support.planning.runs import after, name_pod, step, workflow
from support.planning.simulations import Simulation

P = name_pod("a")
OUT = {"outputs": ["out"]}
RETRY = {"retry": {"limit": 1, "backoff": {"seconds": 0}}}


def simulate(**fields: Any) -> Simulation:
    """A chain a, b, c in one pod; `fields` are those of b."""
    steps = [step("a", **OUT), step("b", needs="a", **OUT, **fields), step("c", needs="b", **OUT)]
    simulation = Simulation(workflow(*steps, fuse=True))
    simulation.settle()
    assert simulation.pods[P].fused == ["a", "b", "c"]
    return simulation


def in_b(**fields: Any) -> Simulation:
    """The same, while b runs."""
    return simulate(**fields).end("a", message="out=1").start("b")


def pods(simulation: Simulation) -> dict[str, str | None]:
    return {path: step.pod for path, step in simulation.run.status.steps.items()}


def test_each_step_has_an_end_and_outputs_of_its_own() -> None:
    simulation = simulate().start("a")
    assert simulation.show() == {"a": "Running", "b": "Pending/AwaitingNeeds", "c": "Pending/AwaitingNeeds"}
    simulation.wait(3).end("a", message="out=1")
    assert simulation.show()["b"] == "Pending/Starting"
    simulation.start("b").wait(4).end("b", message="out=2").end("c", message="out=3")
    assert simulation.phase == "Succeeded"
    steps = simulation.run.status.steps.values()
    assert [step.outputs for step in steps] == [{"out": "1"}, {"out": "2"}, {"out": "3"}]
    assert [(step.attempt, step.exit_code, step.pod) for step in steps] == [(1, 0, P)] * 3
    assert [step.completion_time and step.completion_time[-3:] for step in steps] == ["03Z", "07Z", "07Z"]
    assert len(simulation.all_pods) == 1


def test_a_failure_ends_the_run_as_ever() -> None:
    simulation = in_b().end("b", 3, "broken")
    assert simulation.show() == {"a": "Succeeded/Completed", "b": "Failed/Error", "c": "Skipped/NeedFailed"}
    assert simulation.run.status.message == "step 'b' failed (Error, exit code 3): broken"


def test_a_retry_splits_the_stretch() -> None:
    simulation = in_b(**RETRY).end("b", 3)
    assert pods(simulation) == {"a": P, "b": name_pod("b", 2), "c": None}
    assert simulation.step("c").message == "waits for b"
    simulation.end("b", message="out=2")
    assert pods(simulation)["c"] == name_pod("c")
    simulation.end("c", message="out=3")
    assert [(s.phase, s.attempt, s.retries) for s in simulation.run.status.steps.values()] == [
        ("Succeeded", 1, 0),
        ("Succeeded", 2, 1),
        ("Succeeded", 1, 0),
    ]


@pytest.mark.parametrize("turn", ["a", "b"])
def test_what_ran_is_to_blame_for_an_eviction_and_the_rest_starts_over(turn: str) -> None:
    simulation = in_b() if turn == "b" else simulate().start("a")
    simulation.pods[P].end(simulation.now, 137).fail("Evicted", "low on memory")
    simulation.settle()
    assert simulation.show()[turn] == "Pending/InfraBackoff"
    steps = simulation.run.status.steps
    assert {path: status.infra_retries for path, status in steps.items() if status.infra_retries} == {turn: 1}
    assert (steps["c"].attempt, steps["c"].pod) == (1, None)


def test_an_eviction_between_two_steps_blames_none() -> None:
    simulation = simulate().end("a", message="out=1")
    simulation.pods[P].fail("Evicted")
    simulation.settle()
    assert simulation.step("b").infra_retries == 0
    assert pods(simulation) == {"a": P, "b": name_pod("b"), "c": None}


def test_a_pod_that_is_gone_is_the_infrastructures_failure_of_whose_turn_it_was() -> None:
    simulation = in_b()
    simulation.remove(P)
    simulation.settle()
    assert simulation.show() == {
        "a": "Succeeded/Completed",
        "b": "Pending/InfraBackoff",
        "c": "Pending/AwaitingNeeds",
    }
    assert simulation.step("c").attempt == 1


def test_a_deadline_counts_from_the_start_of_its_own_container() -> None:
    simulation = simulate(activeDeadlineSeconds=10).start("a").wait(60).end("a", message="out=1").start("b")
    simulation.wait(9)
    assert simulation.show()["b"] == "Running"
    simulation.wake()
    assert simulation.show()["b"] == "Running/DeadlineExceeded"
    assert simulation.pods[P].is_leaving
    simulation.pods[P].end(simulation.now, 143).fail("DeadlineExceeded", "Pod was active on the node longer")
    simulation.settle()
    assert simulation.show() == {
        "a": "Succeeded/Completed",
        "b": "Failed/DeadlineExceeded",
        "c": "Skipped/NeedFailed",
    }


def stop_too_late(code: int = 137, **fields: Any) -> Simulation:
    """The pod is stopped for b, which has ended well by then; c runs, and is killed."""
    steps = [step("a"), step("b", needs="a", activeDeadlineSeconds=10), step("c", needs="b", **fields)]
    simulation = Simulation(workflow(*steps, fuse=True))
    simulation.settle()
    simulation.end("a").start("b")
    simulation.now = after(10)
    simulation.act()
    simulation.act()
    pod = simulation.pods[P]
    assert pod.is_leaving
    pod.end(after(10)).start(after(10)).end(after(20), code).fail("DeadlineExceeded", "Pod was active longer")
    simulation.now = after(20)
    simulation.settle()
    return simulation


@pytest.mark.parametrize("code", [0, 137])
def test_a_stop_that_comes_too_late_is_no_fault_of_the_step_that_it_hits(code: int) -> None:
    simulation = stop_too_late(code)
    assert simulation.show() == {
        "a": "Succeeded/Completed",
        "b": "Succeeded/Completed",
        "c": "Pending/InfraBackoff",
    }
    assert "stopped for a step that had just ended" in (simulation.step("c").message or "")


def test_a_step_that_was_stopped_and_had_run_too_long_itself() -> None:
    assert stop_too_late(activeDeadlineSeconds=10).show()["c"] == "Failed/DeadlineExceeded"


def test_an_image_that_does_not_come_stops_the_pod_and_leaves_the_logs_of_the_others() -> None:
    simulation = simulate().end("a", message="out=1")
    simulation.pods[P].wait("ErrImagePull", "manifest unknown")
    simulation.act()
    [stop] = simulation.plan().actions
    assert isinstance(stop, StopPod)
    simulation.settle()
    simulation.pods[P].fail("DeadlineExceeded")
    simulation.settle()
    assert simulation.show() == {
        "a": "Succeeded/Completed",
        "b": "Failed/ImagePullFailed",
        "c": "Skipped/NeedFailed",
    }


def test_an_image_of_the_first_that_does_not_come_deletes_the_pod() -> None:
    simulation = simulate()
    simulation.pods[P].schedule().wait("ErrImagePull", "manifest unknown")
    simulation.act()
    [stop] = simulation.plan().actions
    assert isinstance(stop, DeletePod)
    simulation.settle()
    simulation.remove(P)
    simulation.settle()
    assert simulation.show() == {
        "a": "Failed/ImagePullFailed",
        "b": "Skipped/NeedFailed",
        "c": "Skipped/NeedFailed",
    }


def test_waiting_counts_from_the_turn() -> None:
    simulation = simulate(pendingDeadlineSeconds=60).start("a").wait(300).end("a", message="out=1")
    simulation.pods[P].wait("ImagePullBackOff", "dial tcp: i/o timeout")
    simulation.wait(59)
    assert simulation.show()["b"] == "Pending/ImagePullBackOff"
    simulation.wait(1)
    assert simulation.show()["b"] == "Pending/PendingDeadlineExceeded"


@pytest.mark.parametrize("mode", ["Graceful", "Immediate"])
def test_a_cancel_ends_what_runs_and_all_that_would_follow(mode: str) -> None:
    simulation = in_b().cancel(mode)
    assert simulation.show()["b"] == "Running/RunCanceled"
    assert simulation.pods[P].is_deleted is (mode == "Immediate")
    simulation.pods[P].end(simulation.now, 143).fail("DeadlineExceeded")
    simulation.settle()
    assert simulation.show() == {
        "a": "Succeeded/Completed",
        "b": "Canceled/RunCanceled",
        "c": "Canceled/RunCanceled",
    }


def test_suspend_lets_the_pod_go_on() -> None:
    simulation = in_b()
    spec = simulation.run.spec.model_copy(update={"suspend": True})
    simulation.run = simulation.run.model_copy(update={"spec": spec})
    simulation.end("b", message="out=2").end("c", message="out=3")
    assert simulation.phase == "Succeeded"


def test_a_crash_forgets_no_step_of_the_pod() -> None:
    """The pod was created and nothing of it was recorded; then its first two steps ran."""
    steps = [step("a"), step("b", needs="a"), step("c", needs="b")]
    simulation = Simulation(workflow(*steps, fuse=True))
    simulation.act()
    simulation.act(lambda _: True)
    assert pods(simulation) == {"a": None, "b": None, "c": None}
    simulation.pods[P].end(simulation.now).end(simulation.now).start(simulation.now)
    simulation.settle()
    assert simulation.show() == {"a": "Succeeded/Completed", "b": "Succeeded/Completed", "c": "Running"}
    assert len(simulation.all_pods) == 1


def test_a_crash_after_a_split_does_not_bring_a_step_back_to_the_pod() -> None:
    simulation = in_b(**RETRY)
    simulation.pods[P].end(simulation.now, 3)
    simulation.act(lambda _: True)  # creates the retry of b, and writes nothing
    simulation.pods[name_pod("b", 2)].end(simulation.now, message="out=2")
    simulation.act(lambda _: True)  # creates c
    assert simulation.step("c").pod == P
    simulation.pods[name_pod("c")].start(simulation.now)
    simulation.settle()
    assert pods(simulation) == {"a": P, "b": name_pod("b", 2), "c": name_pod("c")}
    assert simulation.show()["c"] == "Running"


def test_a_pod_that_an_operator_made_otherwise_is_followed_as_it_is() -> None:
    """An adopted pod has fewer steps than the plan was to put into it."""
    simulation = simulate()
    simulation.pods[P].raw["metadata"]["annotations"]["longshore.dev/fused"] = "a,b"
    simulation.settle()
    assert pods(simulation) == {"a": P, "b": P, "c": None}


def test_ends_within_a_pod_may_wait_to_be_written_together() -> None:
    simulation = simulate().start("a")
    before = simulation.run.status
    simulation.end("a", message="out=1").start("b")
    assert find_urgency(before, simulation.run.status) is Urgency.WAITS
    simulation.end("b", message="out=2")
    assert find_urgency(before, simulation.run.status) is Urgency.WAITS
    assert find_urgency(before, simulation.end("c", message="out=3").run.status) > Urgency.WAITS


def test_a_failure_within_a_pod_is_news() -> None:
    simulation = in_b()
    before = simulation.run.status
    assert find_urgency(before, simulation.end("b", 1).run.status) > Urgency.WAITS
