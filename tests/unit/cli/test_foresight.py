"""`graph`, `preview` and `plan` of files, which take no cluster: what they print, and what they refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from longshore.cli.__main__ import run_plugin
from support.planning.runs import bare_step, params, step, workflow

GRAPH = workflow(
    step("build", script="make\nmake check\n", outputs=["wheel"]),
    step("test", needs="build", forEach={"items": "[1, 2]"}, args=["$(each.item)"]),
    step("lint"),
    bare_step("gate", needs=["test"], approval={"message": "Go?"}),
    step("debug", when="params.debug"),
    step("publish", needs="gate", when="steps.build.outputs.wheel != ''", args=["$(steps.build.outputs.wheel)"]),
    params=params(debug={"type": "Boolean", "default": False}, env={"default": "dev", "enum": ["dev", "prod"]}),
)
PLAN = """\
WAVE  STEP       START  TAKES
   1  ◆ build       0s    30s  ━━━━━━━━━━━━━━━━
      ◇ lint        0s     1s  ─
   2  ◆ test x2    30s    45s                  ━━━━━━━━━━━━━━━━━━━━━━━
   3  ◆ gate       75s     0s                                         ━
      ◆ publish    75s     1s                                         ━

total 76s
◆ critical path: build → test[1] → gate → publish
  not run: debug (WhenFalse: params.debug)
  no duration is known of lint, publish: 1s each
  assumed: every step succeeds at its first attempt
  assumed: approvals are given at once (gate)
  assumed: conditions over outputs hold (publish)
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with the Workflow `release`; there is no cluster."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    path = tmp_path / "release.yaml"
    path.write_text(write(GRAPH))
    return str(path)


def write(spec: dict[str, Any], kind: str = "Workflow") -> str:
    """A manifest."""
    return yaml.safe_dump(
        {"apiVersion": "longshore.dev/v1alpha1", "kind": kind, "metadata": {"name": "release"}, "spec": spec}
    )


