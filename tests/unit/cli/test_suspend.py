"""What `suspend` and `resume` change: a Run by its name, a Workflow by workflow/NAME."""

import json
from typing import Any

import pytest
from longshore.cli.__main__ import run_plugin
from longshore.cli.actions import suspend
from unit.cli.samples import run
from unit.cli.scripts import RUNS, Script, answer

WORKFLOW = f"{RUNS.removesuffix('runs')}workflows/nightly"
FOUND: dict[str, Any] = {
    "apiVersion": "longshore.dev/v1alpha1",
    "kind": "Workflow",
    "metadata": {"name": "nightly"},
}


@pytest.mark.parametrize("kind", ["workflow", "workflows", "wf", "workflow.longshore.dev"])
@pytest.mark.parametrize(("command", "done"), [("suspend", "suspended"), ("resume", "resumed")])
def test_a_workflow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, command: str, done: str
) -> None:
    script = Script({WORKFLOW: [answer(FOUND)]})
    monkeypatch.setattr(suspend, "connect", lambda _: script.connect())
    assert run_plugin([command, f"{kind}/nightly"]) == 0
    assert capsys.readouterr().out == f"workflow.longshore.dev/nightly {done}\n"
    [request] = script.asked
    assert (request.method, json.loads(request.content)) == ("PATCH", {"spec": {"suspend": command == "suspend"}})


@pytest.mark.parametrize("name", ["demo", "run/demo", "run.longshore.dev/demo"])
def test_a_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str) -> None:
    script = Script({f"{RUNS}/demo": [answer({**run(), "kind": "Run"})]})
    monkeypatch.setattr(suspend, "connect", lambda _: script.connect())
    assert run_plugin(["suspend", name]) == 0
    assert capsys.readouterr().out.endswith(" suspended\n")
    assert [request.method for request in script.asked] == ["GET", "PATCH"]
