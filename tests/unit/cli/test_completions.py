"""What Tab offers: words of the command line at once, names as the cluster and the kubeconfig have them."""

from pathlib import Path

import httpx2
import pytest
from longshore.cli.completions import complete
from longshore.cli.groups import SUMMARIES
from longshore.cli.words import candidates
from unit.cli.pools import BROWSERS, STAGES, agent, node
from unit.cli.samples import Object, asking_run, fanned_out_run
from unit.cli.scripts import NAMESPACE, RUNS, Script, answer, answer_list, refuse
from unit.cli.test_kubeconfigs import write

WORKFLOWS, AGENTS, GROUPS = (RUNS.replace("runs", kind) for kind in ("workflows", "agents", "concurrencygroups"))


def named(name: str, age: int) -> Object:
    return {"metadata": {"name": name, "creationTimestamp": f"2026-01-02T10:00:{age:02}Z"}}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """A cluster with two Runs and two Workflows."""
    made = Script(
        {
            RUNS: [answer_list(named("nightly-1", 1), named("nightly-2", 2), named("other", 3))],
            f"{RUNS}/fan": [answer(fanned_out_run(2))],
            f"{RUNS}/asking": [answer(asking_run())],
            WORKFLOWS: [answer_list(named("nightly", 1), named("weekly", 2))],
            AGENTS: [answer_list(agent("gpu-a", tags=["gpu"]), agent("built-in"))],
            GROUPS: [answer_list(BROWSERS, STAGES)],
            "/api/v1/nodes": [answer_list(node("node-1", arm="true"))],
            "/api/v1/namespaces": [answer_list(named("team", 1), named("test", 2))],
        }
    )
    monkeypatch.setattr(candidates, "connect", lambda _: made.connect())
    return made


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ([""], [*(f"{name}\t{summary}" for name, summary in SUMMARIES.items()), ":4"]),
        ([], [*(f"{name}\t{summary}" for name, summary in SUMMARIES.items()), ":4"]),
        (["canc"], [f"cancel\t{SUMMARIES['cancel']}", ":4"]),
        (["list", "-o", "js"], ["json", ":4"]),
        (["list", "--output=w"], ["wide", ":4"]),
        (["nix", ""], [":4"]),
        (["logs", "nightly"], ["nightly-2", "nightly-1", ":4"]),
        (["-n", "team", "status", "o"], ["other", ":4"]),
        (["cancel", "other", "nightly-1", ""], ["nightly-2", ":4"]),
        (["logs", "fan", ""], ["build", "test[0]", "test[1]", ":4"]),
        (["logs", "fan", "-f", "test"], ["test[0]", "test[1]", ":4"]),
        (["approve", "asking", ""], ["gate.2", ":4"]),
        (["logs", "asking", "build", ""], [":4"]),
        (["submit", "w"], ["weekly", ":4"]),
        (["agents", ""], ["built-in", "gpu-a", ":4"]),
        (["agents", "gpu-a", ""], ["built-in", ":4"]),
        (["groups", "s"], ["stages", ":4"]),
        (["tags", "a"], ["add\tGive nodes and Agents a tag.", ":4"]),
        (["tags", "add", ""], ["arm", "gpu", ":4"]),
        (["tags", "remove", "gpu", "--agent", ""], ["built-in", "gpu-a", ":4"]),
        (["tags", "remove", "gpu", "--agent", "gpu-a", "--agent", "g"], [":4"]),
        (["tags", "add", "gpu", "--node", "n"], ["node-1", ":4"]),
        (["submit", "./w"], [":0"]),
        (["submit", "pipe"], [":0"]),
        (["submit", "weekly", "--params-file", ""], [":0"]),
        (["lint", ""], [":0"]),
        (["list", "-n", "te"], ["test", "team", ":4"]),
        (["list", "--kubeconfig", ""], [":0"]),
        (["tree", "-n", "t", "--na"], [":4"]),
        (["tree", "--name"], ["--namespace\tNamespace.", ":4"]),
    ],
)
def test_offers(script: Script, words: list[str], offered: list[str]) -> None:
    assert script.answers
    assert sorted(complete(words)) == sorted(offered)


def test_the_newest_runs_come_first_and_only_their_metadata_is_asked_for(script: Script) -> None:
    assert complete(["watch", ""]) == ["other", "nightly-2", "nightly-1", ":4"]
    assert "PartialObjectMetadataList" in script.asked[0].headers["accept"]
    assert f"/namespaces/{NAMESPACE}/" in script.asked[0].url.path


@pytest.mark.parametrize("words", [["logs", ""], ["logs", "gone", ""], ["list", "-n", ""]])
@pytest.mark.parametrize(
    "trouble", [refuse(403), refuse(500), httpx2.ConnectError("away"), RuntimeError("a mistake")]
)
def test_what_goes_wrong_is_not_said(
    script: Script, words: list[str], trouble: object, capsys: pytest.CaptureFixture[str]
) -> None:
    script.answers = {key: [trouble] for key in [*script.answers, f"{RUNS}/gone"]}
    assert complete(words) == [":4"]
    assert capsys.readouterr() == ("", "")


def test_contexts_are_those_of_the_kubeconfig(tmp_path: Path) -> None:
    file = write(tmp_path, "home")
    assert complete(["--kubeconfig", str(file), "list", "--context", ""]) == ["home", ":4"]
    assert complete(["--kubeconfig", "missing", "list", "--context", ""]) == [":4"]
