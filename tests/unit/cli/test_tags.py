"""`tags`: which there are, and giving and taking them so that nothing else is lost."""

import json
from typing import Any

import pytest
from longshore.cli.__main__ import run_plugin
from longshore.cli.actions import tags
from unit.cli.pools import agent, node
from unit.cli.scripts import RUNS, Script, answer, answer_list, refuse

AGENTS = RUNS.replace("runs", "agents")
NODES = "/api/v1/nodes"
GPU = agent("gpu-a", tags=["gpu", "linux"])


NODE = node("node-1", gpu="true", big="false")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """A cluster with two nodes and two Agents."""
    made = Script({
        NODES: [answer_list(NODE, node("node-2", gpu="true", arm="true"))],
        f"{NODES}/node-1": [answer(NODE)],
        AGENTS: [answer_list(GPU, agent("plain"))],
        f"{AGENTS}/gpu-a": [answer(GPU)],
        f"{AGENTS}/plain": [answer(agent("plain"))],
    })  # fmt: skip
    monkeypatch.setattr(tags, "connect", lambda _: made.connect())
    return made


def list_patches(script: Script) -> list[Any]:
    return [
        (request.url.path, json.loads(request.content)) for request in script.asked if request.method == "PATCH"
    ]


def test_who_has_them(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["tags"]) == 0
    assert (
        capsys.readouterr().out
        == """\
TAG    NODES           AGENTS
arm    node-2          none
gpu    node-1, node-2  gpu-a
linux  none            gpu-a
"""
    )
    assert script.asked


def test_nodes_that_may_not_be_read(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script.answers[NODES] = [refuse(403)]
    assert run_plugin(["tags"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[1].split() == ["gpu", "not", "known", "gpu-a"]
    assert said.err == "nodes may not be read with your rights: these are the tags of agents alone\n"


def test_none(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script.answers |= {NODES: [answer_list()], AGENTS: [answer_list()]}
    assert run_plugin(["tags"]) == 0
    assert capsys.readouterr() == ("", "no node, and no agent in namespace 'team', has a tag\n")


@pytest.mark.parametrize(
    ("words", "out", "patches"),
    [
        (
            ["add", "arm", "--node", "node-1"],
            "node/node-1 tagged",
            [(f"{NODES}/node-1", {"metadata": {"labels": {"tags.longshore.dev/arm": "true"}}})],
        ),
        (
            ["remove", "gpu", "--node", "node-1"],
            "node/node-1 untagged",
            [(f"{NODES}/node-1", {"metadata": {"labels": {"tags.longshore.dev/gpu": None}}})],
        ),
        (["add", "gpu", "--node", "node-1"], "node/node-1 unchanged", []),
        (["remove", "big", "--node", "node-1"], "node/node-1 unchanged", []),
        (
            ["add", "arm", "--agent", "gpu-a"],
            "agent.longshore.dev/gpu-a tagged",
            [
                (
                    f"{AGENTS}/gpu-a",
                    {"metadata": {"resourceVersion": "7"}, "spec": {"tags": ["gpu", "linux", "arm"]}},
                )
            ],
        ),
        (
            ["remove", "gpu", "--agent", "gpu-a"],
            "agent.longshore.dev/gpu-a untagged",
            [(f"{AGENTS}/gpu-a", {"metadata": {"resourceVersion": "7"}, "spec": {"tags": ["linux"]}})],
        ),
        (
            ["add", "gpu", "--agent", "plain", "--agent", "gpu-a", "--node", "node-1"],
            "node/node-1 unchanged\nagent.longshore.dev/plain tagged\nagent.longshore.dev/gpu-a unchanged",
            [(f"{AGENTS}/plain", {"metadata": {"resourceVersion": "7"}, "spec": {"tags": ["gpu"]}})],
        ),
    ],
)
def test_changes(
    script: Script, capsys: pytest.CaptureFixture[str], words: list[str], out: str, patches: list[Any]
) -> None:
    assert run_plugin(["tags", *words]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    assert list_patches(script) == patches


def test_what_others_change_meanwhile_stays(script: Script) -> None:
    newer = {**agent("gpu-a", tags=["gpu", "linux", "fast"])}
    newer["metadata"] = {**newer["metadata"], "resourceVersion": "8"}
    script.answers[f"{AGENTS}/gpu-a"] = [answer(GPU), refuse(409), answer(newer), answer(newer)]
    assert run_plugin(["tags", "remove", "gpu", "--agent", "gpu-a"]) == 0
    assert list_patches(script)[-1][1] == {
        "metadata": {"resourceVersion": "8"},
        "spec": {"tags": ["linux", "fast"]},
    }


def test_an_agent_that_is_changed_all_the_time_is_given_up(
    script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    script.answers[f"{AGENTS}/gpu-a"] = [item for _ in range(9) for item in (answer(GPU), refuse(409))]
    assert run_plugin(["tags", "remove", "gpu", "--agent", "gpu-a"]) == 1
    assert "is changed by somebody else all the time; try again" in capsys.readouterr().err


def test_a_tag_that_no_node_has_yet(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["tags", "add", "big", "--agent", "plain"]) == 0
    assert capsys.readouterr().err == (
        "no node has tag 'big' yet; next: kubectl longshore tags add big --node NODE\n"
    )
    assert script.asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "gpu"], "error: name who is meant by --node or --agent"),
        (["add", "GPU", "--node", "node-1"], "error: 'GPU' can't be a tag: write lowercase letters"),
        (["add", "a/b", "--node", "node-1"], "error: 'a/b' can't be a tag"),
        (["add", "a\n", "--node", "node-1"], "error: 'a\\n' can't be a tag"),
        (["remove", "x" * 64, "--node", "node-1"], "can't be a tag"),
        (["list"], "error: No such command 'list'."),
    ],
)
def test_mistakes(script: Script, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert run_plugin(["tags", *words]) == 2
    assert said in capsys.readouterr().err
    assert not script.asked


NOT_ALLOWED = 'nodes "node-1" is forbidden: User "ann" cannot patch'


@pytest.mark.parametrize(
    ("path", "trouble", "said"),
    [
        (
            f"{NODES}/node-1",
            refuse(403, NOT_ALLOWED, "node-1"),
            f"error: node/node-1: {NOT_ALLOWED}; to tag a node takes get and patch on nodes\n",
        ),
        (
            f"{NODES}/node-1",
            refuse(404),
            "error: node/node-1: there is no node 'node-1'; did you mean 'node-1'?\n",
        ),
        (
            f"{AGENTS}/gpu-b",
            refuse(404, "not found", "gpu-b"),
            "error: agent.longshore.dev/gpu-b: there is no agent 'gpu-b' in namespace 'team'; did you mean 'gpu-",
        ),
    ],
)
def test_what_can_not_be_changed_is_said_and_the_others_are_changed(
    script: Script, capsys: pytest.CaptureFixture[str], path: str, trouble: object, said: str
) -> None:
    kind, name = ("--node", "node-1") if path.startswith(NODES) else ("--agent", "gpu-b")
    script.answers[path] = [trouble]
    assert run_plugin(["tags", "add", "gpu", kind, name, "--agent", "plain"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "agent.longshore.dev/plain tagged\n"
    assert captured.err.startswith(said)
