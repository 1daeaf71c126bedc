"""Nodes of a real cluster go while steps run on them: no step runs twice at a time, and each end is told.

The Agent `there` has one node, and goes before `elsewhere`; the operator and the archive are on the other node.
"""

import time
from collections.abc import Callable, Iterator

import pytest
from support.archives.sites import ArchiveSite
from support.clusters import Cluster
from support.namespaces import UNTIL_LET_GO, Namespace, let_go, write_run
from support.outages import AGENTS, Victim, find_victim
from support.plugins import wait_for_line

pytestmark = pytest.mark.alone

IMAGE = "python:3.12-slim"
# Its first attempt goes on until someone ends it, and says so.
LONG = 'test $LONGSHORE_ATTEMPT = 1 || exit 0; trap "echo told; exit 143" TERM; echo up; sleep 600 & wait'


@pytest.fixture(scope="module")
def victim(cluster: Cluster) -> Victim:
    """The node that goes."""
    return find_victim(cluster)


@pytest.fixture(scope="module")
def site(victim: Victim, new_archived_namespace: Callable[[str], Namespace]) -> ArchiveSite:
    """A namespace with both Agents, and its archive on a node that stays."""
    namespace = new_archived_namespace("nodes")
    victim.cordon()
    try:
        namespace.apply(AGENTS.format(node=victim.name))
        namespace.apply(write_run("first", f"{{steps: [{{name: one, image: '{IMAGE}', script: 'true'}}]}}"))
        namespace.finish("first")
        site = ArchiveSite(namespace)
        site.wait_ready()
    finally:
        victim.uncordon()
    return site


@pytest.fixture
def namespace(site: ArchiveSite, victim: Victim) -> Iterator[Namespace]:
    """The same namespace; the node is whole again when the test is done."""
    victim.heal()
    for name in ("there", "elsewhere"):
        site.namespace.wait(f"agents.longshore.dev/{name}", "condition=Ready")
    yield site.namespace
    victim.heal()


def start(namespace: Namespace, name: str, script: str = LONG) -> str:
    """Have a step run on the node that goes; the name of its pod."""
    step = f"{{name: work, agents: [there, elsewhere], image: '{IMAGE}', script: '{script}'}}"
    namespace.apply(write_run(name, f"{{steps: [{step}]}}"))
    namespace.wait_for_step(name, "work", "Running")
    work = namespace.get_status(name)["steps"]["work"]
    assert work["agent"] == "there"
    return str(work["pod"])


def wait_for_reason(namespace: Namespace, run: str, reason: str) -> None:
    namespace.wait(f"runs.longshore.dev/{run}", f"jsonpath={{.status.steps.work.reason}}={reason}")


def finish_elsewhere(site: ArchiveSite, run: str, why: str) -> dict[str, object]:
    """The step of a Run that has ended well, in its second attempt; the first failed as `why` has it."""
    status = site.namespace.finish(run)
    assert status["phase"] == "Succeeded", status
    work: dict[str, object] = status["steps"]["work"]
    assert (work["attempt"], work["agent"]) == (2, "elsewhere")
    deadline = time.monotonic() + 120
    while not any(message.startswith(f"attempt 1 failed ({why}") for message in list_messages(site, run)):
        assert time.monotonic() < deadline, list_messages(site, run)
    return work


def list_messages(site: ArchiveSite, run: str) -> list[str]:
    """What the status of a Run's step has said, in order."""
    events = site.ask(f"/runs/{run}/events")["items"]
    return [str(event.get("data", {}).get("message", "")) for event in events if event.get("step") == "work"]


def test_a_node_is_drained(site: ArchiveSite, namespace: Namespace, victim: Victim) -> None:
    start(namespace, "drained")
    wait_for_line(namespace, "drained", "work", "up")
    victim.drain("drained")
    assert finish_elsewhere(site, "drained", "Evicted, exit code 143")["infraRetries"] == 1
    assert site.read_log("drained", "work") == "up\ntold\n"


