"""Which Agents could take the steps of a Run that is not made, as `plan` and `preview` tell; and its claims."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from longshore.cli.__main__ import run_plugin
from longshore.cli.foresight import candidates, imaginations
from longshore.cli.foresight.candidates import build_views
from support.planning.runs import bare_step, step, workflow
from unit.cli.pools import BUILT_IN, DISABLED, GPU, agent
from unit.cli.scripts import RUNS, Script, answer_list, refuse
from unit.cli.test_foresight import write

AGENTS = RUNS.replace("runs", "agents")
GRAPH = workflow(
    step("build"),
    step("lint"),
    step("train", agents=["gpu-a"], needs=["build"]),
    step("tune", agents=["gpu-b", "gpu-c"], needs=["train"]),
    step("draw", agents=["arm"], requiredTags=["fast"], needs=["build"]),
    bare_step("gate", needs=["build"], approval={"message": "Go?"}),
)
ARM = agent("arm", extends="base", nodeSelector={"zone": "b"})
BASE = agent("base", tags=["arm"], tolerations=[{"key": "arm", "operator": "Exists"}], enabled=False)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file; and a cluster with Agents."""
    script = Script({AGENTS: [answer_list(BUILT_IN, GPU, DISABLED, ARM, BASE)]})
    monkeypatch.setattr(candidates, "connect", lambda _: script.connect())
    monkeypatch.setattr(imaginations, "connect", lambda _: script.connect())
    path = tmp_path / "release.yaml"
    path.write_text(write(GRAPH))
    return str(path)


def preview(file: str, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, list[Any]]:
    """What is printed, and the objects in it."""
    assert run_plugin(["preview", file, *words]) == 0
    out = capsys.readouterr().out
    return out, [item for item in yaml.safe_load_all(out) if item]


def test_plan_says_who_could_take_which_steps(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["plan", file, "--agents"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if "agent" in line]
    assert lines == [
        "agents of build, lint: arm, built-in",
        "agents of train: gpu-a (offline)",
        "agents of draw: arm",
        "no agent takes tune now: gpu-b disabled; gpu-c not there: create it",
    ]


def test_plan_for_programs(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["plan", file, "--agents", "-o", "json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["agents"]["train"] == ["gpu-a"]
    assert plan["unplaced"] == {"tune": "gpu-b disabled; gpu-c not there: create it"}
    assert "gate" not in plan["agents"]


def test_without_the_wish_a_file_takes_no_cluster(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["plan", file]) == 0
    assert "agents of" not in capsys.readouterr().out
    out, pods = preview(file, capsys, "--step", "train")
    assert "# agents" not in out
    assert "nodeSelector" not in pods[0]["spec"]


def test_preview_has_the_pods_of_the_agents(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    out, [pod] = preview(file, capsys, "--agents", "--step", "train")
    assert "\n# agents: gpu-a (offline)\n" in out
    assert pod["metadata"]["labels"]["longshore.dev/agent"] == "gpu-a"
    assert pod["spec"]["nodeSelector"] == {
        "zone": "a", "tags.longshore.dev/gpu": "true", "tags.longshore.dev/linux": "true",
    }  # fmt: skip


def test_what_an_agent_takes_over(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, [pod] = preview(file, capsys, "--agents", "--step", "draw")
    assert pod["spec"]["nodeSelector"] == {
        "zone": "b", "tags.longshore.dev/arm": "true", "tags.longshore.dev/fast": "true",
    }  # fmt: skip
    assert pod["spec"]["tolerations"][0]["key"] == "arm"


def test_what_nobody_takes_is_shown_all_the_same(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    out, [pod] = preview(file, capsys, "--agents", "--step", "tune")
    assert "\n# no agent takes it now: gpu-b disabled; gpu-c not there: create it\n" in out
    assert pod["metadata"]["labels"]["longshore.dev/agent"] == "gpu-b"


def test_agents_that_may_not_be_read_are_left_out(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Script({AGENTS: [refuse(403)]})
    monkeypatch.setattr(candidates, "connect", lambda _: script.connect())
    assert run_plugin(["plan", file, "--agents"]) == 0
    assert "agents of" not in capsys.readouterr().out


def test_the_agent_that_a_first_run_makes_is_there() -> None:
    assert build_views([])["built-in"].is_for_all
    assert not build_views([agent("built-in", enabled=False)])["built-in"].spec.enabled
    assert "extends nowhere" in build_views([agent("a", extends="nowhere")])["a"].problem


WORK = {"name": "work", "mountPath": "/work", "run": {"size": "1Gi"}}
VOLUMES = workflow(
    step("build", volumes=[WORK]), step("test", needs=["build"], volumes=[WORK]), step("lint"),
)  # fmt: skip


def test_preview_shows_the_claims_that_steps_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    path = tmp_path / "release.yaml"
    path.write_text(write(VOLUMES))
    out, [claim, build, *_] = preview(str(path), capsys)
    assert "\n# a volume that steps share; it goes with the Run\n" in out
    name = "release-xxxxx-work-xxxxxxxxxx"
    assert (claim["kind"], claim["metadata"]["name"]) == ("PersistentVolumeClaim", name)
    assert claim["spec"]["resources"]["requests"]["storage"] == "1Gi"
    mounted = [volume.get("persistentVolumeClaim", {}).get("claimName") for volume in build["spec"]["volumes"]]
    assert name in mounted
    _, pods = preview(str(path), capsys, "--step", "lint")
    assert [pod["kind"] for pod in pods] == ["Pod"]
    assert run_plugin(["preview", str(path), "-o", "name", "--step", "test"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"persistentvolumeclaim/{name}", "pod/release-xxxxx-test-1-xxxxxxxxxx",
    ]  # fmt: skip
