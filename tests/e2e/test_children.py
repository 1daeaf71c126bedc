"""A step that runs a Workflow: parameters down, outputs up, cancel down, and what the plugin shows of it."""

from typing import Any

from support.namespaces import Namespace, write_run
from support.plugins import Said, say

STEP = 'image: "python:3.12-slim"'
CHILD = f"""\
apiVersion: longshore.dev/v1alpha1
kind: Workflow
metadata: {{name: double}}
spec:
  params: [{{name: number, type: Integer, required: true}}, {{name: seconds, type: Integer, default: 0}}]
  steps:
  - name: work
    {STEP}
    outputs: [result]
    script: |
      echo "doubling $PARAM_NUMBER"
      trap 'exit 7' TERM; sleep $PARAM_SECONDS & wait
      echo "{{\\"result\\": $((2 * PARAM_NUMBER))}}" > "$LONGSHORE_OUTPUT"
  outputs: [{{name: result, value: steps.work.outputs.result}}]
"""


def start(namespace: Namespace, name: str, params: str, **fields: str) -> None:
    """A Run with a step that calls Workflow `double`, and one that reads what comes of it."""
    namespace.apply(CHILD)
    more = "".join(f", {key}: {value}" for key, value in fields.items())
    call = f"{{name: call, workflow: {{name: double, params: {params}}}, outputs: [result]{more}}}"
    after = f"{{name: after, needs: [call], {STEP}, args: [echo, 'it is $(steps.call.outputs.result + 1)']}}"
    namespace.apply(write_run(name, f"{{steps: [{call}, {after}]}}"))


def get_child(namespace: Namespace, parent: str) -> dict[str, Any]:
    """The only child Run of a Run."""
    [child] = namespace.get("runs.longshore.dev", f"--selector=longshore.dev/run={parent}")["items"]
    return dict(child)


def test_parameters_go_down_and_outputs_come_up(namespace: Namespace) -> None:
    start(namespace, "parent", '{number: "$(20 + size(run.name))"}')
    status = namespace.finish("parent")
    assert status["phase"] == "Succeeded", status
    child = get_child(namespace, "parent")
    name = child["metadata"]["name"]
    assert (child["spec"]["params"], status["steps"]["call"]["run"]) == ({"number": 26}, name)
    assert status["steps"]["call"]["outputs"] == {"result": 52}
    assert namespace.read_log("parent", "after") == "it is 53\n"
    tree = say(namespace, "tree", "parent").out
    assert "✔ call   Succeeded" in " ".join(tree.split("\n")[3:4])
    assert f"run {name[:20]}" in tree
    assert f"Child Run:      {name}" in say(namespace, "describe", "parent").out
    logs = "call/work │ doubling 26\nafter     │ it is 53\n"
    assert say(namespace, "logs", "parent") == Said(0, logs)
    assert say(namespace, "logs", "parent", "call").out == "doubling 26\n"
    assert say(namespace, "logs", name).out == "doubling 26\n"


def test_logs_of_a_child_that_is_made_later_are_followed(namespace: Namespace) -> None:
    start(namespace, "followed", "{number: 3, seconds: 2}")
    said = say(namespace, "logs", "followed", "-f")
    assert (said.code, sorted(said.out.splitlines())) == (0, ["after     │ it is 7", "call/work │ doubling 3"])
    assert say(namespace, "logs", "followed", "call", "-f").out == "doubling 3\n"


def test_a_cancel_goes_down_and_the_children_go_with_their_parent(namespace: Namespace) -> None:
    start(namespace, "canceled", "{number: 1, seconds: 600}")
    namespace.wait("runs.longshore.dev/canceled", "jsonpath={.status.steps.call.phase}=Running")
    name = get_child(namespace, "canceled")["metadata"]["name"]
    namespace.wait_for_step(name, "work", "Running")
    assert say(namespace, "cancel", "canceled").code == 0
    assert namespace.finish("canceled")["phase"] == "Canceled"
    assert namespace.get_status(name)["phase"] == "Canceled"
    namespace.kubectl("delete", "runs.longshore.dev", "canceled")
    namespace.kubectl("wait", f"runs.longshore.dev/{name}", "--for=delete", "--timeout=60s")


def test_a_child_that_fails_fails_its_step_and_says_why(namespace: Namespace) -> None:
    start(namespace, "failing", '{number: "seven"}')
    status = namespace.finish("failing")
    name = get_child(namespace, "failing")["metadata"]["name"]
    step = status["steps"]["call"]
    assert (status["phase"], step["reason"]) == ("Failed", "ChildFailed")
    assert 'spec.params.number: "seven" is not of type Integer' in step["message"]
    assert f"  next: kubectl longshore tree {name} -n {namespace.name}" in say(namespace, "tree", "failing").out


def test_a_deadline_of_the_step_ends_the_child(namespace: Namespace) -> None:
    start(namespace, "late", "{number: 1, seconds: 600}", activeDeadlineSeconds="3")
    status = namespace.finish("late")
    assert (status["phase"], status["steps"]["call"]["reason"]) == ("Failed", "DeadlineExceeded")
    assert get_child(namespace, "late")["status"]["phase"] == "Canceled"


def test_a_step_with_a_workflow_has_no_container(namespace: Namespace) -> None:
    start(namespace, "wrong", "{number: 1}", workingDir="/srv")
    status = namespace.finish("wrong")
    assert "spec.steps[call].workingDir: is for a container" in status["message"]
