"""How the credentials of an Agent reach a step's container: names of Secrets alone, each kind in its way."""

import json
from typing import Any

import pytest
from longshore.api.agents import Credential
from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.credentials import add_credentials, find_clash, select_credentials
from longshore.manifests.pods import build_pod
from support.planning.runs import step


def credential(kind: str, name: str = "forge", ref: str = "forge-token") -> Credential:
    return Credential.model_validate({"name": name, "secretRef": {"name": ref}, "as": kind})


def add(*credentials: Credential, **fields: Any) -> Any:
    attempt = Attempt("ci", "nightly", "3f9c1a52", "", "build", 1)
    return add_credentials(build_pod(attempt, Step.model_validate(step(**fields)), {}), credentials)


def get_container(pod: Any) -> dict[str, Any]:
    (container,) = pod["spec"]["containers"]
    return dict(container)


def read_env(pod: Any) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in get_container(pod)["env"]}


def test_without_any_the_pod_stays_as_it_is() -> None:
    plain = build_pod(Attempt("ci", "nightly", "3f9c1a52", "", "build", 1), Step.model_validate(step()), {})
    assert add() == plain


def test_variables_come_before_those_of_the_step_which_replace_them() -> None:
    own = {"secretRef": {"name": "own"}}
    pod = add(credential("Env"), credential("Env", "npm", "npm-token"), envFrom=[own])
    assert get_container(pod)["envFrom"] == [
        {"secretRef": {"name": "forge-token"}},
        {"secretRef": {"name": "npm-token"}},
        own,
    ]
    assert get_container(pod)["volumeMounts"] == get_container(add())["volumeMounts"]


def test_files_are_a_mount_that_the_kubelet_renews() -> None:
    pod = add(credential("Files"))
    assert pod["spec"]["volumes"][-1] == {
        "name": "longshore-credential-0",
        "secret": {"secretName": "forge-token", "defaultMode": 0o440},
    }
    assert get_container(pod)["volumeMounts"][-1] == {
        "name": "longshore-credential-0",
        "mountPath": "/longshore/credentials/forge",
        "readOnly": True,
    }
    assert "envFrom" not in get_container(pod)
    assert read_env(pod) == read_env(add())


def test_a_docker_config_has_the_name_that_docker_looks_for() -> None:
    pod = add(credential("Docker", "hub"))
    items = [{"key": ".dockerconfigjson", "path": "config.json"}]
    assert pod["spec"]["volumes"][-1]["secret"]["items"] == items
    assert read_env(pod)["DOCKER_CONFIG"] == "/longshore/credentials/hub"


def test_git_has_a_helper_for_each_and_one_command_for_ssh() -> None:
    pod = add(credential("Git"), credential("Git", "mirror"))
    env = read_env(pod)
    assert env["GIT_CONFIG_COUNT"] == "3"
    assert (env["GIT_CONFIG_KEY_0"], env["GIT_CONFIG_VALUE_0"]) == ("credential.helper", "")
    assert "cd /longshore/credentials/mirror &&" in env["GIT_CONFIG_VALUE_2"]
    assert "in /longshore/credentials/forge /longshore/credentials/mirror;" in env["GIT_SSH_COMMAND"]
    assert "$$(cat password)" in env["GIT_CONFIG_VALUE_1"], "the kubelet expands $(...)"
    assert len(get_container(pod)["volumeMounts"]) == len(get_container(add())["volumeMounts"]) + 2


def test_a_variable_of_the_step_replaces_ours() -> None:
    pod = add(credential("Docker"), env=[{"name": "DOCKER_CONFIG", "value": "/mine"}])
    values = [entry["value"] for entry in get_container(pod)["env"] if entry["name"] == "DOCKER_CONFIG"]
    assert values == ["/mine"]


def test_the_pod_says_which_it_has() -> None:
    said = add(credential("Env"), credential("Docker", "hub", "hub"))["metadata"]["annotations"]
    assert json.loads(said["longshore.dev/credentials"]) == [
        {"name": "forge", "secretRef": {"name": "forge-token"}, "as": "Env"},
        {"name": "hub", "secretRef": {"name": "hub"}, "as": "Docker"},
    ]
    assert said["longshore.dev/path"] == "build"


def test_those_that_are_asked_for_are_taken_in_their_order() -> None:
    known = [credential("Env", name) for name in ("a", "b", "c")]
    assert [each.name for each in select_credentials(known, ["c", "a"])] == ["c", "a"]
    assert select_credentials(known, ["z"]) == []


CLASHES: dict[str, tuple[list[Credential], str]] = {
    "one docker config": ([credential("Docker")], ""),
    "several of another kind": ([credential("Git"), credential("Git", "b"), credential("Env", "c")], ""),
    "two docker configs": (
        [credential("Docker", "a"), credential("Docker", "b")],
        "can't give credentials a, b together: a step has one docker config",
    ),
}


@pytest.mark.parametrize(("credentials", "said"), CLASHES.values(), ids=CLASHES)
def test_what_one_container_cannot_have_together(credentials: list[Credential], said: str) -> None:
    assert find_clash(credentials) == said
