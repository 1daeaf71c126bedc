"""What a pod says of its attempt at its end, for each way that pods end on a real cluster."""

from collections.abc import Callable

import pytest
from longshore.planning.attempts.outcomes import Failed, Fault, Outcome, Succeeded, Waiting, observe_outcome
from support.planning.pods import FakePod
from support.planning.runs import NOW, after, build_pod

History = Callable[[FakePod], object]


def observe(history: History, declared: list[str] | None = None, seconds: float = 10) -> Outcome:
    pod = build_pod(initContainers=[{"name": "checkout"}])
    history(pod)
    return observe_outcome(pod.observe(), declared or [], after(seconds))


INFRA, OWN = Fault.INFRASTRUCTURE, Fault.STEP
EVICTED = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi."
SHUTDOWN = "Pod was terminated in response to imminent node shutdown."
LONGER = "Pod was active on the node longer than the specified deadline"
START_ERROR = 'failed to create containerd task: exec: "pyhton": executable file not found in $PATH'

FAILED: dict[str, tuple[History, str, Fault, str]] = {
    "exit 1": (lambda pod: pod.end(NOW, 1, "boom"), "Error", OWN, "boom"),
    "no such command": (
        lambda pod: pod.end(NOW, 128, START_ERROR, reason="StartError"),
        "Error",
        OWN,
        START_ERROR,
    ),
    "out of memory": (
        lambda pod: pod.end(NOW, 137, reason="OOMKilled"),
        "OOMKilled",
        INFRA,
        "the container used more memory than resources.limits.memory allows",
    ),
    "evicted before it started": (lambda pod: pod.schedule().fail("Evicted", EVICTED), "Evicted", INFRA, EVICTED),
    "evicted while it ran": (
        lambda pod: pod.start(NOW).end(NOW, 137).fail("Evicted", EVICTED),
        "Evicted",
        INFRA,
        EVICTED,
    ),
    "evicted, and ended in good order": (
        lambda pod: pod.start(NOW).end(NOW, 0).fail("Evicted", EVICTED),
        "Evicted",
        INFRA,
        EVICTED,
    ),
    "evicted by the API": (
        lambda pod: (
            pod.start(NOW)
            .set_condition("DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting")
            .delete(NOW)
            .end(NOW, 143)
        ),
        "Evicted",
        INFRA,
        "Eviction API: evicting",
    ),
    "preempted": (
        lambda pod: (
            pod.start(NOW)
            .set_condition("DisruptionTarget", "True", "PreemptionByScheduler", "preempting for a higher priority")
            .delete(NOW)
            .end(NOW, 143)
        ),
        "Preempted",
        INFRA,
        "preempting for a higher priority",
    ),
    "preempted by the kubelet": (
        lambda pod: pod.start(NOW).end(NOW, 137).fail("Preempting", "Preempted in order to admit critical pod"),
        "Preempted",
        INFRA,
        "Preempted in order to admit critical pod",
    ),
    "its node's taint": (
        lambda pod: (
            pod.start(NOW)
            .set_condition("DisruptionTarget", "True", "DeletionByTaintManager", "Taint manager: deleting")
            .delete(NOW)
            .end(NOW, 137)
        ),
        "NodeLost",
        INFRA,
        "Taint manager: deleting",
    ),
    "its node is gone": (
        lambda pod: (
            pod.start(NOW)
            .set_condition("DisruptionTarget", "True", "DeletionByPodGC", "PodGC: node no longer exists")
            .fail()
        ),
        "NodeLost",
        INFRA,
        "PodGC: node no longer exists",
    ),
    "its node was shut down": (
        lambda pod: pod.start(NOW).end(NOW, 143).fail("Terminated", SHUTDOWN),
        "NodeLost",
        INFRA,
        SHUTDOWN,
    ),
    "its node was shut down, and it ended in good order": (
        lambda pod: pod.start(NOW).end(NOW, 0).fail("Terminated", SHUTDOWN),
        "NodeLost",
        INFRA,
        SHUTDOWN,
    ),
    "a disruption that did not come is no reason": (
        lambda pod: (
            pod.start(NOW).set_condition("DisruptionTarget", "False", "EvictionByEvictionAPI").end(NOW, 1, "x")
        ),
        "Error",
        OWN,
        "x",
    ),
    "deleted by hand": (
        lambda pod: pod.start(NOW).delete(NOW).end(NOW, 143),
        "PodDeleted",
        INFRA,
        "the pod was deleted",
    ),
    "deleted by hand before it started": (
        lambda pod: pod.schedule().delete(NOW).fail(),
        "PodDeleted",
        INFRA,
        "the pod was deleted",
    ),
    "its own deadline": (
        lambda pod: pod.start(NOW).end(NOW, 143).fail("DeadlineExceeded", LONGER),
        "DeadlineExceeded",
        OWN,
        LONGER,
    ),
    "its own deadline, and it ended in good order": (
        lambda pod: pod.start(NOW).end(NOW, 0).fail("DeadlineExceeded", LONGER),
        "DeadlineExceeded",
        OWN,
        LONGER,
    ),
    "its own deadline before it started": (
        lambda pod: pod.schedule().fail("DeadlineExceeded", LONGER),
        "DeadlineExceeded",
        OWN,
        LONGER,
    ),
    "the kubelet does not know": (
        lambda pod: pod.start(NOW).lose_status(),
        "NodeLost",
        INFRA,
        "The container could not be located when the pod was terminated",
    ),
    "the runtime does not know": (
        lambda pod: pod.start(NOW).end(NOW, 255, "", "Unknown"),
        "NodeLost",
        INFRA,
        "node node-1 came up again without the container, as after a power cut",
    ),
    "the checkout failed": (
        lambda pod: pod.schedule().check_out(NOW, "no revision 'mian'", code=3),
        "SourceFailed",
        OWN,
        "no revision 'mian'",
    ),
    "the checkout failed and said nothing": (
        lambda pod: pod.schedule().check_out(NOW, "", code=137),
        "SourceFailed",
        OWN,
        "container checkout failed",
    ),
    "turned away by the kubelet": (
        lambda pod: pod.fail("UnexpectedAdmissionError", "Allocate failed due to no healthy devices present"),
        "PodLost",
        INFRA,
        "Allocate failed due to no healthy devices present",
    ),
    "no room on the node after all": (
        lambda pod: pod.fail("OutOfcpu", "Node didn't have enough resource: cpu"),
        "PodLost",
        INFRA,
        "Node didn't have enough resource: cpu",
    ),
    "failed without a word": (lambda pod: pod.fail(), "PodLost", INFRA, "the pod was deleted"),
}


