"""Scheduling gates, and Kueue that sets them: time behind them does not count; what is preempted is made anew."""

from datetime import datetime
from typing import Any

import pytest
from longshore.planning.attempts.outcomes import Failed, observe_outcome
from longshore.planning.readings import observe_pod
from support.planning.pods import FakePod
from support.planning.runs import NOW, after, build_pod, step, workflow
from support.planning.simulations import Simulation


def simulate(**fields: Any) -> Simulation:
    """A Run whose pods Kueue takes in."""
    simulation = Simulation(workflow(step(pendingDeadlineSeconds=30, **fields)), queue_name="team")
    simulation.is_queued = True
    simulation.settle()
    return simulation


def test_pods_carry_the_queues_label() -> None:
    labels = simulate().pod("build").raw["metadata"]["labels"]
    assert labels["kueue.x-k8s.io/queue-name"] == "team"


def test_a_gate_stops_the_clock() -> None:
    simulation = simulate().wait(3600)
    assert (simulation.show(), simulation.wake_at) == ({"build": "Pending/Gated"}, None)


def test_pending_time_counts_from_when_the_gate_was_seen_lifted() -> None:
    simulation = simulate().wait(3600)
    simulation.pod("build").ungate()
    simulation.settle()
    assert simulation.step("build").ungated_time == "2025-06-01T13:00:00Z"
    assert (simulation.show(), simulation.wake_at) == ({"build": "Pending/Starting"}, after(3630))
    simulation.pod("build").set_condition("PodScheduled", "False", "Unschedulable", "0/3 nodes")
    simulation.wait(29)
    assert simulation.show() == {"build": "Pending/Unschedulable"}
    simulation.wait(1)
    assert simulation.show() == {"build": "Failed/PendingDeadlineExceeded"}


def test_a_gate_that_was_lifted_while_there_was_no_operator() -> None:
    """What it saw last was the gate, or a pod that it had only just made: the label tells."""
    simulation = simulate()
    simulation.pod("build").ungate()
    simulation.wait(3600)
    assert simulation.wake_at == after(3630)


def test_any_gate_counts_that_was_on_record() -> None:
    simulation = Simulation(workflow(step(pendingDeadlineSeconds=30)))
    simulation.settle()
    simulation.pod("build").gate()
    simulation.wait(3600)
    simulation.pod("build").ungate()
    simulation.settle()
    assert simulation.wake_at == after(3630)


def test_a_pod_that_had_no_gate_has_no_such_time() -> None:
    simulation = Simulation(workflow(step()))
    simulation.settle()
    simulation.start("build").end("build")
    assert {status.steps["build"].ungated_time for status in simulation.writes} == {None}


def test_the_next_attempt_waits_anew() -> None:
    simulation = simulate(retry={"limit": 1, "backoff": {"seconds": 0}}).wait(3600)
    simulation.pod("build").ungate()
    simulation.settle()
    simulation.start("build").end("build", 1)
    status = simulation.step("build")
    assert (status.attempt, status.reason, status.ungated_time) == (2, "Gated", None)
    assert simulation.wake_at is None


def test_the_active_deadline_counts_from_the_containers_start() -> None:
    simulation = simulate(activeDeadlineSeconds=60).wait(3600)
    assert simulation.pod("build").raw["spec"]["activeDeadlineSeconds"] == 90, "the kubelet counts after the gate"
    simulation.pod("build").ungate()
    simulation.wait(10).start("build")
    assert simulation.wake_at == after(3670)


def test_the_runs_deadline_counts_gated_time() -> None:
    simulation = Simulation(workflow(step(), activeDeadlineSeconds=60), queue_name="team")
    simulation.is_queued = True
    simulation.settle()
    assert simulation.wake_at == after(60)
    simulation.wait(60)
    assert (simulation.phase, simulation.show()) == ("Failed", {"build": "Canceled/RunDeadlineExceeded"})


