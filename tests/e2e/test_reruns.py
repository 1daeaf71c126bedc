"""Reruns and memoized steps on a real cluster: what runs, what is reused, and what is refused."""

import json

import pytest
import yaml
from support.namespaces import Namespace, write_run
from support.plugins import Said, say

IMAGE = "python:3.12-slim"
WORKFLOW = f"""\
apiVersion: longshore.dev/v1alpha1
kind: Workflow
metadata: {{name: pipeline}}
spec:
  params: [{{name: broken, default: ""}}]
  defaults: {{image: "{IMAGE}"}}
  steps:
  - {{name: build, outputs: [id], script: 'echo "id=$(cat /proc/sys/kernel/random/uuid)" > "$LONGSHORE_OUTPUT"'}}
  - name: test
    needs: [build]
    forEach: {{items: '["unit", "lint", "docs"]'}}
    env: [{{name: KIND, value: $(each.item)}}, {{name: ID, value: $(steps.build.outputs.id)}}]
    outputs: [id]
    script: test "$KIND" != "$PARAM_BROKEN"; echo "id=$ID" > "$LONGSHORE_OUTPUT"
  - {{name: publish, needs: [test], script: echo published}}
  finally:
  - {{name: report, script: echo reported}}
  outputs: [{{name: ids, value: steps.test.outputs.id}}]
"""


def run_pipeline(namespace: Namespace, name: str, broken: str = "") -> None:
    """A Run of the Workflow; the item named `broken` fails."""
    namespace.apply(
        f"{{apiVersion: longshore.dev/v1alpha1, kind: Run, metadata: {{name: {name}}},"
        f" spec: {{workflowRef: {{name: pipeline}}, params: {{broken: '{broken}'}}}}}}"
    )


def write_rerun(name: str, **rerun: str) -> str:
    """The manifest of another go at a Run of the Workflow."""
    spec = {"workflowRef": {"name": "pipeline"}, "rerun": rerun}
    head = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": name}}
    return yaml.safe_dump({**head, "spec": spec})


def list_pods(namespace: Namespace, run: str) -> list[str]:
    """The paths of the steps that had pods."""
    pods = namespace.get_pods(run)
    return sorted(pod["metadata"]["annotations"]["longshore.dev/path"] for pod in pods)


@pytest.fixture
def failed(namespace: Namespace) -> Namespace:
    """A namespace in which the Run `first` has failed, at one of three items."""
    namespace.apply(WORKFLOW)
    run_pipeline(namespace, "first", "lint")
    assert namespace.finish("first")["phase"] == "Failed"
    assert list_pods(namespace, "first") == ["build", "report", "test[0]", "test[1]", "test[2]"]
    return namespace


def test_what_failed_runs_again_with_the_outputs_of_the_rest(failed: Namespace) -> None:
    said = say(failed, "rerun", "run/first", "-p", "broken=", "--name", "second", "--wait")
    assert said.code == 0, said
    assert said.out.splitlines()[0] == "run.longshore.dev/second created"
    assert list_pods(failed, "second") == ["publish", "report", "test[1]"]
    built = failed.get_status("first")["steps"]["build"]["outputs"]["id"]
    status = failed.get_status("second")
    assert (status["phase"], status["outputs"]) == ("Succeeded", {"ids": [built] * 3})
    reused = {path for path, step in status["steps"].items() if step["reason"] == "Reused"}
    assert reused == {"build", "test[0]", "test[2]"}
    assert "reused from run first" in say(failed, "tree", "second").out
    # A third one has nothing to do but what is always done.
    failed.apply(write_rerun("third", run="second"))
    assert failed.finish("third")["phase"] == "Succeeded"
    assert list_pods(failed, "third") == ["report"]
    no_log = say(failed, "logs", "third", "build")
    assert no_log == Said(1, "", "step 'build' has no log: Succeeded (reused from run first)\n")


def test_from_a_step_on_and_from_the_beginning(failed: Namespace) -> None:
    failed.longshore("rerun", "first", "--step", "test", "-p", "broken=", "--name", "from-test", "--wait")
    assert list_pods(failed, "from-test") == ["publish", "report", "test[0]", "test[1]", "test[2]"]
    failed.longshore("rerun", "from-test", "--from", "all", "--name", "from-scratch", "--wait")
    assert list_pods(failed, "from-scratch") == [
        "build", "publish", "report", "test[0]", "test[1]", "test[2]",
    ]  # fmt: skip


