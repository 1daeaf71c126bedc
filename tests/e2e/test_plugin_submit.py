"""`kubectl longshore submit`: what is made of files and names, and the outcome as the exit code."""

import json
from pathlib import Path

import pytest
from support.namespaces import Namespace
from support.plugins import Said, say, show

PIPELINE = """\
apiVersion: longshore.dev/v1alpha1
kind: Workflow
metadata: {name: pipeline}
spec:
  params:
  - {name: code, type: Integer, default: 0}
  - {name: words, type: List, default: []}
  defaults: {image: "python:3.12-slim"}
  steps:
  - {name: build, outputs: [wheel], script: 'echo "building"; echo wheel=x.whl > "$LONGSHORE_OUTPUT"'}
  - name: test
    needs: [build]
    script: exec >&2; echo words $PARAM_WORDS; echo assert 41 == 42; exit $PARAM_CODE
  - {name: publish, needs: [test], script: echo published}
  outputs: [{name: wheel, value: steps.build.outputs.wheel}]
"""
SLOW = """\
apiVersion: longshore.dev/v1alpha1
kind: Run
metadata: {generateName: slow-}
spec:
  workflowSpec:
    activeDeadlineSeconds: 600
    steps: [{name: work, image: "python:3.12-slim", gracePeriodSeconds: 1, script: sleep 300}]
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> str:
    """The path of a file with the Workflow."""
    file = tmp_path / "pipeline.yaml"
    file.write_text(PIPELINE)
    return str(file)


def count_runs(namespace: Namespace) -> int:
    return len(namespace.get("runs.longshore.dev")["items"])


def test_a_file_with_a_workflow_is_run_and_nothing_else_is_left(namespace: Namespace, pipeline: str) -> None:
    said = say(namespace, "submit", pipeline, "--wait")
    assert said.code == 0, said
    created, headline, output = said.out.splitlines()
    assert created.startswith("run.longshore.dev/pipeline-")
    assert created.endswith(" created")
    assert " succeeded after " in headline
    assert output == "  wheel: x.whl"
    assert namespace.get("workflows.longshore.dev")["items"] == []


def test_a_failed_run_says_which_step_why_and_what_to_type_next(namespace: Namespace, pipeline: str) -> None:
    said = say(namespace, "submit", pipeline, "--name", "broken", "--wait", "-p", "code=3", "-p", 'words=["a b"]')
    assert said.code == 1, said
    lines = said.out.splitlines()
    assert lines[1].startswith("✘ broken failed after ")
    assert lines[3].startswith("  step test failed: Error, exit code 3  (on ")
    assert lines[4:7] == ['  │ words ["a b"]', "  │ assert 41 == 42", ""]
    label, command = lines[7].split(": ")
    assert (label, command) == ("  next", f"kubectl longshore logs broken test -n {namespace.name}")
    assert namespace.cluster.run(*command.split()) == 'words ["a b"]\nassert 41 == 42\n'


def test_a_workflow_is_run_by_its_name(namespace: Namespace) -> None:
    namespace.apply(PIPELINE)
    said = say(namespace, "submit", "pipeline", "-p", "code=0", "--wait", "-o", "json")
    run = json.loads(said.out)
    assert (said.code, run["spec"]["workflowRef"], run["spec"]["params"]) == (0, {"name": "pipeline"}, {"code": 0})
    assert "succeeded" in said.err


def test_from_standard_input(namespace: Namespace) -> None:
    said = say(namespace, "submit", "-", "--generate-name", "piped-", "-o", "name", stdin=PIPELINE)
    assert said.code == 0, said
    assert said.out.startswith("run.longshore.dev/piped-")


def test_without_a_terminal_each_change_is_a_line(namespace: Namespace, pipeline: str) -> None:
    said = say(namespace, "submit", pipeline, "--watch")
    assert said.code == 0, said
    told = [line.split()[1:3] for line in said.out.splitlines()[1:-2]]
    ends = [step for step, phase in told if phase == "Succeeded"]
    assert ends == ["build", "test", "publish"]


def test_on_a_terminal_the_tree_is_painted_and_stays(namespace: Namespace, pipeline: str) -> None:
    said = show(namespace, "submit", pipeline, "--watch", "-p", "code=3")
    assert said.code == 1, said
    before, _, after = said.out.rpartition(" failed after ")
    assert "Running" in before
    assert "assert 41 == 42" in after
    assert [line.split()[1] for line in after.splitlines()[-3:]] == ["build", "test", "publish"]


def test_the_timeout_ends_the_wait_and_not_the_run(namespace: Namespace) -> None:
    said = say(namespace, "submit", "-", "--name", "slow", "--wait", "--timeout", "3s", stdin=SLOW)
    assert said.code == 124, said
    assert "the timeout has passed, the run goes on" in said.out
    assert "phase" in namespace.get_status("slow")
    assert say(namespace, "cancel", "slow", "--now").out == "run.longshore.dev/slow canceled\n"
    watched = say(namespace, "watch", "slow")
    assert watched.code == 3, watched
    assert "⊘ slow was canceled after " in watched.out
    again = say(namespace, "cancel", "slow")
    assert again == Said(0, "", "run 'slow' has ended already: Canceled\n")


@pytest.mark.parametrize(
    ("manifest", "arguments", "code", "message"),
    [
        (
            PIPELINE.replace("needs: [build]", "needs: [biuld]"),
            [],
            2,
            "<stdin>:12: spec.steps[test].needs: there is",
        ),
        (PIPELINE.replace("defaults:", "deflaults:"), [], 2, "<stdin>:8: spec.deflaults: there is no such field;"),
        (PIPELINE, ["-p", "code=x"], 2, "error: -p code: 'x' is not of type Integer"),
        (
            PIPELINE,
            ["-p", "cod=1"],
            2,
            "error: spec.params.cod: there is no such parameter; there are: code, words",
        ),
        (PIPELINE, ["--name", "Upper"], 1, "metadata.name: Invalid value"),
        ("a: [", [], 2, "<stdin>:1: is no YAML"),
        ("kind: ConfigMap", [], 2, "a file to submit holds one Run, or else one Workflow"),
    ],
)
def test_what_is_wrong_is_said_and_not_sent(
    namespace: Namespace, manifest: str, arguments: list[str], code: int, message: str
) -> None:
    said = say(namespace, "submit", "-", *arguments, stdin=manifest)
    assert (said.code, said.out) == (code, ""), said
    assert message in said.err
    assert "Traceback" not in said.err
    assert count_runs(namespace) == 0


def test_what_does_not_exist_is_guessed_at(namespace: Namespace) -> None:
    namespace.apply(PIPELINE)
    place = f"in namespace '{namespace.name}'"
    workflow = say(namespace, "submit", "pipelin")
    assert workflow == Said(1, "", f"error: there is no workflow 'pipelin' {place}; did you mean 'pipeline'?\n")
    assert say(namespace, "submit", "pipeline", "--name", "nightly").code == 0
    again = say(namespace, "submit", "pipeline", "--name", "nightly")
    assert (again.code, again.err.endswith("add --generate-name nightly- for another one\n")) == (1, True), again
    run = say(namespace, "tree", "nigthly")
    assert run == Said(1, "", f"error: there is no run 'nigthly' {place}; did you mean 'nightly'?\n")
