"""`graph`, `preview` and `plan` against what really happens: the same pods, in the same order."""

import json
import subprocess
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest
import yaml
from support.clusters import ROOT, Cluster
from support.namespaces import Namespace
from support.plugins import say, show

pytestmark = pytest.mark.alone

CLUSTER = ROOT / "tests/cluster/cluster"
IMAGE = "python:3.12-slim"
MARGIN = 3
"""Seconds: what a busy machine may add to one way through the graph and not to another."""

BUILD = {
    "params": [{"name": "env", "default": "dev"}, {"name": "debug", "type": "Boolean", "default": False}],
    "defaults": {"image": IMAGE, "env": [{"name": "MODE", "value": "$(params.env) $(run.name) $$HOME"}]},
    "steps": [
        {"name": "build", "outputs": ["wheel"], "script": 'echo "wheel=app-1.0.whl" > "$LONGSHORE_OUTPUT"\n'},
        {
            "name": "test",
            "needs": ["build"],
            "forEach": {"matrix": {"python": ["3.11", "3.12"], "locale": ["C"]}},
            "command": ["echo", "$(each.python)", "$(steps.build.outputs.wheel)"],
            "activeDeadlineSeconds": 60,
            "resources": {"requests": {"cpu": "10m"}},
        },
        {"name": "debug", "when": "params.debug", "script": "true"},
        {
            "name": "publish",
            "needs": ["test"],
            "when": "steps.build.outputs.wheel != ''",
            "script": "true",
            "volumes": [{"name": "scratch", "mountPath": "/scratch", "emptyDir": {}}],
            "template": {"metadata": {"labels": {"team": "web"}}},
        },
    ],
    "finally": [{"name": "report", "args": ["true", "$(run.phase)"]}],
}  # fmt: skip
# In which seconds of a Run steps start, as laid out here: at least four apart where an order is meant.
SECONDS = {
    "seed": 1, "a": 4, "b": 8, "c": 12, "d": 16, "a2": 8, "b2": 8, "c2": 8, "d2": 4, "ab": 4, "cd": 4,
    "tests": 8, "join": 1, "clean-up": 1, "report": 1,
}  # fmt: skip
NEEDS = {
    **{name: ["seed"] for name in "abcd"},
    **{f"{name}2": [name] for name in "abcd"},
    "ab": ["a2", "b2"],
    "cd": ["c2", "d2"],
    "tests": ["ab"],
    "join": ["tests", "cd"],
    "report": ["clean-up"],
}


def write_workflow(name: str, spec: dict[str, Any]) -> str:
    """A Workflow as a manifest."""
    return yaml.safe_dump(
        {"apiVersion": "longshore.dev/v1alpha1", "kind": "Workflow", "metadata": {"name": name}, "spec": spec}
    )


