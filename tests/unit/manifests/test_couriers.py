"""How the files of a step get into its pod and out of it, by mount and over HTTP."""

import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from longshore.api.archives import PodArtifacts, Transport
from longshore.api.steps import Step
from longshore.archive.places import AttemptKey
from longshore.manifests.attempts import Attempt
from longshore.manifests.checkouts import Checkout
from longshore.manifests.pods import Extras, build_pod, find_base
from longshore.manifests.transfers import Transfer
from longshore.names import build_attempt_folder
from support.planning.runs import step

ATTEMPT = Attempt("ci", "nightly", "uid-1", "", "test[3]", 2)
CHECKOUT = Checkout("longshore/runner:1", "https://git.local/a.git", "", 1, submodules=False, secret="")
INPUTS = [
    {"step": "build", "runUid": "uid-0", "path": "build", "attempt": 1},
    {"step": "lint", "index": 4, "runUid": "uid-1", "path": "lint[4]", "attempt": 3},
]
DECLARED = [{"name": "report", "path": "$(x)/*.xml", "kind": "junit"}]
CACHES = [
    {"path": "~/.cache/pip", "key": "pip-$5", "restoreKeys": ["pip-"]},
    {"path": "node_modules", "key": "npm"},
    {"path": "/root/.m2", "key": "m2"},
]


def build(
    transport: Transport, files: dict[str, Any], checkout: Checkout | None = None, **fields: Any
) -> dict[str, Any]:
    made = Step.model_validate(step("test", **fields))
    declared = PodArtifacts.model_validate({"transport": transport, **files})
    transfer = Transfer(ATTEMPT, declared, "longshore/runner:1", 60, find_base(made, checkout))
    return build_pod(ATTEMPT, made, {}, Extras(checkout, transfer))


