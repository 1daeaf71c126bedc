"""Volumes that the steps of a Run share, on a real cluster with a default StorageClass."""

import json
from typing import Any

from support.namespaces import Namespace

IMAGE = "python:3.12-slim"


def write(name: str, *steps: dict[str, Any], **volume: Any) -> str:
    """A Run whose steps all mount one volume at /shared."""
    shared = {"name": "shared", "mountPath": "/shared", "run": {"size": "16Mi", **volume}}
    graph = {"defaults": {"image": IMAGE, "volumes": [shared]}, "steps": steps}
    run = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": name}}
    return json.dumps({**run, "spec": {"workflowSpec": graph}})


def list_claims(namespace: Namespace, run: str) -> list[dict[str, Any]]:
    """The claims of a Run."""
    found: list[dict[str, Any]] = namespace.get("pvc", f"--selector=longshore.dev/run={run}")["items"]
    return found


def test_steps_share_one_claim_that_goes_with_the_run(namespace: Namespace) -> None:
    collect = {
        "name": "collect",
        "forEach": {"items": "['a', 'b', 'c']"},
        "env": [{"name": "ITEM", "value": "$(each.item)"}],
        "script": 'test $LONGSHORE_ATTEMPT = 2 && echo "$ITEM" >> /shared/$ITEM',
        "retry": {"limit": 1, "backoff": {"seconds": 0}},
    }
    report = {"name": "report", "needs": ["collect"], "script": "cat /shared/*"}
    namespace.apply(write("share", collect, report))
    status = namespace.finish("share")
    assert status["phase"] == "Succeeded", status
    assert namespace.read_log("share", "report") == "a\nb\nc\n"
    [claim] = list_claims(namespace, "share")
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    namespace.kubectl("delete", "runs.longshore.dev", "share")
    namespace.wait(f"pvc/{claim['metadata']['name']}", "delete")


def test_a_quota_of_claims_is_waited_for(namespace: Namespace) -> None:
    namespace.kubectl("create", "quota", "few", "--hard=persistentvolumeclaims=0")
    namespace.apply(write("late", {"name": "use", "script": "test -w /shared"}))
    namespace.wait("runs.longshore.dev/late", "jsonpath={.status.steps.use.reason}=AwaitingQuota")
    assert "exceeded quota: few" in namespace.get_status("late")["message"]
    assert namespace.get_pods("late") == []
    namespace.kubectl("delete", "quota", "few")
    assert namespace.finish("late")["phase"] == "Succeeded"


def test_a_claim_that_the_api_server_does_not_take_is_told(namespace: Namespace) -> None:
    namespace.apply(write("wrong", {"name": "use", "script": "true"}, storageClassName="Not a class"))
    status = namespace.finish("wrong")
    assert status["steps"]["use"]["reason"] == "VolumeRejected"
    assert "storageClassName" in status["message"]
    assert namespace.get_pods("wrong") == []


def test_a_claim_that_is_never_bound_is_told_until_the_deadline(namespace: Namespace) -> None:
    step = {"name": "use", "script": "true", "pendingDeadlineSeconds": 10}
    namespace.apply(write("unbound", step, storageClassName="there-is-none"))
    namespace.wait("runs.longshore.dev/unbound", "jsonpath={.status.steps.use.reason}=Unschedulable")
    assert "PersistentVolumeClaim" in namespace.get_status("unbound")["message"]
    assert namespace.finish("unbound")["steps"]["use"]["reason"] == "PendingDeadlineExceeded"


def test_steps_that_say_different_things_of_a_volume_are_not_accepted(namespace: Namespace) -> None:
    other = [{"name": "shared", "mountPath": "/shared", "run": {"size": "32Mi"}}]
    second = {"name": "b", "script": "true", "volumes": other}
    namespace.apply(write("differ", {"name": "a", "script": "true"}, second))
    status = namespace.finish("differ")
    assert status["phase"] == "Failed"
    assert "spec.steps[b].volumes[shared].run: is not what step 'a' says of this volume" in status["message"]
