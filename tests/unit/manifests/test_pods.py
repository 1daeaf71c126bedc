"""The pod of an attempt, whole and in its parts."""

from typing import Any

import pytest
from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.checkouts import Checkout
from longshore.manifests.pods import Extras, build_pod
from support.planning.runs import step

ATTEMPT = Attempt("ci", "nightly", "3f9c1a52", "release", "build", 2)
CHECKOUT = Checkout("longshore/runner:1", "https://git.local/a.git", "main", 1, submodules=False, secret="forge")
RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
WORK = {"name": "longshore-work", "mountPath": "/longshore/work"}
HOME = {"name": "longshore-home", "mountPath": "/longshore/home"}
VOLUMES = [{"name": "longshore-work", "emptyDir": {}}, {"name": "longshore-home", "emptyDir": {}}]


def build(checkout: Checkout | None = None, variables: dict[str, str] | None = None, **fields: Any) -> Any:
    return build_pod(ATTEMPT, Step.model_validate(step(**fields)), variables or {}, Extras(checkout))


def container(**fields: Any) -> Any:
    return build(**fields)["spec"]["containers"][0]


def env(**fields: Any) -> dict[str, Any]:
    return {variable["name"]: variable.get("value") for variable in container(**fields)["env"]}


def test_a_plain_step() -> None:
    assert build(command=["make"], args=["-j", "2"], variables={"PARAM_ENV": "$$(x)"}) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": ATTEMPT.pod,
            "namespace": "ci",
            "labels": {
                "app.kubernetes.io/managed-by": "longshore",
                "longshore.dev/run": "nightly",
                "longshore.dev/run-uid": "3f9c1a52",
                "longshore.dev/step": "build",
                "longshore.dev/attempt": "2",
                "longshore.dev/workflow": "release",
            },
            "annotations": {
                "longshore.dev/path": "build",
                "kubectl.kubernetes.io/default-container": "step",
            },
            "ownerReferences": [
                {
                    "apiVersion": "longshore.dev/v1alpha1",
                    "kind": "Run",
                    "name": "nightly",
                    "uid": "3f9c1a52",
                    "controller": True,
                }
            ],
        },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 30,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "runAsGroup": 1000,
                "fsGroup": 1000,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "step",
                    "image": "alpine:3",
                    "command": ["make"],
                    "args": ["-j", "2"],
                    "workingDir": "/longshore/work",
                    "env": [
                        {"name": "PARAM_ENV", "value": "$$(x)"},
                        {"name": "HOME", "value": "/longshore/home"},
                        {"name": "LONGSHORE_OUTPUT", "value": "/dev/termination-log"},
                        {"name": "LONGSHORE_RUN", "value": "nightly"},
                        {"name": "LONGSHORE_STEP", "value": "build"},
                        {"name": "LONGSHORE_ATTEMPT", "value": "2"},
                    ],
                    "volumeMounts": [WORK, HOME],
                    "securityContext": RESTRICTED,
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                }
            ],
            "volumes": VOLUMES,
        },
    }


def test_a_graph_of_the_runs_own_has_no_label_of_a_workflow() -> None:
    attempt = Attempt("ci", "nightly", "3f9c1a52", "", "build", 1)
    pod = build_pod(attempt, Step.model_validate(step()), {})
    assert "longshore.dev/workflow" not in pod["metadata"]["labels"]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("make\n", "#!/bin/sh -e\nmake\n"),
        ("#!/usr/bin/env python3\nprint(1)", "#!/usr/bin/env python3\nprint(1)"),
        ("", "#!/bin/sh -e\n"),
        ("echo $(params.x) $HOME", "#!/bin/sh -e\necho $(params.x) $HOME"),
    ],
    ids=["shell", "shebang", "empty", "never templated"],
)
def test_a_script_is_an_annotation_that_is_mounted(script: str, text: str) -> None:
    pod = build(script=script)
    assert pod["metadata"]["annotations"]["longshore.dev/script"] == text
    assert pod["spec"]["volumes"] == [
        *VOLUMES,
        {
            "name": "longshore-script",
            "downwardAPI": {
                "items": [
                    {
                        "path": "run",
                        "mode": 0o555,
                        "fieldRef": {"fieldPath": "metadata.annotations['longshore.dev/script']"},
                    }
                ]
            },
        },
    ]
    (step_container,) = pod["spec"]["containers"]
    assert step_container["command"] == ["/longshore/script/run"]
    assert step_container["volumeMounts"] == [
        WORK,
        HOME,
        {"name": "longshore-script", "mountPath": "/longshore/script"},
    ]


def test_a_checkout() -> None:
    pod = build(CHECKOUT)
    credentials = {"name": "longshore-credentials", "mountPath": "/longshore/credentials"}
    assert pod["spec"]["initContainers"] == [
        {
            "name": "checkout",
            "image": "longshore/runner:1",
            "args": ["checkout"],
            "env": [
                {"name": "SOURCE_URL", "value": "https://git.local/a.git"},
                {"name": "SOURCE_REVISION", "value": "main"},
                {"name": "SOURCE_DEPTH", "value": "1"},
                {"name": "SOURCE_SUBMODULES", "value": "false"},
                {"name": "SOURCE_PATH", "value": "/longshore/work/source"},
                {"name": "HOME", "value": "/longshore/home"},
                {"name": "SOURCE_CREDENTIALS", "value": "/longshore/credentials"},
            ],
            "volumeMounts": [WORK, HOME, credentials],
            "securityContext": RESTRICTED,
        }
    ]
    secret = {"name": "longshore-credentials", "secret": {"secretName": "forge", "defaultMode": 0o440}}
    assert pod["spec"]["volumes"] == [*VOLUMES, secret]
    (step_container,) = pod["spec"]["containers"]
    assert step_container["workingDir"] == "/longshore/work/source"
    assert step_container["volumeMounts"] == [WORK, HOME], "the step itself has no credentials"