@pytest.fixture(scope="module")
def built(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace with the Workflow `build` and a Run `built` of it that has ended."""
    namespace = new_namespace("foresight")
    namespace.apply(write_workflow("build", BUILD))
    made = say(namespace, "submit", "build", "--name", "built", "-p", "env=prod", "--wait")
    assert made.code == 0, made
    return namespace


def test_what_preview_shows_is_what_the_operator_makes(built: Namespace) -> None:
    said = say(built, "preview", "build", "--name", "built", "-p", "env=prod", "-o", "json")
    assert said.code == 0
    assert said.err == "step 'debug' makes nothing: WhenFalse: params.debug\n"
    text = said.out.replace("<steps.build.outputs.wheel>", "app-1.0.whl").replace("<run.phase>", "Succeeded")
    uid = built.get("runs.longshore.dev/built")["metadata"]["uid"]
    previewed = json.loads(text.replace("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", uid))["items"]
    real = {pod["metadata"]["annotations"]["longshore.dev/path"]: pod for pod in built.get_pods("built")}
    paths = [pod["metadata"]["annotations"]["longshore.dev/path"] for pod in previewed]
    assert paths == ["build", "test[0]", "test[1]", "publish", "report"]
    assert set(paths) == set(real)
    for path, pod in zip(paths, previewed, strict=True):
        assert real[path]["metadata"]["name"].rpartition("-")[0] == pod["metadata"]["name"].rpartition("-")[0]
        assert strip(real[path]) == strip(dry_run(built, pod))


def dry_run(namespace: Namespace, pod: dict[str, Any]) -> dict[str, Any]:
    """The pod as the API server would have it."""
    made: dict[str, Any] = json.loads(
        namespace.kubectl("create", "--dry-run=server", "--output=json", "--filename=-", stdin=json.dumps(pod))
    )
    return made


def strip(pod: dict[str, Any]) -> dict[str, Any]:
    """A pod without what is of this one alone."""
    kept = ("labels", "annotations", "ownerReferences", "namespace")
    spec = {name: value for name, value in pod["spec"].items() if name != "nodeName"}
    return {"metadata": {name: pod["metadata"][name] for name in kept}, "spec": spec}


def test_preview_of_a_step(built: Namespace) -> None:
    said = say(built, "preview", "build", "--step", "test", "-o", "name")
    assert said.out == "pod/build-xxxxx-test-0-1-xxxxxxxxxx\npod/build-xxxxx-test-1-1-xxxxxxxxxx\n"
    said = say(built, "preview", "build", "--step", "publish")
    assert "# only when steps.build.outputs.wheel != ''\n" in said.out
    assert [each["kind"] for each in yaml.safe_load_all(said.out) if each] == ["Pod"]
    assert say(built, "preview", "build", "--step", "tset").err == (
        "error: there is no step 'tset'; did you mean 'test'?\n"
    )
    assert built.get("runs.longshore.dev")["items"][1:] == []


def test_graph_of_a_run_of_a_workflow_and_of_a_file(built: Namespace) -> None:
    of_run = [" ".join(line.split()) for line in say(built, "graph", "run/built").out.splitlines()]
    assert of_run[0] == "✔ built Succeeded"
    assert of_run[2].startswith("│ ✔ test x2 Succeeded ")
    of_workflow = say(built, "graph", "build").out
    assert of_workflow.splitlines()[0] == "○ build"
    assert say(built, "graph", "-", stdin=write_workflow("build", BUILD)).out == of_workflow
    assert say(built, "graph", "biuld").err.endswith(f"in namespace '{built.name}'; did you mean 'build'?\n")
    assert say(built, "graph").out.startswith("✔ built  Succeeded\n")
    assert max(len(line) for line in show(built, "graph", "built").out.splitlines()) <= 80


@pytest.fixture(scope="module")
def fake_nodes(cluster: Cluster) -> Iterator[None]:
    """Nodes that no kubelet runs; pods on them end when their annotation says so."""
    assert cluster
    subprocess.run([CLUSTER, "kwok", "up", "2"], check=True)
    yield
    subprocess.run([CLUSTER, "kwok", "down"], check=True)


def write_timed_step(name: str) -> dict[str, Any]:
    """A step that takes as long as SECONDS says, on a fake node."""
    template = {
        "metadata": {"annotations": {"pod-complete.stage.kwok.x-k8s.io/delay": f"{SECONDS[name]}s"}},
        "spec": {
            "nodeSelector": {"type": "kwok"},
            "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists"}],
        },
    }
    step = {"name": name, "needs": NEEDS.get(name, []), "template": template}
    return {**step, "forEach": {"items": "[1, 2, 3]"}} if name == "tests" else step


@pytest.mark.usefixtures("fake_nodes")
def test_the_order_that_plan_foretells_is_the_order_of_the_pods(namespace: Namespace) -> None:
    finals = ["clean-up", "report"]
    main = [write_timed_step(name) for name in SECONDS if name not in finals]
    spec = {"defaults": {"image": "fake"}, "steps": main, "finally": [write_timed_step(name) for name in finals]}
    namespace.apply(write_workflow("timed", spec))
    durations = [f"--duration={name}={seconds}s" for name, seconds in SECONDS.items()]
    foretold = json.loads(say(namespace, "plan", "timed", "-o", "json", *durations).out)
    starts = {step["name"]: step["start"] for wave in foretold["waves"] for step in wave["steps"]}
    assert starts["b2"] == 9
    assert foretold["criticalPath"] == ["seed", "b", "b2", "ab", "tests[0]", "join", "clean-up", "report"]

    made = say(namespace, "submit", "timed", "--name", "timed", "--wait")
    assert made.code == 0, made
    seen = find_starts(namespace, "timed")
    assert set(seen) == set(starts)
    pairs = [pair for pair in combinations(starts, 2) if abs(starts[pair[0]] - starts[pair[1]]) >= MARGIN]
    assert len(pairs) > 60
    wrong = [(a, b) for a, b in pairs if (starts[a] < starts[b]) is not (seen[a] < seen[b])]
    assert wrong == [], f"foretold {starts}, seen {seen}"

    # What the Run took is what the next plan stands on.
    again = json.loads(say(namespace, "plan", "timed", "-o", "json").out)
    assert "durations are those of timed" in again["notes"]
    assert abs(again["total"] - foretold["total"]) <= len(again["criticalPath"])


def find_starts(namespace: Namespace, run: str) -> dict[str, str]:
    """When the first pod of each step was made, as RFC 3339."""
    starts: dict[str, str] = {}
    for pod in namespace.get_pods(run):
        step, time = pod["metadata"]["labels"]["longshore.dev/step"], pod["metadata"]["creationTimestamp"]
        starts[step] = min(time, starts.get(step, time))
    return starts
