"""Whether another attempt follows a failed one, and when. The infrastructure's faults count apart."""

from datetime import timedelta
from typing import Any

import pytest
from longshore.api.steps import Backoff
from longshore.planning.attempts.retries import find_delay
from support.planning.runs import after, name_pod, step, workflow
from support.planning.simulations import Simulation


def simulate(**retry: Any) -> Simulation:
    simulation = Simulation(workflow(step(retry=retry) if retry else step()))
    simulation.settle()
    return simulation


def fail_until_the_end(simulation: Simulation, code: int = 1) -> Simulation:
    """Fail each attempt as soon as it is there."""
    while simulation.phase == "Running":
        if simulation.live_pods():
            simulation.start("build").end("build", code)
        else:
            simulation.wake()
    return simulation


def evict_until_the_end(simulation: Simulation) -> Simulation:
    while simulation.phase == "Running":
        if simulation.live_pods():
            simulation.pod("build").fail("Evicted", "low on memory")
            simulation.settle()
        else:
            simulation.wake()
    return simulation


Limits = list[tuple[dict[str, Any], int]]
LIMITS: Limits = [({}, 1), ({"limit": 0}, 1), ({"limit": 1}, 2), ({"limit": 3}, 4)]
INFRA_LIMITS: Limits = [
    ({}, 4),
    ({"infraLimit": 0}, 1),
    ({"limit": 5, "infraLimit": 1}, 2),
]


@pytest.mark.parametrize(("retry", "attempts"), LIMITS)
def test_a_limit_of_n_allows_n_more_attempts(retry: dict[str, Any], attempts: int) -> None:
    simulation = fail_until_the_end(simulate(**retry))
    status = simulation.step("build")
    assert (status.phase, status.reason, status.attempt) == ("Failed", "Error", attempts)
    assert (status.retries, status.infra_retries) == (attempts - 1, 0)
    assert simulation.creations == [("build", number + 1) for number in range(attempts)]


@pytest.mark.parametrize(("retry", "attempts"), INFRA_LIMITS)
def test_the_infrastructure_has_a_limit_of_its_own(retry: dict[str, Any], attempts: int) -> None:
    status = evict_until_the_end(simulate(**retry)).step("build")
    assert (status.phase, status.reason, status.attempt) == ("Failed", "Evicted", attempts)
    assert (status.retries, status.infra_retries) == (0, attempts - 1)


def test_both_kinds_count_as_attempts() -> None:
    simulation = simulate(limit=1, infraLimit=1)
    simulation.end("build", 1).wake()
    simulation.pod("build").fail("Evicted")
    simulation.settle()
    status = simulation.wake().step("build")
    assert (status.attempt, status.retries, status.infra_retries, status.pod) == (3, 1, 1, name_pod("build", 3))


def test_a_step_that_waits_for_its_next_attempt() -> None:
    simulation = simulate(limit=1, backoff={"seconds": 7}).start("build")
    simulation.now = after(20)
    simulation.end("build", 3, "no route to host")
    status = simulation.step("build")
    assert (status.phase, status.reason, status.attempt) == ("Pending", "Backoff", 2)
    assert status.message == "attempt 1 failed (Error, exit code 3): no route to host"
    assert (status.pod, status.node, status.start_time, status.outputs) == (None, None, None, None)
    assert (status.exit_code, status.completion_time) == (3, "2025-06-01T12:00:20Z")
    assert simulation.wake_at == after(27)


def test_a_started_attempt_has_nothing_of_the_last_one() -> None:
    status = simulate(limit=1).end("build", 3, "boom").wake().step("build")
    assert (status.phase, status.reason, status.attempt) == ("Pending", "Starting", 2)
    assert (status.message, status.exit_code, status.completion_time) == (None, None, None)


def test_nothing_starts_before_its_time() -> None:
    simulation = simulate(limit=1, backoff={"seconds": 7}).end("build", 1)
    assert not simulation.wait(6).live_pods()
    assert simulation.wait(1).live_pods()


DELAYS = [
    (Backoff(), [10, 20, 40, 80, 160, 300, 300]),
    (Backoff(seconds=5, factor=1), [5, 5, 5]),
    (Backoff(seconds=1, factor=10, max_seconds=50), [1, 10, 50]),
    (Backoff(seconds=60, max_seconds=30), [30, 30]),
    (Backoff(seconds=0), [0, 0, 0]),
]


