"""Right manifests: without them a rule that rejects everything would pass the tests of the wrong ones."""

from typing import Any

import pytest
from support.admissions import Caller, build_graph, build_object

RICH_STEP: dict[str, Any] = {
    "name": "test",
    "needs": ["build"],
    "when": 'params.revision != "docs"',
    "forEach": {
        "matrix": {"python": ["3.11", 3, True, {"any": "thing"}]},
        "include": [{"python": "3.13", "os": "linux"}],
        "exclude": [{"python": "3.11"}],
        "maxParallel": 4,
    },
    "image": "python:$(each.python)-slim",
    "script": "#!/bin/sh\n" + "x" * 65_000,
    "args": ["-v"],
    "env": [
        {"name": "EMPTY", "value": ""},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ],
    "envFrom": [{"secretRef": {"name": "s"}}, {"prefix": "C_", "configMapRef": {"name": "c", "optional": True}}],
    "resources": {"requests": {"cpu": 1, "memory": "1Gi"}},
    "services": [{"name": "db", "container": {"image": "postgres", "ports": [{"containerPort": 5432}]}}],
    "volumes": [
        {"name": "a", "mountPath": "/a", "emptyDir": {"sizeLimit": "1Gi"}},
        {"name": "b", "mountPath": "/b", "run": {"size": "1Gi"}},
    ],
    "outputs": ["count", "as_"],
    "retry": {"limit": 2, "when": "exitCode != 2", "backoff": {"seconds": 5, "maxSeconds": 5}},
    "verify": {"step": "build", "max": 3},
    "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"hostAliases": [{"ip": "10.0.0.1"}]}},
}
RICH_GRAPH = build_graph(
    {"name": "build", "command": ["make"], "args": ["wheel"]},
    RICH_STEP,
    {"name": "judge", "agent": {"prompt": "Judge"}, "needs": ["test", "build"]},
    {"name": "child", "workflow": {"name": "other", "params": {"a": [1, "b", None]}}},
    {"name": "ask", "approval": {"message": "Go?", "approvers": [{"user": "alice"}, {"group": "leads"}]}},
    params=[
        {"name": "revision", "default": "main"},
        {"name": "targets", "type": "List", "default": [1, "b"], "enum": [[1, "b"], []]},
        {"name": "needed", "required": True},
    ],
    source={"git": {"url": "https://git.example/$(params.revision)/a@b.git"}},
    defaults={"image": "busybox", "env": [{"name": "A", "value": "a"}], "retry": {"limit": 1}},
    outputs=[{"name": "count", "value": "steps.test.outputs.count"}],
    schedule={"cron": "*/5 2 * * 1-5", "timeZone": "Europe/Berlin"},
    **{"finally": [{"name": "tidy", "script": "true"}]},
)


RICH_AGENT = {
    "enabled": False,
    "drain": True,
    "priority": -5,
    "capacity": 0,
    "tags": ["gpu", "linux"],
    "nodeSelector": {"kubernetes.io/arch": "arm64", "zone": ""},
    "tolerations": [
        {"key": "dedicated", "value": "ci", "effect": "NoExecute", "tolerationSeconds": 60},
        {"operator": "Exists"},
    ],
    "template": {"spec": {"priorityClassName": "low"}},
    "credentials": [
        {"name": kind.lower(), "secretRef": {"name": "s"}, "as": kind}
        for kind in ("Env", "Files", "Git", "Docker")
    ],
}


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Workflow", RICH_GRAPH),
        ("Workflow", build_graph(schedule={"cron": "@daily"})),
        ("Run", {"workflowSpec": RICH_GRAPH, "params": {"targets": [1, {"a": None}]}}),
        ("Run", {"workflowRef": {"name": "w"}, "rerun": {"run": "r", "from": "Step", "step": "a", "attempt": 2}}),
        ("Run", {"workflowRef": {"name": "w"}, "cancel": "Immediate", "suspend": True, "priority": -3}),
        ("Agent", {"extends": "other", "role": {"prompt": "Be kind."}, "tags": ["gpu"]}),
        ("Agent", RICH_AGENT),
        ("ConcurrencyGroup", {"limit": 0}),
    ],
)
def test_right_manifest(admin: Caller, kind: str, spec: Any) -> None:
    created = admin.create(build_object(kind, "n" * 55, spec) | {"metadata": {"generateName": "n" * 55}})
    assert created["kind"] == kind


def test_a_thousand_steps(admin: Caller) -> None:
    steps = [
        {"name": f"s{i}", "image": "a", "needs": [f"s{j}" for j in range(max(0, i - 4), i)]} for i in range(1000)
    ]
    admin.create(build_object("Workflow", "large", build_graph(*steps)))


def test_defaults_are_filled_in(admin: Caller) -> None:
    step = {"name": "a", "image": "a", "retry": {}}
    created = admin.create(build_object("Workflow", "defaulted", build_graph(step, params=[{"name": "p"}])))
    assert created["spec"]["suspend"] is False
    assert created["spec"]["params"] == [{"name": "p", "type": "String", "required": False}]
    # What `defaults` gives must stay absent where a step does not say it.
    assert created["spec"]["steps"] == [{"name": "a", "image": "a", "retry": {"limit": 0, "infraLimit": 3}}]