def test_a_step_that_was_changed_runs_and_what_needs_it(failed: Namespace) -> None:
    failed.apply(WORKFLOW.replace("{name: build, ", "{name: build, gracePeriodSeconds: 5, "))
    failed.longshore("rerun", "first", "-p", "broken=", "--name", "changed", "--wait")
    assert list_pods(failed, "changed") == ["build", "publish", "report", "test[0]", "test[1]", "test[2]"]


def test_a_rerun_of_a_run_that_is_gone(failed: Namespace) -> None:
    failed.kubectl("delete", "runs.longshore.dev", "first")
    failed.apply(write_rerun("second", run="first"))
    status = failed.finish("second")
    message = "spec.rerun.run: there is no Run 'first' in this namespace; make a Run without rerun"
    assert (status["phase"], status["message"]) == ("Failed", message)
    accepted = next(condition for condition in status["conditions"] if condition["type"] == "Accepted")
    assert (accepted["status"], accepted["reason"], accepted["message"]) == ("False", "RunNotFound", message)
    assert failed.get_pods("second") == []
    said = say(failed, "rerun", "first")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"error: there is no run 'first' in namespace '{failed.name}'")


def test_what_makes_no_sense_is_said(failed: Namespace) -> None:
    assert say(failed, "rerun", "first", "--step", "tset") == Said(
        2, "", "error: there is no step 'tset'; did you mean 'test'?\n"
    )
    failed.apply(write_rerun("at-nothing", run="first", **{"from": "Step", "step": "tset"}))
    said = failed.finish("at-nothing")["message"]
    assert said == "spec.rerun.step: there is no step 'tset'; there are: build, test, publish, report"
    refused = failed.refuse(write_rerun("no-step", run="first", **{"from": "Step"}))
    assert "step goes with from: Step; set both or neither" in refused


def test_a_run_that_goes_on_is_not_run_again(namespace: Namespace) -> None:
    namespace.apply(WORKFLOW)
    gate = "{steps: [{name: gate, approval: {message: May we go}}]}"
    namespace.apply(write_run("waiting", gate))
    namespace.wait("runs.longshore.dev/waiting", "condition=AwaitingInput")
    said = say(namespace, "rerun", "waiting")
    assert said == Said(2, "", "error: run 'waiting' has not ended (Running); wait for its end, or cancel it\n")
    namespace.apply(write_rerun("early", run="waiting"))
    assert namespace.finish("early")["message"] == (
        "spec.rerun.run: Run 'waiting' has not ended; wait for its end or cancel it, then make a new Run"
    )


def test_the_success_of_another_run_stands_for_a_memoized_step(namespace: Namespace) -> None:
    step = f'{{name: build, image: "{IMAGE}", outputs: [id], memoize: {{key: $(params.version)}}'
    script = 'script: \'echo "id=$LONGSHORE_RUN" > "$LONGSHORE_OUTPUT"\''
    graph = (
        f"{{params: [{{name: version}}], steps: [{step}, {script}}}],"
        " outputs: [{name: id, value: steps.build.outputs.id}]}"
    )
    namespace.apply(
        f"{{apiVersion: longshore.dev/v1alpha1, kind: Workflow, metadata: {{name: w}}, spec: {graph}}}"
    )
    namespace.longshore("submit", "w", "-p", "version=1", "--name", "first", "--wait")
    second = json.loads(
        namespace.longshore("submit", "w", "-p", "version=1", "--name", "second", "--wait", "-o", "json")
    )
    assert second["metadata"]["name"] == "second"
    status = namespace.get_status("second")
    assert (status["phase"], status["outputs"]) == ("Succeeded", {"id": "first"})
    completed = namespace.get_status("first")["steps"]["build"]["completionTime"]
    build = status["steps"]["build"]
    assert (build["reason"], build["message"]) == ("Memoized", f"reuses first/build of {completed}")
    assert namespace.get_pods("second") == []
    # Another key is another result; and with its Run a success is gone.
    namespace.longshore("submit", "w", "-p", "version=2", "--name", "third", "--wait")
    assert len(namespace.get_pods("third")) == 1
    namespace.kubectl("delete", "runs.longshore.dev", "first")
    namespace.longshore("submit", "w", "-p", "version=1", "--name", "fourth", "--wait")
    assert namespace.get_status("fourth")["outputs"] == {"id": "fourth"}
