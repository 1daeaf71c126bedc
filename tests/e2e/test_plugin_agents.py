"""`kubectl longshore agents` and `tags`: who runs steps, what keeps one waiting, and the command that helps."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.namespaces import Namespace, write_run
from support.plugins import COLUMNS, Said, say, show, sit_down

STEP = 'image: "python:3.12-slim"'


def write_agent(name: str, **spec: Any) -> str:
    """An Agent as a manifest."""
    return yaml.safe_dump(
        {"apiVersion": "longshore.dev/v1alpha1", "kind": "Agent", "metadata": {"name": name}, "spec": spec}
    )


def get_node(namespace: Namespace) -> dict[str, Any]:
    """The first node."""
    node: dict[str, Any] = json.loads(namespace.cluster.kubectl("get", "nodes", "--output=json"))["items"][0]
    return node


@pytest.fixture
def tag(namespace: Namespace) -> Iterator[str]:
    """A tag that no other test has; afterwards no node has it."""
    yield namespace.name
    namespace.cluster.kubectl("label", "nodes", "--all", f"tags.longshore.dev/{namespace.name}-")


def test_tags_are_given_and_taken_and_nothing_else_changes(namespace: Namespace, tag: str) -> None:
    namespace.apply(write_agent("builder", tags=["linux"], capacity=3))
    before, node = get_node(namespace)["metadata"]["labels"], get_node(namespace)["metadata"]["name"]
    owners = ("--node", node, "--agent", "builder")
    said = say(namespace, "tags", "add", tag, "--agent", "builder")
    assert said == Said(
        0,
        "agent.longshore.dev/builder tagged\n",
        f"no node has tag '{tag}' yet; next: kubectl longshore tags add {tag} --node NODE\n",
    )
    assert say(namespace, "tags", "add", tag, *owners) == Said(
        0, f"node/{node} tagged\nagent.longshore.dev/builder unchanged\n"
    )
    rows = {line.split()[0]: line.split()[1:] for line in say(namespace, "tags").out.splitlines()}
    assert rows[tag] == [node, "builder"]
    assert rows["linux"][-1] == "builder"
    assert get_node(namespace)["metadata"]["labels"] == before | {f"tags.longshore.dev/{tag}": "true"}
    assert namespace.get("agents.longshore.dev/builder")["spec"]["tags"] == ["linux", tag]
    assert say(namespace, "tags", "remove", tag, *owners) == Said(
        0, f"node/{node} untagged\nagent.longshore.dev/builder untagged\n"
    )
    assert get_node(namespace)["metadata"]["labels"] == before
    spec = namespace.get("agents.longshore.dev/builder")["spec"]
    assert (spec["tags"], spec["capacity"]) == (["linux"], 3)


def test_who_may_not_tag_nodes_is_told_what_it_takes(namespace: Namespace, tag: str, tmp_path: Path) -> None:
    namespace.apply(write_agent("builder"))
    namespace.kubectl("create", "serviceaccount", "editor")
    namespace.kubectl(
        "create", "rolebinding", "editor", "--clusterrole=edit", f"--serviceaccount={namespace.name}:editor"
    )
    token = namespace.kubectl("create", "token", "editor").strip()
    config = json.loads(
        namespace.cluster.kubectl("config", "view", "--raw", "--minify", "--flatten", "--output=json")
    )
    config["users"][0]["user"] = {"token": token}
    kubeconfig = tmp_path / "editor"
    kubeconfig.write_text(json.dumps(config))
    flags = ("--kubeconfig", str(kubeconfig))
    node = get_node(namespace)["metadata"]["name"]
    said = say(namespace, "tags", "add", tag, "--node", node, "--agent", "builder", *flags)
    assert (said.code, said.out) == (1, "agent.longshore.dev/builder tagged\n")
    assert said.err.startswith(f"error: node/{node}: nodes ")
    assert said.err.rstrip().endswith("to tag a node takes get and patch on nodes")
    said = say(namespace, "tags", *flags)
    assert said.out.splitlines()[1].split() == [tag, "not", "known", "builder"]
    assert "nodes may not be read with your rights" in said.err


def test_a_step_that_no_agent_takes_says_who_is_in_the_way_and_the_advice_helps(namespace: Namespace) -> None:
    namespace.apply(write_agent("gpu-a", enabled=False, capacity=2))
    namespace.apply(write_run("train", f"{{steps: [{{name: fit, {STEP}, agents: [gpu-a], script: 'true'}}]}}"))
    namespace.wait("runs.longshore.dev/train", "jsonpath={.status.steps.fit.reason}=AwaitingAgent")
    described = say(namespace, "describe", "train").out
    assert "    Waiting:        gpu-a disabled\n" in described
    assert "    Waiting Since:  " in described
    assert "waits: gpu-a disabled" in say(namespace, "tree", "train").out
    assert "fit: gpu-a disabled" in say(namespace, "top").out
    told = say(namespace, "agents", "gpu-a").out
    assert "Enabled:        no: it gets no new steps\n" in told
    assert told[told.index("Waits For It:") :].splitlines()[2].split()[:2] == ["train", "fit"]
    explained = say(namespace, "explain", "train").out
    assert "fit   AwaitingAgent  gpu-a disabled (for " in explained
    [advice] = [line for line in explained.splitlines() if line.startswith("  next, fit: ")]
    namespace.cluster.run(*shlex.split(advice.removeprefix("  next, fit: ")))
    assert namespace.finish("train")["phase"] == "Succeeded"
    assert "    Agent:          gpu-a\n" in say(namespace, "describe", "train").out


def test_the_table_and_the_foretelling(namespace: Namespace, tmp_path: Path) -> None:
    namespace.apply(write_agent("arm", tags=["arm"], nodeSelector={"no.such/label": "x"}))
    namespace.apply(write_agent("idle", enabled=False))
    said = say(namespace, "agents")
    header, *lines = said.out.splitlines()
    assert (said.code, header.split()[:5]) == (0, ["AGENT", "READY", "LOAD", "QUEUED", "NODES"])
    assert [line.split()[0] for line in lines if line.split()[0] != "built-in"] == ["arm", "idle"]
    assert "\x1b" not in said.out
    painted = show(namespace, "agents").out.splitlines()
    assert max(map(len, painted)) <= COLUMNS
    file = tmp_path / "run.yaml"
    file.write_text(write_run("r", f"{{steps: [{{name: a, {STEP}}}, {{name: b, {STEP}, agents: [idle, gone]}}]}}"))
    foretold = say(namespace, "plan", str(file), "--agents").out
    assert "  agents of a: arm" in foretold
    assert "  no agent takes b now: idle disabled; gone not there: create it\n" in foretold


def test_a_paused_group_says_so_and_the_advice_helps(namespace: Namespace) -> None:
    namespace.apply(
        yaml.safe_dump({
            "apiVersion": "longshore.dev/v1alpha1", "kind": "ConcurrencyGroup",
            "metadata": {"name": "stage"}, "spec": {"limit": 0},
        })
    )  # fmt: skip
    line = say(namespace, "groups").out.splitlines()[1]
    assert " ".join(line.split()) == "stage 0 0 0 paused: its limit is 0"
    *_, last = say(namespace, "groups", "stage").out.splitlines()
    namespace.cluster.run(*shlex.split(last.removeprefix("To Go On:")))
    assert namespace.get("concurrencygroups.longshore.dev/stage")["spec"]["limit"] == 1
    assert say(namespace, "groups").out.splitlines()[1].split() == ["stage", "1", "0", "0", "free"]
    assert say(namespace, "groups", "stag").err == (
        f"error: there is no concurrency group 'stag' in namespace '{namespace.name}'; did you mean 'stage'?\n"
    )


def test_on_a_terminal_it_is_live_fits_and_quits(namespace: Namespace) -> None:
    namespace.apply(write_agent("first"))
    with sit_down(namespace, "agents", "-w") as terminal:
        terminal.wait_for(lambda screen: "first" in screen)
        namespace.apply(write_agent("second", tags=["fast"]))
        screen = terminal.wait_for(lambda screen: "second" in screen and "fast" in screen)
        assert " agents: " in screen.splitlines()[0]
        assert "q quits" in screen.splitlines()[0]
        assert max(map(len, screen.splitlines())) <= COLUMNS
        namespace.kubectl("delete", "agents.longshore.dev", "second")
        terminal.wait_for(lambda screen: "first" in screen and "second" not in screen)
        terminal.type("q")
        assert terminal.finish() == 0
        assert terminal.has_echo()
