"""Where steps run, as users say and see it: Agents that are switched, full, moved and off line, on real nodes."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest
from support.agents import Nodes, build_tag, change_agent, wait_for_reason, write_agent
from support.clusters import Cluster
from support.namespaces import Namespace, write_run

pytestmark = pytest.mark.alone

IMAGE = "image: 'python:3.12-slim'"
GREET = f"{{name: greet, {IMAGE}, script: 'echo done'}}"
CORDON_SECONDS = 5
"""How long after Kubernetes says so a status may say otherwise."""


@pytest.fixture
def nodes(cluster: Cluster) -> Iterator[Nodes]:
    """The real nodes; tags that a test gave them are taken away."""
    found = Nodes(cluster)
    assert len(found.names) >= 2, "this needs two nodes: `cluster up --nodes 2`"
    yield found
    found.restore()


def wait_for_message(namespace: Namespace, run: str, step: str, message: str) -> None:
    """Return once a step of a Run has this message."""
    namespace.wait(f"runs.longshore.dev/{run}", f"jsonpath={{.status.steps.{step}.message}}={message}")


def find_cordoned(namespace: Namespace, node: str) -> datetime:
    """When Kubernetes said that a node takes no pods."""
    added = "{.spec.taints[?(@.key=='node.kubernetes.io/unschedulable')].timeAdded}"
    namespace.wait(f"node/{node}", f"jsonpath={added}")
    return datetime.fromisoformat(namespace.kubectl("get", "node", node, f"--output=jsonpath={added}"))


def test_built_in_comes_with_the_first_run_and_can_be_switched(namespace: Namespace, nodes: Nodes) -> None:
    namespace.apply(write_run("first", f"{{steps: [{GREET}]}}"))
    assert namespace.finish("first")["steps"]["greet"]["agent"] == "built-in"
    status = wait_for_reason(namespace, "built-in", "Online")
    assert status["readyNodes"] == f"{len(nodes.names)}/{len(nodes.names)}"
    assert [node["name"] for node in status["nodes"]] == nodes.names
    namespace.wait_for_event("built-in", "AgentOnline")

    change_agent(namespace, "built-in", enabled=False)
    wait_for_reason(namespace, "built-in", "Disabled")
    namespace.wait_for_event("built-in", "AgentOffline")
    namespace.apply(write_run("second", f"{{steps: [{GREET}]}}"))
    wait_for_message(namespace, "second", "greet", "waits: built-in disabled")
    namespace.wait("agents.longshore.dev/built-in", "jsonpath={.status.queued}=1")
    assert namespace.get_pods("second") == []

    change_agent(namespace, "built-in", enabled=True)
    assert namespace.finish("second")["phase"] == "Succeeded"


def test_it_is_shown_as_a_row(namespace: Namespace, nodes: Nodes) -> None:
    namespace.apply(write_agent("small", "capacity: 2, runtime: llm, model: {name: tiny}"))
    wait_for_reason(namespace, "small", "Online")
    head, row = namespace.kubectl("get", "agents.longshore.dev").splitlines()
    assert head.split() == ["NAME", "RUNTIME", "MODEL", "READY", "LOAD", "NODES", "AGE"]
    ready = f"{len(nodes.names)}/{len(nodes.names)}"
    assert row.split()[:-1] == ["small", "llm", "tiny", "True", "0/2", ready]
    wide = namespace.kubectl("get", "agents.longshore.dev", "--output=wide").splitlines()
    assert wide[0].split()[-4:] == ["REASON", "ENABLED", "QUEUED", "COST"]
    assert wide[1].split()[7:10] == ["Online", "true", "0"]


def test_a_pool_of_one_has_one_pod_at_a_time(namespace: Namespace) -> None:
    namespace.apply(write_agent("single", "capacity: 1"))
    steps = "{name: test, forEach: {items: '[1, 2, 3, 4]'}, agents: [single], " + IMAGE + ", script: 'sleep 2'}"
    namespace.apply(write_run("full", f"{{steps: [{steps}]}}"))
    namespace.wait("agents.longshore.dev/single", "jsonpath={.status.load}=1/1")
    namespace.wait("agents.longshore.dev/single", "jsonpath={.status.current[0].run}=full")
    assert namespace.finish("full")["phase"] == "Succeeded"
    lives = sorted(
        (pod["metadata"]["creationTimestamp"], state["terminated"]["finishedAt"])
        for pod in namespace.get_pods("full")
        for state in [pod["status"]["containerStatuses"][0]["state"]]
    )
    assert len(lives) == 4
    assert all(
        datetime.fromisoformat(end) <= datetime.fromisoformat(start) for (_, end), (start, _) in pairwise(lives)
    )
    namespace.wait("agents.longshore.dev/single", "jsonpath={.status.load}=0/1")


def test_tags_move_between_nodes_while_steps_wait(namespace: Namespace, nodes: Nodes) -> None:
    tag, (first, second, *_) = build_tag(), nodes.names
    namespace.apply(write_agent("tagged", f"tags: [{tag}]"))
    assert wait_for_reason(namespace, "tagged", "NoNodes")["readyNodes"] == "0/0"
    work = f"{{name: NAME, agents: [tagged], {IMAGE}, script: 'echo done'}}"
    namespace.apply(write_run("early", f"{{steps: [{work.replace('NAME', 'one')}]}}"))
    # With no node anywhere the pod is made all the same: only that makes an autoscaler add one.
    namespace.wait("runs.longshore.dev/early", "jsonpath={.status.steps.one.reason}=Unschedulable")

    nodes.add_tag(first, tag)
    assert [node["name"] for node in wait_for_reason(namespace, "tagged", "Online")["nodes"]] == [first]
    assert namespace.finish("early")["steps"]["one"]["node"] == first

    nodes.remove_tag(first, tag)
    wait_for_reason(namespace, "tagged", "NoNodes")
    namespace.apply(write_run("late", f"{{steps: [{work.replace('NAME', 'two')}]}}"))
    namespace.wait("runs.longshore.dev/late", "jsonpath={.status.steps.two.reason}=Unschedulable")
    nodes.add_tag(second, tag)
    assert namespace.finish("late")["steps"]["two"]["node"] == second


def test_a_step_waits_for_a_tag_that_no_agent_has(namespace: Namespace, nodes: Nodes) -> None:
    tag, first = build_tag(), nodes.names[0]
    step = f"{{name: crunch, requiredTags: [{tag}], {IMAGE}, script: 'echo done'}}"
    namespace.apply(write_run("asks", f"{{steps: [{step}]}}"))
    wait_for_message(namespace, "asks", "crunch", f"waits: built-in without tags {tag}")
    assert namespace.get_pods("asks") == []
    nodes.add_tag(first, tag)
    done = namespace.finish("asks")["steps"]["crunch"]
    assert (done["agent"], done["node"]) == ("built-in", first)


def test_a_cordoned_node_is_told_of_within_seconds(namespace: Namespace, nodes: Nodes) -> None:
    tag, node = build_tag(), nodes.names[1]
    nodes.add_tag(node, tag)
    namespace.apply(write_agent("tagged", f"tags: [{tag}]"))
    wait_for_reason(namespace, "tagged", "Online")
    with nodes.cordoned(node):
        status = wait_for_reason(namespace, "tagged", "NodesNotReady")
        [condition] = status["conditions"]
        # By the clock of the cluster: kubectl may be slow.
        late = datetime.fromisoformat(condition["lastTransitionTime"]) - find_cordoned(namespace, node)
        assert late.total_seconds() <= CORDON_SECONDS
        assert condition["message"] == f"no node takes pods: {node} is Cordoned"
        assert [(seen["name"], seen["ready"], seen["reason"]) for seen in status["nodes"]] == [
            (node, False, "Cordoned")
        ]
        namespace.wait_for_event("tagged", "AgentOffline")
    assert "reason" not in wait_for_reason(namespace, "tagged", "Online")["nodes"][0]


def test_what_an_agent_extends_comes_and_goes(namespace: Namespace) -> None:
    namespace.apply(write_agent("small", "extends: base, capacity: 1"))
    status = wait_for_reason(namespace, "small", "ExtendsMissing")
    assert status["conditions"][0]["message"].startswith("extends base, which is not there")
    step = GREET.replace("{name", "{agents: [small], name")
    namespace.apply(write_run("waits", f"{{steps: [{step}]}}"))
    namespace.wait("runs.longshore.dev/waits", "jsonpath={.status.steps.greet.reason}=AwaitingAgent")
    namespace.apply(write_agent("base", "nodeSelector: {kubernetes.io/os: linux}"))
    wait_for_reason(namespace, "small", "Online")
    assert namespace.finish("waits")["phase"] == "Succeeded"
    [pod] = namespace.get_pods("waits")
    assert pod["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux"}


def test_explain_reads_well(bare_cluster: Cluster, cluster: Cluster) -> None:
    del cluster
    text = bare_cluster.kubectl("explain", "agents.longshore.dev.spec")
    for field, said in (
        ("extends", "An Agent whose fields this one takes over"),
        ("tags", "Tags of its nodes: the label tags.longshore.dev/<tag>."),
        ("priority", "higher goes first; absent: 0."),
    ):
        assert f"  {field}\t" in text
        assert said in " ".join(text.split())