def find(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def read_env(container: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container["env"]}


def list_mounts(container: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """By place, the volume and whether it is read-only."""
    return {m["mountPath"]: (m["name"], m.get("readOnly", False)) for m in container["volumeMounts"]}


def test_by_mount_the_step_has_folders_of_the_claim_and_no_more_containers() -> None:
    pod = build("Mount", {"declared": DECLARED, "inputs": INPUTS})
    spec = pod["spec"]
    assert "initContainers" not in spec
    assert spec["terminationGracePeriodSeconds"] == 30
    volume = {"name": "longshore-artifacts", "persistentVolumeClaim": {"claimName": "artifacts"}}
    assert spec["volumes"][-1] == volume
    mounts = {mount["mountPath"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    assert mounts["/longshore/artifacts"]["subPath"] == "uid-1/test[3]/2"
    assert "readOnly" not in mounts["/longshore/artifacts"]
    assert mounts["/longshore/inputs/build"]["subPath"] == "uid-0/build/1"
    assert mounts["/longshore/inputs/lint/4"]["subPath"] == "uid-1/lint[4]/3"
    assert mounts["/longshore/inputs/lint/4"]["readOnly"]


def test_a_folder_of_the_claim_is_where_the_archive_looks_for_it() -> None:
    assert PurePosixPath(build_attempt_folder("uid-1", "test[3]", 2)) == AttemptKey("uid-1", "test[3]", 2).folder


def test_over_http_there_are_two_couriers_beside_the_step() -> None:
    spec = build("HTTP", {"declared": DECLARED, "inputs": INPUTS})["spec"]
    inputs, artifacts = spec["initContainers"]
    assert (inputs["name"], inputs["args"], "restartPolicy" in inputs) == ("inputs", ["inputs"], False)
    assert (artifacts["name"], artifacts["args"], artifacts["restartPolicy"]) == (
        "artifacts",
        ["artifacts"],
        "Always",
    )
    assert list_mounts(inputs) == {
        "/longshore/archive": ("longshore-archive", True),
        "/longshore/inputs": ("longshore-inputs", False),
    }
    assert list_mounts(artifacts) == {
        "/longshore/archive": ("longshore-archive", True),
        "/longshore/artifacts": ("longshore-artifacts", True),
    }
    env = read_env(artifacts)
    assert env["LONGSHORE_ARCHIVE"] == "http://archive.ci.svc:8080"
    assert (env["LONGSHORE_RUN_UID"], env["LONGSHORE_STEP"], env["LONGSHORE_ATTEMPT"]) == ("uid-1", "test[3]", "2")
    assert json.loads(env["LONGSHORE_DECLARED"].replace("$$", "$"))[0]["path"] == "$(x)/*.xml"
    assert "$(x)" not in env["LONGSHORE_DECLARED"].replace("$$(x)", ""), "the kubelet expands nothing of it"
    assert json.loads(read_env(inputs)["LONGSHORE_INPUT_FOLDERS"]) == ["build", "lint/4"]
    for courier in (inputs, artifacts):
        assert courier["securityContext"]["allowPrivilegeEscalation"] is False


def test_the_token_is_for_the_archive_and_for_the_couriers_alone() -> None:
    spec = build(
        "HTTP", {"declared": DECLARED}, debug="OnFailure", services=[{"name": "db", "container": {"image": "a"}}]
    )["spec"]
    token = {"audience": "archive.longshore.dev", "expirationSeconds": 3600, "path": "token"}
    assert find(spec["volumes"], "longshore-archive")["projected"] == {"sources": [{"serviceAccountToken": token}]}
    assert spec["automountServiceAccountToken"] is False
    having = [
        container["name"]
        for container in (*spec["initContainers"], *spec["containers"])
        if any(mount["name"] == "longshore-archive" for mount in container.get("volumeMounts", ()))
    ]
    assert having == ["artifacts"]


def test_the_pod_has_time_to_send_besides_the_steps() -> None:
    spec = build("HTTP", {"declared": DECLARED}, gracePeriodSeconds=5, activeDeadlineSeconds=100)["spec"]
    assert spec["terminationGracePeriodSeconds"] == 65
    assert spec["activeDeadlineSeconds"] == 600 + 100 + 60
    reader = build("HTTP", {"inputs": INPUTS}, gracePeriodSeconds=5)["spec"]
    assert reader["terminationGracePeriodSeconds"] == 5, "nothing is sent"


@pytest.mark.parametrize("transport", ["Mount", "HTTP"])
def test_caches_come_and_go_with_the_couriers(transport: Transport) -> None:
    spec = build(transport, {"caches": CACHES}, CHECKOUT)["spec"]
    assert [container["name"] for container in spec["initContainers"]] == ["checkout", "inputs", "artifacts"]
    own = {"name": "longshore-cache-2", "mountPath": "/root/.m2"}
    assert own in spec["containers"][0]["volumeMounts"]
    assert {"name": "longshore-cache-2", "emptyDir": {}} in spec["volumes"]
    env = read_env(spec["initContainers"][1])
    places = [json.loads(env[f"LONGSHORE_CACHE_{index}"].replace("$$", "$")) for index in range(3)]
    assert [(place["root"], place["folder"]) for place in places] == [
        ("/longshore/home", ".cache/pip"),
        ("/longshore/work", "source/node_modules"),
        ("/longshore/caches/2", "."),
    ]
    assert places[0]["key"] == "pip-$5"
    assert list_mounts(spec["initContainers"][1])["/longshore/home"] == ("longshore-home", False)
    assert list_mounts(spec["initContainers"][2])["/longshore/home"] == ("longshore-home", True)
    assert "/root/.m2" not in list_mounts(spec["initContainers"][2]), "nothing of the image is hidden"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("deps", ("/longshore/work", "deps")),
        (".", ("/longshore/work", ".")),
        ("~/.npm/", ("/longshore/home", ".npm")),
        ("/longshore/home/.npm", ("/longshore/home", ".npm")),
        ("/longshore/workshop", ("/longshore/caches/0", ".")),
        ("/var//lib/x/", ("/longshore/caches/0", ".")),
    ],
)
def test_where_a_cache_is(path: str, expected: tuple[str, str]) -> None:
    pod = build("HTTP", {"caches": [{"path": path, "key": "k"}]})
    place = json.loads(read_env(pod["spec"]["initContainers"][0])["LONGSHORE_CACHE_0"])
    assert (place["root"], place["folder"]) == expected


def test_a_cache_is_relative_to_where_the_command_starts() -> None:
    pod = build("HTTP", {"caches": [{"path": "x", "key": "k"}]}, CHECKOUT, workingDir="sub")
    place = json.loads(read_env(pod["spec"]["initContainers"][1])["LONGSHORE_CACHE_0"])
    assert place["folder"] == "source/sub/x"


def test_the_pod_tells_the_archive_what_it_has_to_know() -> None:
    def read(transport: Transport, **files: Any) -> Any:
        annotations = build(transport, files)["metadata"]["annotations"]
        return json.loads(annotations.get("longshore.dev/artifacts", "null"))

    assert read("Mount", declared=DECLARED)["test[3]"]["transport"] == "Mount"
    assert read("Mount", inputs=INPUTS) is None, "the kubelet mounts them"
    told = read("HTTP", inputs=INPUTS)["test[3]"]
    assert PodArtifacts.model_validate(told) == PodArtifacts.model_validate(
        {"transport": "HTTP", "inputs": INPUTS}
    )


def test_a_steps_own_variable_replaces_ours() -> None:
    env = [{"name": "LONGSHORE_ARTIFACTS", "value": "/srv/mine"}]
    spec = build("Mount", {"declared": DECLARED, "inputs": INPUTS}, env=env)["spec"]
    values = [(entry["name"], entry["value"]) for entry in spec["containers"][0]["env"]]
    assert values.count(("LONGSHORE_ARTIFACTS", "/srv/mine")) == 1
    assert ("LONGSHORE_INPUTS", "/longshore/inputs") in values
    assert len([name for name, _ in values if name == "LONGSHORE_ARTIFACTS"]) == 1


def test_two_couriers_fit_a_quota_that_wants_all_said() -> None:
    spec = build("HTTP", {"declared": DECLARED, "inputs": INPUTS})["spec"]
    for courier in spec["initContainers"]:
        assert courier["resources"].keys() == {"requests", "limits"}
        assert all(kind.keys() == {"cpu", "memory"} for kind in courier["resources"].values())