@pytest.mark.parametrize(("history", "reason", "fault", "message"), FAILED.values(), ids=FAILED)
def test_failed(history: History, reason: str, fault: Fault, message: str) -> None:
    outcome = observe(history)
    assert isinstance(outcome, Failed)
    assert (outcome.reason, outcome.fault, outcome.message) == (reason, fault, message)


EVICTION = ("DisruptionTarget", "True", "TerminationByKubelet", EVICTED)
SUCCEEDED: dict[str, History] = {
    "evicted after its end, while another container went on": lambda pod: (
        pod.start(NOW).end(NOW, 0, "wheel=1").set_condition(*EVICTION, at=after(1)).fail("Evicted", EVICTED)
    ),
    "by its end": lambda pod: pod.start(NOW).end(NOW, 0, "wheel=1"),
    "another container goes on": lambda pod: (
        pod.start(NOW).end(NOW, 0, "wheel=1").raw["status"].update(phase="Running")
    ),
    "another container failed": lambda pod: pod.start(NOW).end(NOW, 0, "wheel=1").fail(),
    "deleted after its end": lambda pod: pod.start(NOW).end(NOW, 0, "wheel=1").delete(NOW),
}


@pytest.mark.parametrize("history", SUCCEEDED.values(), ids=SUCCEEDED)
def test_succeeded(history: History) -> None:
    outcome = observe(history, ["wheel"])
    assert isinstance(outcome, Succeeded)
    assert outcome.outputs == {"wheel": "1"}


