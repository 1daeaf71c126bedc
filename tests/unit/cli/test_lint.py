"""`lint` as people use it: files, folders and standard input."""

import io
from pathlib import Path

import pytest
from longshore.cli.__main__ import run_plugin

GOOD = """\
apiVersion: longshore.dev/v1alpha1
kind: Workflow
metadata: {name: w}
spec: {steps: [{name: a, image: x}]}
"""
WARNED = GOOD.replace("image: x", "image: x, command: [sh, -c, $(run.name)]")


def test_good_files_say_nothing_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/good.yml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("- [")
    assert run_plugin(["lint", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "1 manifest, 0 errors, 0 warnings\n")


def test_findings_are_in_the_order_of_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("image", "imag"))
    (tmp_path / "b.json").write_text("{")
    assert run_plugin(["lint", str(tmp_path / "b.json"), str(tmp_path / "a.yaml")]) == 1
    printed = capsys.readouterr()
    assert [line.partition(": ")[0] for line in printed.out.splitlines()] == [
        f"{tmp_path}/a.yaml:4", f"{tmp_path}/a.yaml:4", f"{tmp_path}/b.json:1",
    ]  # fmt: skip
    assert printed.err == "1 manifest, 3 errors, 0 warnings\n"


def test_a_warning_is_no_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(WARNED))
    assert run_plugin(["lint", "-"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("<stdin>:4: warning: spec.steps[a].command[2]: ")
    assert printed.err == "1 manifest, 0 errors, 1 warning\n"


def test_a_folder_without_manifests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["lint", str(tmp_path)]) == 2
    assert "has no file that ends with .yaml, .yml or .json" in capsys.readouterr().err


def test_a_schedule_is_checked_of_a_workflow_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduled = GOOD.replace("spec: {", "spec: {schedule: {cron: 0 0 30 2 *}, ")
    run = GOOD.replace("Workflow", "Run").replace("steps: [{name: a, image: x}]", "workflowRef: {name: w}")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{scheduled}---\n{run}"))
    assert run_plugin(["lint", "-"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("<stdin>:4: spec.schedule.cron: '0 0 30 2 *' is no cron expression")
    assert printed.err == "2 manifests, 1 error, 0 warnings\n"
