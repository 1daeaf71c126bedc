"""What ends a step's pod on a real cluster though its node stays: each has its reason, and the step runs again.

The Agent `there` has one node, and goes before `elsewhere`. Runs that hinder each other in nothing run together.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.archives.sites import ArchiveSite
from support.clusters import Cluster
from support.namespaces import Namespace, write_run
from support.outages import AGENTS, find_victim

pytestmark = pytest.mark.alone

IMAGE = "python:3.12-slim"
ONCE = "test $LONGSHORE_ATTEMPT = 1 || exit 0"
GREEDY = "exec python -c 'bytearray(400_000_000)'"
LITTLE_MEMORY = {"limits": {"memory": "64Mi"}}
# A kubelet looks about every ten seconds.
VORACIOUS = 'head -c 20000000 /dev/zero > "$HOME/big"; exec sleep 600'
LITTLE_STORAGE = {"limits": {"ephemeral-storage": "1Mi"}}
SHARE = 0.55
"""Of a node's CPU: two pods that ask for it have no room beside each other."""


@pytest.fixture(scope="module")
def node(cluster: Cluster) -> str:
    """The node of the Agent `there`."""
    return find_victim(cluster).name


@pytest.fixture(scope="module")
def site(node: str, new_archived_namespace: Callable[[str], Namespace]) -> ArchiveSite:
    """A namespace with both Agents and an archive, and the Runs that run together."""
    namespace = new_archived_namespace("interruptions")
    namespace.apply(AGENTS.format(node=node))
    start(namespace, "first", script="true")
    site = ArchiveSite(namespace)
    site.wait_ready()  # it has to see what is said for a moment only
    start(namespace, "greedy", script=f"{ONCE}; {GREEDY}", resources=LITTLE_MEMORY)
    start(namespace, "greedier", script=GREEDY, resources=LITTLE_MEMORY, retry={"infraLimit": 1})
    start(namespace, "voracious", script=f"{ONCE}; {VORACIOUS}", resources=LITTLE_STORAGE)
    start(namespace, "late", script="true", pendingDeadlineSeconds=15, template={"spec": shun(node)})
    return site


@pytest.fixture
def rival(site: ArchiveSite, node: str) -> Iterator[Callable[[str], None]]:
    """Makes a pod that matters more than others, of so much CPU, on the node."""
    name = site.namespace.name  # a PriorityClass has no namespace

    def make(cpu: str) -> None:
        apply(site.namespace, "scheduling.k8s.io/v1", "PriorityClass", name, value=1000)
        apply(site.namespace, "v1", "Pod", "rival", spec=build_rival(name, node, cpu))

    yield make
    site.namespace.kubectl("delete", "pod", "rival", "--ignore-not-found", "--grace-period=1")
    site.namespace.kubectl("delete", "priorityclass", name, "--ignore-not-found")


def apply(namespace: Namespace, version: str, kind: str, name: str, **fields: Any) -> None:
    namespace.apply(json.dumps({"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}))


def build_rival(priority: str, node: str, cpu: str) -> dict[str, Any]:
    """The spec of a pod that does nothing, as restricted as those of steps."""
    secured = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    resources = {"requests": {"cpu": cpu}}
    container = {"name": "it", "image": IMAGE, "command": ["sleep", "600"], "securityContext": secured}
    return {
        "priorityClassName": priority,
        "nodeSelector": {"kubernetes.io/hostname": node},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container | {"resources": resources}],
    }


def shun(node: str) -> dict[str, Any]:
    """What a pod's spec says that is not to run on a node."""
    other = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [other]}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}


def start(namespace: Namespace, run: str, **step: Any) -> None:
    """A Run of one step, which both Agents may do."""
    work = {"name": "work", "image": IMAGE, "agents": ["there", "elsewhere"], **step}
    namespace.apply(write_run(run, json.dumps({"steps": [work]})))


def wait_for_message(site: ArchiveSite, run: str, message: str) -> None:
    """Wait until the status of the Run's step is known to have begun so, if only for a moment."""
    deadline = time.monotonic() + 120
    while True:
        events = site.ask(f"/runs/{run}/events")["items"]
        said = [str(event.get("data", {}).get("message", "")) for event in events if event.get("step") == "work"]
        if any(text.startswith(message) for text in said):
            return
        assert time.monotonic() < deadline, said


def finish_again(site: ArchiveSite, run: str, why: str) -> dict[str, Any]:
    """The step of a Run that has ended well in its second attempt; the first failed as `why` has it."""
    status = site.namespace.finish(run)
    assert status["phase"] == "Succeeded", status
    work: dict[str, Any] = status["steps"]["work"]
    assert (work["attempt"], work["infraRetries"], work.get("retries", 0)) == (2, 1, 0)
    wait_for_message(site, run, f"attempt 1 failed ({why}")
    return work


def test_a_pod_with_too_little_memory_is_killed(site: ArchiveSite) -> None:
    why = "OOMKilled, exit code 137): the container used more memory than resources.limits.memory allows"
    finish_again(site, "greedy", why)


def test_a_step_that_never_has_enough_memory_fails_by_its_limit(site: ArchiveSite) -> None:
    status = site.namespace.finish("greedier")
    work = status["steps"]["work"]
    assert (status["phase"], work["reason"], work["exitCode"]) == ("Failed", "OOMKilled", 137)
    assert (work["attempt"], work["infraRetries"], work.get("retries", 0)) == (2, 1, 0)
    assert work["message"] == "the container used more memory than resources.limits.memory allows"


def test_a_pod_that_fills_its_disk_is_evicted_by_its_kubelet(site: ArchiveSite) -> None:
    finish_again(site, "voracious", "Evicted")


def test_a_step_that_does_not_start_in_time_goes_to_another_agent(site: ArchiveSite, node: str) -> None:
    work = finish_again(site, "late", "PendingDeadlineExceeded")
    assert work["agent"] == "elsewhere"
    assert work["node"] != node


def test_a_pod_that_matters_more_takes_the_room(
    site: ArchiveSite, node: str, rival: Callable[[str], None]
) -> None:
    cpu = f"{int(read_millicores(site.namespace, node) * SHARE)}m"
    script = f"{ONCE}; trap 'exit 143' TERM; sleep 600 & wait"
    start(site.namespace, "small", script=script, agents=["there"], resources={"requests": {"cpu": cpu}})
    site.namespace.wait_for_step("small", "work", "Running")
    rival(cpu)
    wait_for_message(site, "small", "attempt 1 failed (Preempted, exit code 143): ")
    # The next attempt waits for room as long as the other has it.
    site.namespace.wait("runs.longshore.dev/small", "jsonpath={.status.steps.work.reason}=Unschedulable")
    site.namespace.kubectl("delete", "pod", "rival", "--grace-period=1")
    finish_again(site, "small", "Preempted")


def read_millicores(namespace: Namespace, node: str) -> int:
    """How much CPU a node has for pods."""
    cpu = str(namespace.get(f"node/{node}")["status"]["allocatable"]["cpu"])
    return int(cpu.removesuffix("m")) if cpu.endswith("m") else 1000 * int(cpu)
