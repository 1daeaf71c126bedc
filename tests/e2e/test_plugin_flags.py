"""Options that kubectl has too mean the same here: -l, -A, --all, -o, names."""

import json

import yaml
from support.namespaces import Namespace, write_run
from support.plugins import Said, say

ASKS = "{steps: [{name: gate, approval: {message: May we}}]}"


def test_runs_are_changed_by_label_and_all_at_once(namespace: Namespace) -> None:
    for name, team in (("a", "web"), ("b", "web"), ("c", "data")):
        namespace.apply(
            write_run(name, ASKS).replace(f"{{name: {name}}}", f"{{name: {name}, labels: {{team: {team}}}}}")
        )
        namespace.wait(f"runs.longshore.dev/{name}", "jsonpath={.status.steps.gate.reason}=AwaitingInput")
    said = say(namespace, "suspend", "-l", "team=web")
    assert (said.code, sorted(said.out.splitlines())) == (
        0,
        [f"run.longshore.dev/{name} suspended" for name in "ab"],
    )
    assert say(namespace, "cancel", "-l", "team=data", "-o", "name") == Said(0, "run.longshore.dev/c\n")
    assert namespace.finish("c")["phase"] == "Canceled"
    said = say(namespace, "cancel", "--all", "--now")
    assert sorted(said.out.splitlines()) == [f"run.longshore.dev/{name} canceled" for name in "ab"]
    for name in "ab":
        assert namespace.finish(name)["phase"] == "Canceled"
    assert say(namespace, "cancel", "--all") == Said(0, "", "no run goes on that is meant\n")
    assert say(namespace, "cancel").code == 2


def test_objects_are_those_of_kubectl(namespace: Namespace) -> None:
    namespace.apply(write_run("asking", ASKS))
    namespace.wait("runs.longshore.dev/asking", "jsonpath={.status.steps.gate.reason}=AwaitingInput")
    kubectls = namespace.get("runs.longshore.dev/asking")
    assert json.loads(say(namespace, "list", "asking", "-o", "json").out) == kubectls
    assert yaml.safe_load(say(namespace, "list", "run/asking", "-o", "yaml").out) == kubectls
    answered = json.loads(say(namespace, "approve", "asking", "-o", "json").out)
    assert list(answered["spec"]["answers"]) == ["gate"]
    namespace.finish("asking")
    described = say(namespace, "describe", "-A", "-l", "no=such")
    assert described == Said(0, "", "there is no run that is meant\n")
    assert say(namespace, "describe", "asking", "run/asking").out.count("Name:           asking\n") == 2


def test_a_dry_run_makes_nothing(namespace: Namespace) -> None:
    manifest = write_run("dry", ASKS)
    assert say(namespace, "submit", "-", "--dry-run=server", stdin=manifest) == Said(
        0, "run.longshore.dev/dry created (server dry run)\n"
    )
    labelled = say(namespace, "submit", "-", "--dry-run=client", "-l", "team=web", "-o", "json", stdin=manifest)
    assert json.loads(labelled.out)["metadata"] == {
        "name": "dry", "namespace": namespace.name, "labels": {"team": "web"}
    }  # fmt: skip
    assert namespace.get("runs.longshore.dev")["items"] == []


def test_versions_for_programs(namespace: Namespace) -> None:
    versions = json.loads(say(namespace, "version", "-o", "json").out)
    assert versions["clusterAPI"]["groupVersion"] == "longshore.dev/v1alpha1"
    assert list(yaml.safe_load(say(namespace, "version", "--client", "-o", "yaml").out)) == ["clientVersion"]
