"""The container that keeps a step's pod: it finds what the step found, and asks for nothing more."""

from typing import Any

import pytest
from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.debugs import DEBUG_SECONDS
from longshore.manifests.pods import build_pod
from support.planning.runs import step


def build(**fields: Any) -> dict[str, Any]:
    attempt = Attempt("ci", "nightly", "3f9c1a52", "", "build", 1)
    pod = build_pod(attempt, Step.model_validate(step(**fields)), {"PARAM_X": "x"})
    spec: dict[str, Any] = pod["spec"]
    return spec


def find_debug(**fields: Any) -> dict[str, Any]:
    _, debug = build(debug="OnFailure", **fields)["containers"]
    found: dict[str, Any] = debug
    return found


SECRET = [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "forge", "key": "token"}}}]
VOLUMES = [{"name": "shared", "mountPath": "/shared", "emptyDir": {}}]


def test_it_finds_what_the_step_found() -> None:
    fields = {"script": "make", "env": SECRET, "envFrom": [{"secretRef": {"name": "b"}}], "volumes": VOLUMES}
    own, debug = build(debug="OnFailure", workingDir="src", **fields)["containers"]
    assert own == build(workingDir="src", **fields)["containers"][0], "the step's own is as it ever was"
    same = ("image", "env", "envFrom", "workingDir", "volumeMounts", "securityContext")
    assert {name: debug[name] for name in same} == {name: own[name] for name in same}
    assert debug.keys() - set(same) == {"name", "command"}
    assert (debug["name"], debug["command"][:2]) == ("debug", ["sh", "-c"])
    assert f"sleep {DEBUG_SECONDS} " in debug["command"][2]


def test_it_finds_what_a_template_gave_the_step() -> None:
    container = {"name": "step", "imagePullPolicy": "Always", "securityContext": {"runAsUser": 7}, "tty": True}
    debug = find_debug(template={"spec": {"containers": [container, {"name": "proxy", "image": "envoy"}][:1]}})
    assert (debug["imagePullPolicy"], debug["securityContext"]["runAsUser"]) == ("Always", 7)
    assert "tty" not in debug


RESOURCES: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "none": ({}, None),
    "requests": ({"requests": {"cpu": "2", "memory": "1Gi"}}, {"requests": {"cpu": "0", "memory": "0"}}),
    "limits, which are requests where there are none": (
        {"limits": {"memory": "1Gi"}},
        {"requests": {"memory": "0"}, "limits": {"memory": "1Gi"}},
    ),
    "a device is the step's": (
        {"requests": {"cpu": 1}, "limits": {"example.com/gpu": "1"}},
        {"requests": {"cpu": "0"}},
    ),
}


@pytest.mark.parametrize(("resources", "expected"), RESOURCES.values(), ids=RESOURCES)
def test_it_asks_for_nothing(resources: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert find_debug(resources=resources).get("resources") == expected


def test_the_pods_own_deadline_leaves_it_its_time() -> None:
    plain = build(activeDeadlineSeconds=60)["activeDeadlineSeconds"]
    assert build(activeDeadlineSeconds=60, debug="OnFailure")["activeDeadlineSeconds"] == plain + DEBUG_SECONDS
    assert "activeDeadlineSeconds" not in build(debug="OnFailure")
