"""Agents with capacity and limits of steps, as users meet them."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from support.clusters import Cluster
from support.namespaces import Namespace
from support.plugins import say
from support.releases import Release

pytestmark = pytest.mark.alone

STEP = "image: 'python:3.12-slim', script: 'sleep 2'"


def write_agent(name: str, **spec: Any) -> str:
    """The manifest of an Agent."""
    metadata = {"name": name}
    return json.dumps(
        {"apiVersion": "longshore.dev/v1alpha1", "kind": "Agent", "metadata": metadata, "spec": spec}
    )


def write_run(name: str, count: int, fields: str, spec: str = "") -> str:
    """The manifest of a Run with so many items of step `work`."""
    items = json.dumps(list(range(count)))
    return (
        f"apiVersion: longshore.dev/v1alpha1\nkind: Run\nmetadata: {{name: {name}}}\nspec: {{{spec}workflowSpec: "
        f"{{steps: [{{name: work, {STEP}, {fields}, forEach: {{items: '{items}'}}}}]}}}}\n"
    )


def list_lives(status: dict[str, Any]) -> list[tuple[str, str]]:
    """When each item ran, by its container's own times, in order."""
    items = [step for path, step in status["steps"].items() if "[" in path]
    return sorted((step["startTime"], step["completionTime"]) for step in items)


def change_agent(namespace: Namespace, name: str, **spec: Any) -> None:
    """Change the spec of an Agent."""
    patch = f"--patch={json.dumps({'spec': spec})}"
    namespace.kubectl("patch", "agents.longshore.dev", name, "--type=merge", patch)


def wait_for_message(namespace: Namespace, path: str, message: str) -> None:
    """Wait until a step of Run `crowd` says so."""
    namespace.wait("runs.longshore.dev/crowd", f"jsonpath={{.status.steps.{path}.message}}={message}")


def test_an_agent_never_runs_more_than_it_may_and_others_say_that_they_wait(
    namespace: Namespace, cluster: Cluster
) -> None:
    namespace.apply(write_agent("press", capacity=1))
    namespace.apply(write_run("crowd", 4, "agents: [press]"))
    wait_for_message(namespace, r"work\[3\]", "waits: press at capacity 1/1")
    assert "waits (AwaitingAgent): press at capacity 1/1" in namespace.kubectl("get", "runs", "crowd")
    assert "press at capacity 1/1" in say(namespace, "tree", "crowd").out
    release = Release(cluster)
    cluster.kubectl("--namespace", release.namespace, "delete", "pods", "--all", "--wait=false")
    status = namespace.finish("crowd")
    assert {step["agent"] for path, step in status["steps"].items() if "[" in path} == {"press"}
    assert all(end <= start for (_, end), (start, _) in pairwise(list_lives(status))), list_lives(status)


def test_what_agents_become_is_told_and_acted_on_at_once(namespace: Namespace) -> None:
    namespace.apply(write_run("crowd", 2, "agents: [press]"))
    wait_for_message(namespace, r"work\[0\]", "waits: press not there: create it")
    namespace.apply(write_agent("press", enabled=False))
    wait_for_message(namespace, r"work\[0\]", "waits: press disabled")
    queued = namespace.get_status("crowd")["steps"]["work[0]"]["queuedTime"]
    change_agent(namespace, "press", enabled=True, nodeSelector={"kubernetes.io/os": "linux"})
    status = namespace.finish("crowd")
    assert status["phase"] == "Succeeded"
    assert status["steps"]["work[0]"]["queuedTime"] == queued < status["steps"]["work[0]"]["startTime"]
    assert all(pod["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux"} for pod in namespace.get_pods("crowd"))


def test_the_higher_priority_is_next(namespace: Namespace) -> None:
    namespace.apply(write_agent("press", capacity=0))
    for name in ("crowd", "urgent"):
        namespace.apply(write_run(name, 2, "agents: [press]", f"priority: {int(name == 'urgent')}, "))
        namespace.wait(f"runs.longshore.dev/{name}", r"jsonpath={.status.steps.work\[1\].reason}=AwaitingAgent")
    change_agent(namespace, "press", capacity=1)
    urgent, crowd = namespace.finish("urgent"), namespace.finish("crowd")
    assert list_lives(urgent)[-1][1] <= list_lives(crowd)[-1][0]


def test_kueue_alone_limits_its_pods(namespace: Namespace) -> None:
    namespace.apply(write_agent("press", capacity=1))
    namespace.apply(write_run("crowd", 3, "agents: [press]", "queueName: team, "))
    status = namespace.finish("crowd")
    assert not any("queuedTime" in step for step in status["steps"].values())


@pytest.fixture
def limits(cluster: Cluster) -> Iterator[None]:
    """Within, two steps of a namespace may run at once."""
    release = Release(cluster)
    release.install("steps.maxRunningPerNamespace=2")
    yield
    release.install()


def test_a_limit_of_steps_in_each_namespace(limits: None, namespace: Namespace) -> None:
    del limits
    namespace.apply(write_run("crowd", 5, "retry: {limit: 0}"))
    said = "waits for room: at most 2 steps of this namespace run at once"
    wait_for_message(namespace, r"work\[4\]", said)
    lives = list_lives(namespace.finish("crowd"))
    assert all(end <= start for (_, end), _, (start, _) in zip(lives, lives[1:], lives[2:], strict=False)), lives
