"""What the collector sees in a pod: its attempts and its files, and that nobody's pod is taken for one's own."""

import json
from datetime import timedelta
from typing import Any

import pytest
from longshore import names
from longshore.archive.collect.pods import observe_pod, slim_pod
from longshore.archive.places import AttemptKey
from support.archives.pods import build_pod, declare, end

REPORT = {"test": {"transport": "HTTP", "declared": [{"name": "report", "path": "out.xml"}]}}
SECRETS: dict[str, list[Any]] = {
    "env": [
        {"name": "A", "value": "hidden"},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ],
    "envFrom": [{"secretRef": {"name": "all"}}, {"configMapRef": {"name": "plain"}}],
}


def test_a_slim_pod_names_its_secrets_and_no_values() -> None:
    pod = build_pod("test")
    pod["spec"]["containers"][0] |= SECRETS
    pod["spec"]["volumes"] = [{"name": "v", "secret": {"secretName": "file"}}, {"name": "w", "emptyDir": {}}]
    pod["metadata"]["annotations"][names.SCRIPT_ANNOTATION] = "echo long"
    slim = slim_pod(pod)
    [container] = slim["spec"]["containers"]
    assert container == {"name": "step", "env": SECRETS["env"][1:], "envFrom": SECRETS["envFrom"][:1]}
    assert slim["spec"]["volumes"] == [{"name": "v", "secret": {"secretName": "file"}}]
    assert slim["metadata"]["annotations"] == {names.PATH_ANNOTATION: "test"}
    assert "hidden" not in json.dumps(slim)


def test_a_pod_of_one_attempt() -> None:
    pod = observe_pod(slim_pod(build_pod("test[3]", attempt=2)))
    assert pod is not None
    assert pod.attempts == (AttemptKey("uid-1", "test[3]", 2),)
    assert (pod.run, pod.run_uid, pod.has_ended, pod.is_deleted, pod.files) == ("run", "uid-1", False, False, ())


def test_a_pod_that_steps_share() -> None:
    pod = observe_pod(slim_pod(build_pod("a", fused=("a", "b"))))
    assert pod is not None
    assert [key.step for key in pod.attempts] == ["a", "b"]


def forge(**metadata: Any) -> dict[str, Any]:
    pod = build_pod("test")
    return pod | {"metadata": pod["metadata"] | metadata}


def relabel(name: str, value: str) -> dict[str, Any]:
    return forge(labels=build_pod("test")["metadata"]["labels"] | {name: value})


FORGED = {
    "another name": forge(name="run-other"),
    "no owner": forge(ownerReferences=[]),
    "another's": forge(ownerReferences=[{"kind": "Run", "uid": "uid-2", "controller": True}]),
    "no controller": forge(ownerReferences=[{"kind": "Run", "uid": "uid-1"}]),
    "another uid": relabel(names.RUN_UID_LABEL, "uid-2"),
    "a uid that is a path": relabel(names.RUN_UID_LABEL, "..-x/y"),
    "another attempt": relabel(names.ATTEMPT_LABEL, "2"),
    "no number": relabel(names.ATTEMPT_LABEL, "x"),
    "a path that is none": forge(annotations={names.PATH_ANNOTATION: "../../etc"}),
    "no annotations": forge(annotations={}),
}


@pytest.mark.parametrize("pod", FORGED.values(), ids=FORGED)
def test_a_pod_that_is_no_attempt_is_nobodys(pod: dict[str, Any]) -> None:
    assert observe_pod(slim_pod(pod)) is None


def test_what_is_told_already_is_not_owed() -> None:
    pod = declare(build_pod("test"), REPORT)
    pod["metadata"]["annotations"][names.ARCHIVED_ANNOTATION] = '{"test": {"artifacts": "Stored"}}'
    seen = observe_pod(slim_pod(pod))
    assert seen is not None
    assert seen.files == ()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"test": {"transport": "Smoke"}}', '{"test": 3}'])
def test_a_declaration_that_can_not_be_read_is_none(text: str) -> None:
    pod = build_pod("test")
    pod["metadata"]["annotations"][names.ARTIFACTS_ANNOTATION] = text
    seen = observe_pod(slim_pod(pod))
    assert seen is not None
    assert seen.files == ()


def test_files_of_others_and_of_steps_that_declare_none_are_not_owed() -> None:
    other = {"other": REPORT["test"], "test": {"transport": "Mount", "caches": [{"path": "x", "key": "k"}]}}
    seen = observe_pod(slim_pod(declare(build_pod("test"), other)))
    assert seen is not None
    assert seen.files == ()


@pytest.mark.parametrize(
    ("transport", "ended", "is_sent"),
    [
        ("Mount", [], False),
        ("Mount", ["step"], True),
        ("HTTP", ["step"], False),
        ("HTTP", ["artifacts"], False),
        ("HTTP", ["step", "artifacts"], True),
    ],
)
def test_when_nothing_more_will_come(transport: str, ended: list[str], is_sent: bool) -> None:  # noqa: FBT001
    pod = declare(build_pod("test"), {"test": REPORT["test"] | {"transport": transport}})
    for container in ended:
        end(pod, container)
    seen = observe_pod(slim_pod(pod))
    assert seen is not None
    assert [files.is_sent for files in seen.files] == [is_sent]


def test_a_pod_that_failed_before_its_container_ran_sends_nothing_more() -> None:
    pod = declare(build_pod("test", phase="Failed"), REPORT)
    seen = observe_pod(slim_pod(pod))
    assert seen is not None
    assert [(files.is_sent, files.ended) for files in seen.files] == [(True, None)]


def test_of_a_shared_pod_that_ended_only_who_ran_is_judged() -> None:
    pod = declare(build_pod("a", fused=("a", "b"), phase="Failed"), {"a": REPORT["test"], "b": REPORT["test"]})
    seen = observe_pod(slim_pod(end(pod, "a", code=1)))
    assert seen is not None
    assert {files.key.step: files.is_sent for files in seen.files} == {"a": True, "b": False}


def test_the_sidecar_of_a_pod_has_the_pods_grace() -> None:
    pod = build_pod("test")
    pod["spec"]["terminationGracePeriodSeconds"] = 90
    seen = observe_pod(slim_pod(pod))
    assert seen is not None
    assert seen.grace == timedelta(seconds=90)
