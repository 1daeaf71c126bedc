"""Limits of Runs at once, and Kueue's gates, as users meet them; what Kueue's webhook does, the test does."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from support.clusters import Cluster
from support.namespaces import Namespace
from support.plugins import say
from support.releases import Release

pytestmark = pytest.mark.alone

APPROVAL = "{name: gate, approval: {message: 'go on?'}}"
GREET = "{name: greet, image: 'python:3.12-slim', script: 'echo done'}"


def write_run(name: str, steps: str, spec: str = "", graph: str = "") -> str:
    """The manifest of a Run; `spec` and `graph` are more of their fields, in flow style."""
    return (
        f"apiVersion: longshore.dev/v1alpha1\nkind: Run\nmetadata: {{name: {name}}}\n"
        f"spec: {{{spec}{', ' * bool(spec)}workflowSpec: {{{graph}{', ' * bool(graph)}steps: [{steps}]}}}}\n"
    )


def want(namespace: Namespace, run: str, **fields: Any) -> None:
    """Change the spec of a Run."""
    patch = f"--patch={json.dumps({'spec': fields})}"
    namespace.kubectl("patch", "runs.longshore.dev", run, "--type=merge", patch)


def wait_for_phase(namespace: Namespace, run: str, phase: str) -> None:
    namespace.wait(f"runs.longshore.dev/{run}", f"jsonpath={{.status.phase}}={phase}")


def get_admitted(namespace: Namespace, run: str) -> tuple[str, str, str]:
    """Status, reason and message of condition Admitted."""
    (found,) = [
        condition for condition in namespace.get_status(run)["conditions"] if condition["type"] == "Admitted"
    ]
    return found["status"], found["reason"], found.get("message", "")


@pytest.fixture(scope="module")
def limits(cluster: Cluster) -> Iterator[None]:
    """Within, two Runs of a namespace may go on at once."""
    release = Release(cluster)
    release.install("runs.maxRunningPerNamespace=2")
    yield
    release.install()


@pytest.fixture
def full(limits: None, namespace: Namespace) -> Namespace:
    """A namespace where two Runs go on, and wait for an approval."""
    del limits
    for name in ("first", "second"):
        namespace.apply(write_run(name, APPROVAL))
    for name in ("first", "second"):
        wait_for_phase(namespace, name, "Running")
    return namespace


def test_a_queued_run_says_why_and_the_first_in_line_starts_next(full: Namespace) -> None:
    for name in ("early", "late"):
        full.apply(write_run(name, GREET))
        wait_for_phase(full, name, "Queued")
    said = "waits for room: 2 of 2 Runs of this namespace go on; 2nd in line at "
    status, reason, message = get_admitted(full, "late")
    assert (status, reason, message.startswith(said)) == ("False", "NamespaceFull", True)
    assert said in full.kubectl("get", "runs.longshore.dev", "late")
    assert said in say(full, "list").out
    assert full.get_pods("late") == []

    want(full, "late", priority=1)
    full.wait("runs.longshore.dev/late", "jsonpath={.status.observedGeneration}=2")
    assert "; 1st in line at " in get_admitted(full, "late")[2]
    full.longshore("approve", "first", "gate")
    late, early = full.finish("late"), full.finish("early")
    assert (late["phase"], early["phase"]) == ("Succeeded", "Succeeded")
    assert late["completionTime"] <= early["startTime"], "one at a time, the higher priority first"
    assert get_admitted(full, "early") == ("True", "Admitted", "")


def test_a_cancel_and_a_deadline_end_queued_runs_without_a_pod(full: Namespace) -> None:
    full.apply(write_run("unwanted", GREET))
    full.apply(write_run("late", GREET, graph="queuedDeadlineSeconds: 3"))
    wait_for_phase(full, "unwanted", "Queued")
    full.longshore("cancel", "unwanted")
    assert full.finish("unwanted")["message"] == "canceled before it started"
    late = full.finish("late")
    said = "was queued longer than queuedDeadlineSeconds: 3: waits for room: 2 of 2 Runs of this namespace go on"
    assert (late["phase"], late["message"]) == ("Failed", said)
    assert get_admitted(full, "late") == ("False", "QueuedDeadlineExceeded", said)
    assert full.get_pods("unwanted") == full.get_pods("late") == []


def test_a_suspended_run_takes_no_room_until_it_is_resumed(full: Namespace) -> None:
    full.apply(write_run("paused", GREET, spec="suspend: true"))
    full.apply(write_run("next", GREET))
    full.wait("runs.longshore.dev/paused", "condition=Suspended")
    assert get_admitted(full, "paused") == ("False", "Suspended", "spec.suspend is true")
    full.longshore("approve", "first", "gate")
    assert full.finish("next")["phase"] == "Succeeded"
    full.longshore("resume", "paused")
    assert full.finish("paused")["phase"] == "Succeeded"


def test_limits_outlast_the_operator(full: Namespace, cluster: Cluster) -> None:
    full.apply("---\n".join(write_run(f"waits-{number}", GREET) for number in range(4)))
    release = Release(cluster)
    cluster.kubectl("--namespace", release.namespace, "delete", "pods", "--all", "--wait=false")
    full.longshore("approve", "first", "gate")
    ends = [full.finish(f"waits-{number}") for number in range(4)]
    assert [end["phase"] for end in ends] == ["Succeeded"] * 4
    lives = sorted((end["startTime"], end["completionTime"]) for end in ends)
    assert all(end <= start for (_, end), (start, _) in pairwise(lives)), lives


HOLD = "template: {spec: {schedulingGates: [{name: example.com/hold}]}}"
GATED = f"{{name: work, image: 'python:3.12-slim', script: 'echo done', {HOLD}, %s}}"
UNGATE = '[{"op": "remove", "path": "/spec/schedulingGates"}]'


def get_pod(namespace: Namespace, run: str) -> dict[str, Any]:
    """The one pod of a Run that is not being deleted."""
    (pod,) = [pod for pod in namespace.get_pods(run) if "deletionTimestamp" not in pod["metadata"]]
    return pod


def wait_until_gated(namespace: Namespace, run: str) -> dict[str, Any]:
    """The pod of step `work`, once the Run says that it is gated."""
    namespace.wait(f"runs.longshore.dev/{run}", "jsonpath={.status.steps.work.reason}=Gated")
    return get_pod(namespace, run)


def admit(namespace: Namespace, pod: dict[str, Any]) -> None:
    """Lift the gates."""
    namespace.kubectl("patch", "pod", pod["metadata"]["name"], "--type=json", f"--patch={UNGATE}")


def test_gated_time_is_not_pending_time(namespace: Namespace) -> None:
    namespace.apply(write_run("gated", GATED % "pendingDeadlineSeconds: 20, activeDeadlineSeconds: 20"))
    pod = wait_until_gated(namespace, "gated")
    # Another Run that takes longer than either deadline is the clock.
    clock = "{name: clock, image: 'python:3.12-slim', script: 'sleep 22'}"
    namespace.apply(write_run("clock", clock))
    namespace.finish("clock")
    lived = datetime.now(UTC) - datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    assert lived.total_seconds() > 20
    assert namespace.get_status("gated")["steps"]["work"]["reason"] == "Gated"
    admit(namespace, pod)
    step = namespace.finish("gated")["steps"]["work"]
    assert (step["phase"], step["attempt"]) == ("Succeeded", 1)
    # A step that starts and ends within the second in which it is not looked at was never seen to wait.
    assert pod["metadata"]["creationTimestamp"] < step.get("ungatedTime", step["startTime"])


def test_a_pod_that_kueue_preempts_is_made_anew(namespace: Namespace) -> None:
    step = "{name: work, image: 'python:3.12-slim', script: '[ \"$LONGSHORE_ATTEMPT\" = 2 ] || sleep 600'}"
    namespace.apply(write_run("preempted", step, spec="queueName: team"))
    namespace.wait_for_step("preempted", "work", "Running")
    pod = get_pod(namespace, "preempted")
    assert pod["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "team"
    evicted = {
        "type": "TerminationTarget",
        "status": "True",
        "reason": "WorkloadEvictedDueToPreempted",
        "message": "Preempted to accommodate a workload",
    }
    status = json.dumps({"status": {"conditions": [evicted]}})
    name = pod["metadata"]["name"]
    namespace.kubectl("patch", "pod", name, "--subresource=status", "--type=strategic", f"--patch={status}")
    namespace.kubectl("delete", "pod", name, "--wait=false", "--grace-period=1")
    step_status = namespace.finish("preempted")["steps"]["work"]
    assert (step_status["phase"], step_status["infraRetries"]) == ("Succeeded", 1)
    assert step_status["pod"] != name


def test_a_pod_that_kueues_finalizer_keeps_holds_nobody_up(namespace: Namespace) -> None:
    namespace.apply(write_run("kept", GATED % "gracePeriodSeconds: 1"))
    name = wait_until_gated(namespace, "kept")["metadata"]["name"]
    taken_in = {"labels": {"kueue.x-k8s.io/managed": "true"}, "finalizers": ["kueue.x-k8s.io/managed"]}
    namespace.kubectl("patch", "pod", name, "--type=merge", f"--patch={json.dumps({'metadata': taken_in})}")
    namespace.kubectl("delete", "pod", name, "--wait=false")
    namespace.wait("runs.longshore.dev/kept", "jsonpath={.status.steps.work.attempt}=2")
    admit(namespace, wait_until_gated(namespace, "kept"))
    assert namespace.finish("kept")["phase"] == "Succeeded"
    assert name in namespace.kubectl("get", "pods", "--output=name"), "Kueue has it still"
    namespace.kubectl("patch", "pod", name, "--type=merge", '--patch={"metadata": {"finalizers": null}}')
    namespace.kubectl("wait", "pod", name, "--for=delete", "--timeout=60s")


def test_a_run_of_another_controller_is_left_alone(namespace: Namespace) -> None:
    namespace.apply(write_run("foreign", GREET, spec="managedBy: example.com/me"))
    namespace.apply(write_run("ours", GREET, spec="managedBy: longshore.dev/operator"))
    assert namespace.finish("ours")["phase"] == "Succeeded"
    assert (namespace.get_status("foreign"), namespace.get_pods("foreign")) == ({}, [])
    assert "left to example.com/me" in say(namespace, "list").out
    assert "left to example.com/me" in say(namespace, "tree", "foreign").out
