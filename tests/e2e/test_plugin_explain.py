"""`kubectl longshore explain`: what a Run waits for in the end, and what to type; why one failed."""

import json

from support.namespaces import Namespace, write_run
from support.plugins import COLUMNS, Said, say, show

STEP = 'image: "python:3.12-slim"'


def read_table(text: str) -> list[list[str]]:
    """The rows under the header, each as reason or phase and the rest, by words."""
    _, _, table = text.partition("\nSTEP")
    return [line.split() for line in table.partition("\n\n")[0].splitlines()[1:]]


def test_a_chain_waits_for_the_approval_at_its_root(namespace: Namespace) -> None:
    steps = (
        "{name: gate, approval: {message: May we ship}}, "
        f"{{name: sign, {STEP}, needs: [gate], script: 'true'}}, "
        f"{{name: ship, {STEP}, needs: [sign], script: 'true'}}"
    )
    namespace.apply(write_run("chain", f"{{steps: [{steps}]}}"))
    namespace.wait("runs.longshore.dev/chain", "jsonpath={.status.steps.gate.reason}=AwaitingInput")
    said = say(namespace, "explain", "chain")
    blocker = "approval, 0 of 1"
    assert [" ".join(row) for row in read_table(said.out)] == [
        f"gate AwaitingInput {blocker}",
        f"sign AwaitingNeeds gate: {blocker}",
        f"ship AwaitingNeeds gate: {blocker}",
    ], said
    [advice] = [line for line in said.out.splitlines() if line.startswith("  next, gate: ")]
    command = advice.removeprefix("  next, gate: ")
    assert command == f"kubectl longshore approve chain gate -n {namespace.name}"
    assert [row[0] for row in read_table(say(namespace, "explain", "chain", "ship").out)] == ["ship"]
    namespace.cluster.run(*command.split())
    assert namespace.finish("chain")["phase"] == "Succeeded"
    assert say(namespace, "explain", "chain").out.startswith("✔ chain succeeded after ")


def test_troubles_of_pods_are_told_in_a_few_words(namespace: Namespace) -> None:
    steps = (
        f"{{name: greedy, {STEP}, resources: {{requests: {{cpu: 4k}}}}}}, "
        f"{{name: keyless, {STEP}, env: [{{name: K, valueFrom: {{secretKeyRef: {{name: nosuch, key: k}}}}}}]}}, "
        f"{{name: unmounted, {STEP}, volumes: [{{name: v, mountPath: /v, secret: {{secretName: gone}}}}]}}, "
        f"{{name: last, {STEP}, needs: [greedy]}}"
    )
    namespace.apply(write_run("stuck", f"{{steps: [{steps}]}}"))
    for step, reason in (
        ("greedy", "Unschedulable"),
        ("keyless", "ConfigMissing"),
        ("unmounted", "AwaitingVolumes"),
    ):
        namespace.wait("runs.longshore.dev/stuck", f"jsonpath={{.status.steps.{step}.reason}}={reason}")
    pod = namespace.get_status("stuck")["steps"]["unmounted"]["pod"]
    namespace.wait_for_event(pod, "FailedMount")
    rows = {row[0]: " ".join(row[1:]) for row in read_table(say(namespace, "explain", "stuck").out)}
    assert rows["greedy"].startswith("Unschedulable 0/"), rows
    assert "Insufficient cpu; gives up in " in rows["greedy"]
    assert "preemption" not in rows["greedy"]
    assert rows["last"] == f"AwaitingNeeds greedy: {rows['greedy'].removeprefix('Unschedulable ')}"
    assert rows["keyless"].startswith('ConfigMissing secret "nosuch" not found; gives up in ')
    assert rows["unmounted"].startswith("AwaitingVolumes its pod: MountVolume.SetUp failed")
    painted = show(namespace, "explain", "stuck").out.splitlines()
    # A command is never broken by us; the terminal does that.
    assert max(len(line) for line in painted if "next" not in line) <= COLUMNS
    say(namespace, "cancel", "stuck", "--now")


def test_a_failed_run_has_a_first_cause(namespace: Namespace) -> None:
    steps = f"{{name: a, {STEP}, script: 'echo wrong >&2; exit 7'}}, {{name: b, {STEP}, needs: [a]}}"
    namespace.apply(write_run("failed", f"{{steps: [{steps}]}}"))
    namespace.finish("failed")
    said = say(namespace, "explain")
    assert said.out.splitlines()[2].startswith("  step a failed: Error, exit code 7"), said
    assert "  │ wrong\n" in said.out
    assert read_table(said.out) == [["b", "Skipped", "needs", "a"]]
    assert say(namespace, "explain", "failed", "b") == Said(0, "b  Skipped  NeedFailed: a\n")


def test_a_workflow_that_is_missing(namespace: Namespace) -> None:
    run = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": "early"}}
    namespace.apply(json.dumps({**run, "spec": {"workflowRef": {"name": "later"}}}))
    namespace.wait("runs.longshore.dev/early", "jsonpath={.status.phase}=Queued")
    [row] = read_table(say(namespace, "explain", "early").out)
    assert " ".join(row).startswith("(run) WorkflowNotFound workflow later, which does not exist, fails in ")


def test_a_child_run_is_looked_into(namespace: Namespace) -> None:
    child = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Workflow", "metadata": {"name": "child"}}
    steps = [{"name": "gate", "approval": {"message": "May we"}}]
    namespace.apply(json.dumps({**child, "spec": {"steps": steps}}))
    namespace.apply(write_run("parent", "{steps: [{name: sub, workflow: {name: child}}]}"))
    namespace.wait("runs.longshore.dev/parent", "jsonpath={.status.steps.sub.run}")
    name = namespace.get_status("parent")["steps"]["sub"]["run"]
    namespace.wait(f"runs.longshore.dev/{name}", "jsonpath={.status.steps.gate.reason}=AwaitingInput")
    [row] = read_table(say(namespace, "explain", "parent").out)
    assert row[0] == "sub"
    assert " ".join(row[2:]) == f"run {name}: approval of gate"
    assert say(namespace, "approve", name).code == 0
    assert namespace.finish("parent")["phase"] == "Succeeded"