def test_plan(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    durations = ["--duration", "build=30s", "--duration", "test[1]=45s", "--duration", "test=5s"]
    assert run_plugin(["plan", file, *durations]) == 0
    assert capsys.readouterr() == (PLAN, "")


def test_plan_without_durations_counts_units(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["plan", file]) == 0
    said = capsys.readouterr().out
    assert "\ntotal 3 units\n" in said
    assert "no duration is known, so each step takes 1" in said


def test_plan_for_programs(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["plan", file, "-o", "json", "--duration", "build=30s"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["unit"], plan["total"]) == ("second", 32)
    assert plan["criticalPath"] == ["build", "test[0]", "gate", "publish"]
    assert [[each["name"] for each in wave["steps"]] for wave in plan["waves"]] == [
        ["build", "lint"], ["test"], ["gate", "publish"],
    ]  # fmt: skip
    assert plan["waves"][1] == {
        "start": 30,
        "steps": [{"name": "test", "count": 2, "start": 30, "end": 31, "critical": True}],
    }
    assert plan["skipped"] == {"debug": "WhenFalse: params.debug"}


def test_preview(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["preview", file, "-n", "team"]) == 0
    said = capsys.readouterr()
    assert (
        said.err
        == "step 'debug' makes nothing: WhenFalse: params.debug\nstep 'gate' makes nothing: it asks people\n"
    )
    pods = [pod for pod in yaml.safe_load_all(said.out) if pod]
    assert [pod["metadata"]["annotations"]["longshore.dev/path"] for pod in pods] == [
        "build", "lint", "test[0]", "test[1]", "publish",
    ]  # fmt: skip
    assert {pod["metadata"]["namespace"] for pod in pods} == {"team"}
    assert pods[0]["metadata"]["name"] == "release-xxxxx-build-1-xxxxxxxxxx"
    assert pods[3]["spec"]["containers"][0]["args"] == ["2"]
    assert pods[4]["spec"]["containers"][0]["args"] == ["<steps.build.outputs.wheel>"]


def test_preview_says_what_is_not_known(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["preview", file, "--step", "publish"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:6] == [
        "---",
        "# step publish, after gate",
        "# only when steps.build.outputs.wheel != ''",
        "# args[0] is known only while it runs: $(steps.build.outputs.wheel)",
    ]


def test_preview_shows_scripts_as_one_reads_them(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["preview", file, "--step", "build"]) == 0
    assert "|\n      #!/bin/sh -e\n      make\n      make check\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["-o", "name", "--step", "test[1]"], "pod/release-xxxxx-test-1-1-xxxxxxxxxx\n"),
        (["-o", "name", "--step", "lint", "--name", "mine"], "pod/mine-lint-1-xxxxxxxxxx\n"),
    ],
)
def test_preview_of_one(file: str, arguments: list[str], out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["preview", file, *arguments]) == 0
    assert capsys.readouterr() == (out, "")


def test_preview_for_programs(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["preview", file, "-o", "json", "--step", "lint"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert (listed["kind"], len(listed["items"])) == ("List", 1)


def test_preview_of_what_makes_nothing(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["preview", file, "--step", "gate"]) == 1
    assert capsys.readouterr() == ("", "step 'gate' makes nothing: it asks people\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["preview", "--step", "tset"], 2, "error: there is no step 'tset'; did you mean 'test'?\n"),
        (["preview", "-p", "env=live"], 2, 'error: spec.params.env: "live" is none of "dev", "prod"\n'),
        (
            ["plan", "-p", "nix=1"],
            2,
            "error: spec.params.nix: there is no such parameter; there are: debug, env\n",
        ),
        (
            ["plan", "--duration", "biuld=1s"],
            2,
            "error: --duration: there is no step 'biuld'; did you mean 'build'?\n",
        ),
        (["plan", "--duration", "build"], 2, "'build' is not of the form STEP=30s"),
        (["plan", "--duration", "build=soon"], 2, "'soon' is no duration; write 90s, 5m or 1h30m"),
        (["plan", "--from-run", "x"], 1, "error: the kubeconfig cannot be used"),
    ],
)
def test_mistakes(
    file: str, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *rest = arguments
    assert run_plugin([command, file, *rest]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


@pytest.mark.parametrize("command", ["preview", "plan"])
def test_a_run_that_would_fail(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fails.yaml"
    path.write_text(
        write(
            workflow(
                step("a"),
                step("b", needs="a", args=["$(params.list[7])"]),
                params=params(list={"type": "List", "default": []}),
            )
        )
    )
    assert run_plugin([command, str(path)]) == 1
    assert "the run would fail: step 'b' failed (ExpressionFailed)" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["graph", "preview", "plan"])
def test_a_file_that_is_not_accepted(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(write(workflow(step("a", needs="b"), step("b", needs="a"))))
    assert run_plugin([command, str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "needs form a cycle" in said.err
    assert said.err.endswith("is not accepted; correct it and try again\n")


def test_a_rerun_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(write({"workflowSpec": workflow(step()), "rerun": {"run": "earlier"}}, kind="Run"))
    assert run_plugin(["preview", str(path)]) == 2
    assert "depends on the Run that it repeats" in capsys.readouterr().err


@pytest.mark.parametrize(("output", "begins"), [("text", "○ release\n"), ("mermaid", "---\n"), ("svg", "<svg ")])
def test_graph(file: str, output: str, begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["graph", file, "-o", output]) == 0
    assert capsys.readouterr().out.startswith(begins)


def test_a_step_that_is_a_run_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "parent.yaml"
    child = bare_step("child", needs=["a"], workflow={"name": "other", "params": {"x": "$(steps.a.outputs.y)"}})
    path.write_text(write(workflow(step("a", outputs=["y"]), child)))
    assert run_plugin(["preview", str(path), "--step", "child"]) == 0
    said = capsys.readouterr().out
    assert "# workflow.params.x is known only while it runs: $(steps.a.outputs.y)\n" in said
    (run,) = [found for found in yaml.safe_load_all(said) if found]
    assert (run["kind"], run["metadata"]["name"]) == ("Run", "release-xxxxx-child-1-xxxxxxxxxx")
    assert run["spec"]["params"] == {"x": "<steps.a.outputs.y>"}
    assert run_plugin(["preview", str(path), "-o", "name"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "run.longshore.dev/release-xxxxx-child-1-xxxxxxxxxx"
    assert run_plugin(["graph", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[2] == "●  child  workflow other"


@pytest.mark.parametrize("arguments", [[], ["--step", "test"]])
def test_preview_of_steps_that_share_a_pod(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fused.yaml"
    path.write_text(write(workflow(step("build"), step("test", needs="build"), fuse=True)))
    assert run_plugin(["preview", str(path), *arguments]) == 0
    printed = capsys.readouterr().out
    [pod] = yaml.safe_load_all(printed)
    assert pod["metadata"]["annotations"]["longshore.dev/fused"] == "build,test"
    assert "# step build\n" in printed
    assert "# step test, after build\n" in printed