def test_a_cordoned_node_ends_nothing_and_starts_nothing(namespace: Namespace, victim: Victim) -> None:
    pod = start(namespace, "before", UNTIL_LET_GO)
    victim.cordon()
    step = f"{{name: work, agents: [there, elsewhere], image: '{IMAGE}', script: 'true'}}"
    namespace.wait("agents.longshore.dev/there", "condition=Ready=False")
    namespace.apply(write_run("after", f"{{steps: [{step}]}}"))
    after = namespace.finish("after")
    assert (after["phase"], after["steps"]["work"]["agent"]) == ("Succeeded", "elsewhere")
    assert after["steps"]["work"]["node"] != victim.name
    assert namespace.get_status("before")["steps"]["work"]["phase"] == "Running"
    let_go(namespace, pod)
    before = namespace.finish("before")
    assert (before["phase"], before["steps"]["work"]["attempt"]) == ("Succeeded", 1)


def test_an_agent_is_drained(site: ArchiveSite, namespace: Namespace) -> None:
    start(namespace, "moved")
    wait_for_line(namespace, "moved", "work", "up")
    try:
        namespace.kubectl(
            "patch", "agents.longshore.dev/there", "--type=merge", '--patch={"spec": {"drain": true}}'
        )
        work = finish_elsewhere(site, "moved", "AgentDrained, exit code 143")
    finally:
        namespace.kubectl(
            "patch", "agents.longshore.dev/there", "--type=merge", '--patch={"spec": {"drain": false}}'
        )
    assert (work["moves"], work.get("infraRetries", 0)) == (1, 0)
    assert site.read_log("moved", "work") == "up\ntold\n"


def test_a_node_that_boots_again_has_lost_its_steps(
    site: ArchiveSite, namespace: Namespace, victim: Victim
) -> None:
    """What the log had come to by then is kept, and the step runs again."""
    count = (
        "for i in $(seq 300); do echo $LONGSHORE_ATTEMPT $i; sleep 0.1; test $LONGSHORE_ATTEMPT = 1 || break; done"
    )
    start(namespace, "lost", count)
    while "1 20\n" not in site.read_log("lost", "work"):
        assert namespace.get_status("lost")["steps"]["work"]["phase"] == "Running"
    victim.lose()
    victim.boot()
    status = namespace.finish("lost")
    assert (status["phase"], status["steps"]["work"]["attempt"]) == ("Succeeded", 2)
    lines = site.read_log("lost", "work").splitlines()
    assert lines == [f"1 {number}" for number in range(1, len(lines) + 1)]
    assert len(lines) >= 20
    assert site.read_log("lost", "work", attempt=2) == "2 1\n"


def test_a_step_outlives_its_kubelet(namespace: Namespace, victim: Victim) -> None:
    pod = start(namespace, "silent", UNTIL_LET_GO)
    victim.stop_kubelet()
    wait_for_reason(namespace, "silent", "NodeUnreachable")
    victim.boot()
    let_go(namespace, pod)
    status = namespace.finish("silent")
    assert status["phase"] == "Succeeded"
    assert (status["steps"]["work"]["attempt"], status["steps"]["work"]["pod"]) == (1, pod)


def test_the_power_of_a_node_is_cut_and_then_it_is_deleted(
    site: ArchiveSite, namespace: Namespace, victim: Victim
) -> None:
    start(namespace, "deleted")
    victim.lose()
    wait_for_reason(namespace, "deleted", "NodeUnreachable")
    work = namespace.get_status("deleted")["steps"]["work"]
    assert (work["phase"], work["attempt"]) == ("Running", 1)
    assert f"node {victim.name} is unreachable" in work["message"]
    victim.delete()
    assert finish_elsewhere(site, "deleted", "NodeLost")["infraRetries"] == 1


def test_a_node_that_is_down_for_good_is_fenced(site: ArchiveSite, namespace: Namespace, victim: Victim) -> None:
    start(namespace, "fenced")
    victim.lose()
    wait_for_reason(namespace, "fenced", "NodeUnreachable")
    victim.fence()
    assert finish_elsewhere(site, "fenced", "NodeLost")["infraRetries"] == 1