def test_a_checkout_of_hostile_words_is_not_expanded() -> None:
    checkout = Checkout("runner", "https://a/$(HOME)", "$$x", 0, submodules=True, secret="")
    (init,) = build(checkout)["spec"]["initContainers"]
    values = {variable["name"]: variable["value"] for variable in init["env"]}
    assert (values["SOURCE_URL"], values["SOURCE_REVISION"]) == ("https://a/$$(HOME)", "$$$$x")
    assert (values["SOURCE_DEPTH"], values["SOURCE_SUBMODULES"]) == ("0", "true")
    assert "SOURCE_CREDENTIALS" not in values


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "grace": ({"gracePeriodSeconds": 0}, {"terminationGracePeriodSeconds": 0}),
    "deadline": ({"activeDeadlineSeconds": 60}, {"activeDeadlineSeconds": 660}),
    "both deadlines": (
        {"activeDeadlineSeconds": 60, "pendingDeadlineSeconds": 5},
        {"activeDeadlineSeconds": 65},
    ),
}


@pytest.mark.parametrize(("fields", "spec"), FIELDS.values(), ids=FIELDS)
def test_fields_of_the_pod(fields: dict[str, Any], spec: dict[str, Any]) -> None:
    assert build(**fields)["spec"].items() >= spec.items()


def test_without_a_deadline_the_pod_has_none() -> None:
    assert "activeDeadlineSeconds" not in build(pendingDeadlineSeconds=5)["spec"]


RESOURCES = {"requests": {"cpu": "500m", "memory": 1}, "limits": {"memory": "1Gi"}}
ENV_FROM = [{"prefix": "A_", "configMapRef": {"name": "a"}}, {"secretRef": {"name": "b", "optional": True}}]
CONTAINER_FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "resources": ({"resources": RESOURCES}, {"resources": RESOURCES}),
    "envFrom": ({"envFrom": ENV_FROM}, {"envFrom": ENV_FROM}),
    "a relative directory": ({"workingDir": "src"}, {"workingDir": "/longshore/work/src"}),
    "an absolute directory": ({"workingDir": "/src"}, {"workingDir": "/src"}),
    "no directory": ({"workingDir": ""}, {"workingDir": "/longshore/work"}),
}


@pytest.mark.parametrize(("fields", "expected"), CONTAINER_FIELDS.values(), ids=CONTAINER_FIELDS)
def test_fields_of_the_container(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert container(**fields).items() >= expected.items()


def test_a_relative_directory_is_in_the_checkout() -> None:
    assert container(checkout=CHECKOUT, workingDir="src")["workingDir"] == "/longshore/work/source/src"


def test_the_image_decides_without_command_and_args() -> None:
    assert not {"command", "args"} & set(container())


def test_a_variable_of_the_step_replaces_ours_and_comes_last() -> None:
    own = [
        {"name": "HOME", "value": "/root"},
        {"name": "PARAM_X", "value": "y"},
        {"name": "Z", "value": "$(HOME)"},
    ]
    variables = container(env=own, variables={"PARAM_X": "x", "PARAM_Y": "y"})["env"]
    assert [variable["name"] for variable in variables[-3:]] == ["HOME", "PARAM_X", "Z"]
    assert env(env=own, variables={"PARAM_X": "x"})["HOME"] == "/root"
    assert len({variable["name"] for variable in variables}) == len(variables)


SECRET_KEY = {"name": "T", "valueFrom": {"secretKeyRef": {"name": "forge", "key": "token"}}}
CONFIG_KEY = {"name": "T", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}
TEMPLATE_SECRET = {"spec": {"containers": [{"name": "step", "env": [SECRET_KEY]}]}}
PULL_SECRET = {"spec": {"imagePullSecrets": [{"name": "registry"}]}}
SECRETS: dict[str, tuple[dict[str, Any], bool]] = {
    "none": ({}, False),
    "a variable": ({"env": [SECRET_KEY]}, True),
    "all keys": ({"envFrom": [{"secretRef": {"name": "forge"}}]}, True),
    "a volume": ({"volumes": [{"name": "s", "mountPath": "/s", "secret": {"secretName": "forge"}}]}, True),
    "a template": ({"template": TEMPLATE_SECRET}, True),
    "a ConfigMap": ({"env": [CONFIG_KEY], "envFrom": [{"configMapRef": {"name": "a"}}]}, False),
    "a template whose Secret pulls images": ({"template": PULL_SECRET}, False),
    "a template without": ({"template": {"spec": {"nodeSelector": {"a": "b"}}}}, False),
}


@pytest.mark.parametrize(("fields", "has_secrets"), SECRETS.values(), ids=SECRETS)
def test_the_log_of_a_step_with_secrets_is_no_message(
    fields: dict[str, Any],
    has_secrets: bool,  # noqa: FBT001 - a table's column
) -> None:
    expected = "File" if has_secrets else "FallbackToLogsOnError"
    assert container(**fields)["terminationMessagePolicy"] == expected
