"""The pod that steps share: one container after the other, each as in a pod of its own."""

from typing import Any

from longshore.manifests.attempts import Attempt
from longshore.manifests.pods import build_pod
from longshore.manifests.stretches import fuse_pods, list_fused
from support.planning.runs import RUN, UID, name_pod, parse_step

VOLUME = {"name": "data", "mountPath": "/data", "persistentVolumeClaim": {"claimName": "data"}}


def build(path: str, **fields: Any) -> dict[str, Any]:
    return build_pod(Attempt("ci", RUN, UID, "", path, 1), parse_step(**fields), {})


def mounts(container: dict[str, Any]) -> dict[str, str]:
    return {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}


def test_one_pod_stays_as_it_is() -> None:
    pod = build("a", script="true")
    assert fuse_pods([pod]) is pod
    assert list_fused(pod) == ()


def test_the_first_gives_the_name_and_each_has_a_container_of_its_name() -> None:
    pod = fuse_pods([build("a"), build("b"), build("c")])
    assert list_fused(pod) == ("a", "b", "c")
    assert pod["metadata"]["name"] == name_pod("a")
    assert pod["metadata"]["labels"]["longshore.dev/step"] == "a"
    assert pod["metadata"]["annotations"] == {
        "longshore.dev/path": "a",
        "longshore.dev/fused": "a,b,c",
        "kubectl.kubernetes.io/default-container": "c",
    }
    assert [container["name"] for container in pod["spec"]["initContainers"]] == ["a", "b"]
    assert [container["name"] for container in pod["spec"]["containers"]] == ["c"]
    assert pod["spec"]["restartPolicy"] == "Never"


def test_each_has_its_own_directories_at_the_same_places() -> None:
    pod = fuse_pods([build("a"), build("b")])
    [first], [second] = pod["spec"]["initContainers"], pod["spec"]["containers"]
    assert mounts(first).keys() == mounts(second).keys()
    assert set(mounts(first).values()).isdisjoint(mounts(second).values())
    volumes = [volume["name"] for volume in pod["spec"]["volumes"]]
    assert sorted(volumes) == sorted([*mounts(first).values(), *mounts(second).values()])


def test_each_has_its_own_script() -> None:
    pod = fuse_pods([build("a", script="echo a"), build("b", args=["x"]), build("c", script="echo c")])
    annotations = pod["metadata"]["annotations"]
    assert {name: text for name, text in annotations.items() if "script" in name} == {
        "longshore.dev/script-0": "#!/bin/sh -e\necho a",
        "longshore.dev/script-2": "#!/bin/sh -e\necho c",
    }
    paths = {
        volume["name"]: volume["downwardAPI"]["items"][0]["fieldRef"]["fieldPath"]
        for volume in pod["spec"]["volumes"]
        if "downwardAPI" in volume
    }
    assert paths == {
        "longshore-script-0": "metadata.annotations['longshore.dev/script-0']",
        "longshore-script-2": "metadata.annotations['longshore.dev/script-2']",
    }


def test_a_volume_that_two_have_is_there_once() -> None:
    pod = fuse_pods([build("a", volumes=[VOLUME]), build("b", volumes=[VOLUME])])
    assert [volume["name"] for volume in pod["spec"]["volumes"]].count("data") == 1


def test_without_an_operator_the_pod_ends_by_what_all_may_take() -> None:
    bounded = [
        build("a", activeDeadlineSeconds=10),
        build("b", activeDeadlineSeconds=20, pendingDeadlineSeconds=5),
    ]
    assert fuse_pods(bounded)["spec"]["activeDeadlineSeconds"] == 600 + 10 + 5 + 20
    assert "activeDeadlineSeconds" not in fuse_pods([bounded[0], build("b")])["spec"]
    assert "activeDeadlineSeconds" not in fuse_pods([build("b"), bounded[0]])["spec"]