def test_a_preempted_pods_next_attempt_has_a_new_name() -> None:
    simulation = simulate()
    first = simulation.pod("build").ungate()
    simulation.start("build")
    first.preempt(NOW)
    simulation.settle()
    assert simulation.show() == {"build": "Running/Stopping"}
    first.end(NOW, 143)
    simulation.settle()
    status = simulation.step("build")
    assert (status.attempt, status.reason, status.infra_retries, status.retries) == (2, "InfraBackoff", 1, 0)
    assert str(status.message).startswith("attempt 1 failed (Preempted, exit code 143): Preempted to accommodate")
    simulation.wake()
    assert simulation.step("build").pod != first.name
    assert simulation.creations == [("build", 1), ("build", 2)]


def test_a_pod_that_is_kept_by_a_finalizer_and_was_never_scheduled_holds_nobody_up() -> None:
    simulation = simulate()
    simulation.pod("build").preempt(NOW)
    simulation.settle()
    assert (simulation.step("build").reason, simulation.step("build").attempt) == ("InfraBackoff", 2)
    simulation.wake()
    assert simulation.show() == {"build": "Pending/Gated"}
    assert len(simulation.pods) == 2


@pytest.mark.parametrize("mode", ["Graceful", "Immediate"])
def test_a_cancel_does_not_wait_for_the_finalizer(mode: str) -> None:
    simulation = simulate().cancel(mode)
    assert simulation.pod("build").is_deleted
    assert (simulation.phase, simulation.show()) == ("Canceled", {"build": "Canceled/RunCanceled"})


def kueue(reason: str) -> FakePod:
    """A pod that Kueue has ended."""
    pod = build_pod().start(NOW).set_condition("TerminationTarget", "True", reason, "said by Kueue")
    return pod.delete(NOW).end(after(2), 143)


REASONS = {
    "WorkloadEvictedDueToPreempted": "Preempted",
    "WorkloadEvictedDueToNodeFailures": "NodeLost",
    "WorkloadEvictedDueToPodsReadyTimeout": "Evicted",
    "WorkloadEvicted": "Evicted",
    "WorkloadDeleted": "Evicted",
    "NotAdmitted": "Evicted",
}


@pytest.mark.parametrize(("reason", "told"), REASONS.items(), ids=REASONS)
def test_why_kueue_ended_a_pod(reason: str, told: str) -> None:
    outcome = observe_outcome(kueue(reason).observe(), [], after(3))
    assert isinstance(outcome, Failed)
    assert (outcome.reason, outcome.fault, outcome.message) == (told, "Infrastructure", "said by Kueue")


LABELS = {"kueue.x-k8s.io/queue-name": "team", "kueue.x-k8s.io/managed": "true"}
ADMISSION = [{"name": "kueue.x-k8s.io/admission"}]
TOPOLOGY = [{"name": "kueue.x-k8s.io/topology"}]
GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
    "lastProbeTime": None,
    "lastTransitionTime": "2025-06-01T12:00:00Z",
}
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[bool, bool]]] = {
    "as Kueue's webhook leaves it": ({"labels": LABELS}, {"schedulingGates": ADMISSION}, (True, True)),
    "admitted, its topology to come": ({"labels": LABELS}, {"schedulingGates": TOPOLOGY}, (True, True)),
    "admitted": ({"labels": LABELS}, {"nodeSelector": {"pool": "gpu"}}, (False, True)),
    "admitted, with an empty list": ({"labels": LABELS}, {"schedulingGates": []}, (False, True)),
    "no Kueue here": ({"labels": {"kueue.x-k8s.io/queue-name": "team"}}, {}, (False, False)),
    "no label at all": ({}, {}, (False, False)),
}


@pytest.mark.parametrize(("metadata", "spec", "told"), SHAPES.values(), ids=SHAPES)
def test_pods_as_kueue_leaves_them(
    metadata: dict[str, Any], spec: dict[str, Any], told: tuple[bool, bool]
) -> None:
    base = {"name": "p", "uid": "u", "creationTimestamp": "2025-06-01T12:00:00Z"}
    pod = observe_pod({"metadata": base | metadata, "spec": spec, "status": {"conditions": [GATED]}})
    assert (pod.is_gated, pod.is_queued) == told
    assert pod.created == datetime.fromisoformat("2025-06-01T12:00:00Z")