@pytest.mark.parametrize(("backoff", "seconds"), DELAYS)
def test_delays_grow_to_their_maximum(backoff: Backoff, seconds: list[int]) -> None:
    delays = [find_delay(backoff, number) for number in range(1, len(seconds) + 1)]
    assert delays == [timedelta(seconds=value) for value in seconds]


def test_the_hundredth_delay_costs_no_time() -> None:
    assert find_delay(Backoff(seconds=1, factor=10), 10**9) == timedelta(seconds=300)


def test_the_infrastructures_delays_are_its_own() -> None:
    simulation = simulate(limit=3, infraLimit=9, backoff={"seconds": 100})
    delays = []
    for _ in range(7):
        simulation.pod("build").fail("Evicted")
        simulation.settle()
        assert simulation.wake_at is not None
        delays.append((simulation.wake_at - simulation.now).total_seconds())
        simulation.wake()
    assert delays == [2, 4, 8, 16, 32, 60, 60]


CONDITIONS: dict[str, tuple[str, int, bool]] = {
    "an exit code": ("exitCode != 2", 2, False),
    "another exit code": ("exitCode != 2", 1, True),
    "the reason": ('reason == "Error"', 1, True),
    "the attempt": ("attempt < 1", 1, False),
    "all of them": ('exitCode in [1, 2] && reason != "OOMKilled" && attempt == 1', 1, True),
}


@pytest.mark.parametrize(("condition", "code", "is_retried"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions(condition: str, code: int, is_retried: bool) -> None:  # noqa: FBT001 - a table's column
    status = simulate(limit=1, when=condition).end("build", code).step("build")
    assert (status.phase == "Pending") is is_retried


def test_a_condition_says_nothing_of_the_infrastructure() -> None:
    simulation = simulate(limit=1, when="false")
    simulation.pod("build").fail("Evicted")
    simulation.settle()
    assert simulation.show() == {"build": "Pending/InfraBackoff"}


BAD_CONDITIONS = {
    "attempt": "retry.when: attempt: gives 1, not true or false",
    "exitCode > reason": "retry.when: exitCode > reason: No such overload",
    "exitCode / 0 == 1": "retry.when: exitCode / 0 == 1: division by zero",
}


@pytest.mark.parametrize(("condition", "said"), BAD_CONDITIONS.items())
def test_a_condition_without_a_value_fails_the_step(condition: str, said: str) -> None:
    status = simulate(limit=1, when=condition).end("build", 1, "boom").step("build")
    assert (status.phase, status.reason, status.exit_code) == ("Failed", "Error", 1)
    assert str(status.message).startswith(f"boom; {said}")


def test_what_would_fail_the_same_way_is_not_retried() -> None:
    simulation = simulate(limit=5, infraLimit=5)
    simulation.pod("build").schedule().wait("ErrImagePull", "manifest unknown")
    simulation.settle()
    simulation.remove(name_pod())
    simulation.settle()
    assert simulation.show() == {"build": "Failed/ImagePullFailed"}


def test_a_deadline_is_a_fault_of_the_steps_own() -> None:
    simulation = Simulation(workflow(step(activeDeadlineSeconds=5, retry={"limit": 1})))
    simulation.settle()
    simulation.start("build").wait(5)
    simulation.pod("build").end(simulation.now, 143).fail("DeadlineExceeded")
    simulation.settle()
    status = simulation.step("build")
    assert (status.reason, status.retries, status.infra_retries) == ("Backoff", 1, 0)
    assert str(status.message).startswith("attempt 1 failed (DeadlineExceeded, exit code 143): ran longer than")


def test_a_pod_that_vanished() -> None:
    simulation = simulate().start("build")
    simulation.remove(name_pod())
    simulation.settle()
    assert simulation.show() == {"build": "Pending/InfraBackoff"}
    assert simulation.step("build").message == f"attempt 1 failed (PodDeleted): pod {name_pod()} is gone"


def test_a_pod_that_is_deleted_by_hand_ends_first() -> None:
    """Two attempts never run at once."""
    simulation = simulate(infraLimit=1).start("build")
    simulation.pod("build").delete(simulation.now)
    simulation.settle()
    assert simulation.show() == {"build": "Running/Stopping"}
    simulation.wait(61)
    assert simulation.show() == {"build": "Running/NodeUnreachable"}
    assert simulation.step("build").message == "node node-1 does not say that the pod has ended"
    simulation.end("build", 137)
    assert simulation.show() == {"build": "Pending/InfraBackoff"}