@pytest.mark.parametrize(
    ("message", "reason"), [("", "OutputsInvalid"), ("hello", "OutputsInvalid"), ("x=" * 2048, "OutputsTooLarge")]
)
def test_exit_0_without_the_declared_outputs_fails(message: str, reason: str) -> None:
    outcome = observe(lambda pod: pod.end(NOW, 0, message), ["wheel"])
    assert isinstance(outcome, Failed)
    assert (outcome.reason, outcome.fault) == (reason, OWN)


AFTER_ITS_END: dict[str, History] = {
    "evicted": lambda pod: pod.set_condition(*EVICTION, at=after(1)).fail("Evicted", EVICTED),
    "deleted": lambda pod: pod.delete(after(1)),
}


@pytest.mark.parametrize("what", AFTER_ITS_END.values(), ids=AFTER_ITS_END)
def test_what_becomes_of_a_pod_after_its_step_does_not_count(what: History) -> None:
    def history(pod: FakePod) -> None:
        what(pod.start(NOW).end(NOW, 3, "boom"))

    outcome = observe(history)
    assert isinstance(outcome, Failed)
    assert (outcome.reason, outcome.fault, outcome.message) == ("Error", OWN, "boom")


def test_what_ends_in_the_same_second_may_have_been_ended() -> None:
    outcome = observe(lambda pod: pod.start(NOW).end(NOW, 0).set_condition(*EVICTION, at=NOW).fail("Evicted"))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "Evicted"


ROOT = [
    "apt-get: Permission denied",
    "chown: Operation not permitted",
    "this must be run as root",
    "are you root?",
]


@pytest.mark.parametrize("said", ROOT)
def test_a_step_that_needs_root_hears_what_to_write(said: str) -> None:
    outcome = observe(lambda pod: pod.end(NOW, 1, said))
    assert isinstance(outcome, Failed)
    assert outcome.message.startswith(said)
    assert "runAsUser: 0" in outcome.message


@pytest.mark.parametrize(
    "history",
    [
        lambda pod: pod.end(NOW, 1, "x" * 4096),
        lambda pod: pod.fail("DeadlineExceeded", "x" * 9999),
        lambda pod: pod.fail("Evicted", "x" * 9999),
        lambda pod: pod.set_condition("PodScheduled", "False", "Unschedulable", "x" * 9999),
        lambda pod: pod.gate().set_condition("PodScheduled", "False", "SchedulingGated", "x" * 9999),
        lambda pod: pod.schedule().wait("ErrImagePull", "x" * 9999),
        lambda pod: pod.schedule().check_out(NOW, "x" * 4096, code=1),
    ],
    ids=["log", "deadline", "evicted", "unschedulable", "gated", "pull", "checkout"],
)
def test_messages_fit_a_status(history: History) -> None:
    outcome = observe(history)
    assert isinstance(outcome, Failed | Waiting)
    assert len(outcome.message) <= 1024 + 200
    assert outcome.message.endswith("xxx")


def test_the_times_are_the_containers() -> None:
    outcome = observe(lambda pod: pod.start(after(5)).end(after(8), 1))
    assert isinstance(outcome, Failed)
    assert outcome.ended is not None
    assert (outcome.ended.started, outcome.ended.finished) == (after(5), after(8))


def test_a_container_that_could_not_start_did_not_start_in_1970() -> None:
    pod = build_pod().start(NOW).end(NOW, 128, "exec failed", reason="StartError")
    pod.state()["terminated"]["startedAt"] = "1970-01-01T00:00:00Z"
    outcome = observe_outcome(pod.observe(), [], NOW)
    assert isinstance(outcome, Failed)
    assert outcome.ended is not None
    assert outcome.ended.started is None
