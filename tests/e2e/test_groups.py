"""ConcurrencyGroups on a real cluster, through kubectl alone: the limit by the pods' own start and end times."""

import json
from typing import Any

from support.namespaces import Namespace, write_run
from support.overlaps import count_most

IMAGE = "python:3.12-slim"
GROUP = {"group": "doors"}
SLEEP = "trap 'exit 7' TERM; sleep $PARAM_SECONDS & wait"


def make_group(namespace: Namespace, limit: int, **spec: Any) -> None:
    """The group of all tests here."""
    manifest = {"apiVersion": "longshore.dev/v1alpha1", "kind": "ConcurrencyGroup", "metadata": {"name": "doors"}}
    namespace.apply(json.dumps({**manifest, "spec": {"limit": limit, **spec}}))


def hold(namespace: Namespace, name: str, seconds: int, **step: Any) -> None:
    """A Run whose step holds the group for so long."""
    start(namespace, name, seconds, {"concurrency": GROUP, **step})


def start(namespace: Namespace, name: str, seconds: int, step: Any, **graph: Any) -> None:
    """A Run that takes so long."""
    params = [{"name": "seconds", "type": "Integer", "default": seconds}]
    steps = [{"name": "hold", "image": IMAGE, "script": SLEEP, **step}]
    namespace.apply(write_run(name, json.dumps({"params": params, "steps": steps, **graph})))


def wait_for_reason(namespace: Namespace, run: str, reason: str) -> str:
    """The message of the step once it says why it waits."""
    namespace.wait(f"runs.longshore.dev/{run}", f"jsonpath={{.status.steps.hold.reason}}={reason}")
    message: str = namespace.get_status(run)["steps"]["hold"]["message"]
    return message


def wait_until_empty(namespace: Namespace) -> None:
    """Wait until nobody holds the group any more."""
    namespace.wait("concurrencygroups.longshore.dev/doors", "jsonpath={.status.active}=0")


def test_a_limit_holds_for_each_key(namespace: Namespace) -> None:
    make_group(namespace, 2)
    keyed = {**GROUP, "key": "$(each.item)"}
    items = {"forEach": {"items": "['a', 'a', 'a', 'a', 'a', 'b', 'b']"}, "concurrency": keyed}
    hold(namespace, "keys", 5, **items)  # long enough for two to overlap where a kubelet is slow to start them
    status = namespace.finish("keys")
    assert status["phase"] == "Succeeded", status
    pods = namespace.get_pods("keys")
    paths = {status["steps"][f"hold[{index}]"]["pod"]: index for index in range(7)}
    first = [pod for pod in pods if paths[pod["metadata"]["name"]] < 5]
    assert (len(first), count_most(first)) == (5, 2)
    assert len(pods) == 7
    wait_until_empty(namespace)


def test_a_pause_and_a_lower_limit_while_it_is_full(namespace: Namespace) -> None:
    make_group(namespace, 2)
    for name in ("one", "two"):
        hold(namespace, name, 3600)
        namespace.wait_for_step(name, "hold", "Running")
    make_group(namespace, 1)
    hold(namespace, "three", 0)
    message = wait_for_reason(namespace, "three", "AwaitingGroup")
    assert message.startswith("waits for group doors: 2/1 held; 1st in line at ")
    namespace.longshore("cancel", "one")
    assert namespace.finish("one")["phase"] == "Canceled"
    namespace.wait("concurrencygroups.longshore.dev/doors", "jsonpath={.status.active}=1")
    make_group(namespace, 0)
    namespace.longshore("cancel", "two")
    wait_until_empty(namespace)
    [line] = namespace.kubectl("get", "concurrencygroups.longshore.dev", "--no-headers").splitlines()
    assert line.split()[:5] == ["doors", "0", "0", "1", "Queue"]
    make_group(namespace, 1)
    assert namespace.finish("three")["phase"] == "Succeeded"


def test_the_newest_replaces_the_oldest(namespace: Namespace) -> None:
    make_group(namespace, 1, whenFull="Replace")
    hold(namespace, "old", 3600)
    namespace.wait_for_step("old", "hold", "Running")
    hold(namespace, "new", 0)
    status = namespace.finish("old")
    assert (status["phase"], status["steps"]["hold"]["reason"]) == ("Canceled", "Replaced")
    assert status["message"] == "step 'hold' was replaced: made way for step hold of Run new in group doors"
    assert namespace.finish("new")["phase"] == "Succeeded"
    namespace.wait_for_event("old", "Replaced")


def test_the_newest_replaces_those_that_wait(namespace: Namespace) -> None:
    make_group(namespace, 1, whenFull="ReplaceQueued")
    hold(namespace, "holder", 3600)
    namespace.wait_for_step("holder", "hold", "Running")
    hold(namespace, "waits", 0)
    wait_for_reason(namespace, "waits", "AwaitingGroup")
    hold(namespace, "newest", 0)
    assert namespace.finish("waits")["steps"]["hold"]["reason"] == "Replaced"
    wait_for_reason(namespace, "newest", "AwaitingGroup")
    namespace.longshore("cancel", "holder")
    assert namespace.finish("newest")["phase"] == "Succeeded"


def test_a_full_group_may_reject(namespace: Namespace) -> None:
    make_group(namespace, 1, whenFull="Reject")
    hold(namespace, "holder", 3600)
    namespace.wait_for_step("holder", "hold", "Running")
    hold(namespace, "rejected", 0, retry={"limit": 3})
    step = namespace.finish("rejected")["steps"]["hold"]
    assert (step["phase"], step["reason"], step.get("attempt")) == ("Failed", "GroupFull", 0)
    assert step["message"] == "group doors is full: 1/1 held"
    namespace.wait_for_event("rejected", "GroupFull")


def test_a_whole_run_waits_and_one_that_is_deleted_frees_its_place(namespace: Namespace) -> None:
    make_group(namespace, 1)
    start(namespace, "first", 3600, {}, concurrency=GROUP)
    namespace.wait_for_step("first", "hold", "Running")
    start(namespace, "second", 0, {}, concurrency=GROUP)
    path = "jsonpath={.status.conditions[?(@.type=='Admitted')].reason}=AwaitingGroup"
    namespace.wait("runs.longshore.dev/second", path)
    status = namespace.get_status("second")
    assert status["phase"] == "Queued"
    assert status["message"].startswith("waits for group doors: 1/1 held; 1st in line at ")
    namespace.kubectl("delete", "runs.longshore.dev", "first")
    assert namespace.finish("second")["phase"] == "Succeeded"
    wait_until_empty(namespace)


def test_a_step_that_waits_for_its_own_run_is_refused(namespace: Namespace) -> None:
    graph = {"steps": [{"name": "a", "image": IMAGE, "concurrency": GROUP}], "concurrency": GROUP}
    namespace.apply(write_run("deadlock", json.dumps(graph)))
    status = namespace.finish("deadlock")
    assert status["phase"] == "Failed"
    assert "spec.steps[a].concurrency.group: 'doors' is held by the whole Run" in status["message"]
