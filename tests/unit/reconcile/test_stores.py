"""What stores keep of what they are told: the newest version, and nothing that is gone."""

from typing import Any

import pytest
from longshore.reconcile.stores import ObjectStore, RunStore
from support.graphs import chain, step
from support.objects import NAMESPACE, build_run, build_workflow

UID = "uid-of-run"
STEPS = {"s1": {"phase": "Running", "attempt": 1}, "s2": {"phase": "Pending", "attempt": 0}}


def put_status(store: RunStore, version: int, **status: Any) -> bool:
    """Have the store see a version of the Run."""
    return store.put({**build_run(chain(2), version=version), "status": status})


@pytest.mark.parametrize(("version", "is_news"), [(4, False), (5, False), (6, True)])
def test_only_newer_versions_are_taken(version: int, is_news: bool) -> None:  # noqa: FBT001 - a column
    store = RunStore()
    put_status(store, 5, phase="Queued", message="known")
    assert put_status(store, version, phase="Running", message="seen") is is_news
    entry = store.get(UID)
    assert entry is not None
    assert entry.run.status.message == ("seen" if is_news else "known")


@pytest.mark.parametrize("phase", ["Succeeded", "Failed", "Canceled"])
def test_of_finished_runs_only_the_phase_is_kept(phase: str) -> None:
    store = RunStore()
    put_status(store, 1, phase="Running")
    put_status(store, 2, phase=phase)
    assert store.get(UID) is None
    assert store.uids() == {UID}
    assert store.count_runs() == {(NAMESPACE, phase): 1}
    assert not put_status(store, 1, phase="Running")
    assert store.get(UID) is None


def test_a_run_of_another_controller_is_known_and_left_alone() -> None:
    store = RunStore()
    for version, manager in ((1, "example.com/me"), (2, "example.com/me")):
        store.put(build_run(chain(1), version=version, managedBy=manager))
    assert (store.get(UID), store.uids(), store.count_runs()) == (None, {UID}, {})
    store.put(build_run(chain(1), name="ours", managedBy="longshore.dev/operator"))
    assert store.get("uid-of-ours") is not None


def test_a_run_that_went_is_not_brought_back_by_a_late_answer() -> None:
    store = RunStore()
    put_status(store, 1)
    store.remove(UID)
    store.refresh(build_run(chain(2), version=2))
    assert store.get(UID) is None
    assert store.uids() == set()


def test_an_answer_to_our_write_counts_at_once() -> None:
    store = RunStore()
    put_status(store, 1, phase="Queued")
    store.refresh({**build_run(chain(2), version=7), "status": {"phase": "Running"}})
    assert not put_status(store, 6, phase="Queued")
    assert store.count_runs() == {(NAMESPACE, "Running"): 1}


def test_the_graph_comes_from_the_snapshot() -> None:
    store = RunStore()
    put_status(store, 1)
    entry = store.get(UID)
    assert entry is not None
    assert entry.graph is None
    put_status(store, 2, phase="Running", workflowSpec=chain(3))
    entry = store.get(UID)
    assert entry is not None
    assert entry.graph is not None
    assert entry.graph.order == ("s1", "s2", "s3")


def test_a_spec_that_can_not_be_read_is_a_finding() -> None:
    store = RunStore()
    store.put(build_run({"steps": [step("a", retry={"limit": -1})]}))
    entry = store.get(UID)
    assert entry is not None
    assert "retry.limit" in str(entry.findings[0])


def test_steps_are_counted_by_phase() -> None:
    store = RunStore()
    put_status(store, 1, phase="Running", steps=STEPS)
    assert store.count_steps() == {(NAMESPACE, "Running"): 1, (NAMESPACE, "Pending"): 1}


def test_steps_that_have_not_started_are_counted_by_reason() -> None:
    store, waits = RunStore(), {"phase": "Pending", "attempt": 0, "reason": "AwaitingAgent"}
    made = {"phase": "Pending", "attempt": 1, "reason": "Starting", "pod": "s4"}
    put_status(store, 1, phase="Running", steps={**STEPS, "s3": waits, "s4": made})
    assert store.count_waits() == {(NAMESPACE, "AwaitingAgent"): 1}


def test_who_waits_for_a_workflow() -> None:
    store = RunStore()
    store.put(build_run(name="waits", workflowRef={"name": "flow"}))
    store.put(build_run(name="other", workflowRef={"name": "another"}))
    store.put(build_run(chain(1), name="own"))
    accepted = build_run(name="accepted", workflowRef={"name": "flow"})
    store.put({**accepted, "status": {"phase": "Running", "workflowSpec": chain(1)}})
    assert list(store.waiting_for(NAMESPACE, "flow")) == ["uid-of-waits"]
    assert list(store.waiting_for("elsewhere", "flow")) == []


def test_workflows_keep_the_newest() -> None:
    store = ObjectStore()
    store.put(build_workflow(chain(2), version=5))
    store.put(build_workflow(chain(1), version=4))
    found = store.get(NAMESPACE, "flow")
    assert found is not None
    assert found["spec"] == chain(2)
    assert store.keys() == {(NAMESPACE, "flow")}


def test_a_workflow_that_went_is_not_brought_back() -> None:
    store = ObjectStore()
    store.put(build_workflow(chain(1)))
    store.remove(NAMESPACE, "flow")
    store.refresh(build_workflow(chain(1), version=2))
    assert store.get(NAMESPACE, "flow") is None


def test_runs_are_found_by_their_owner_and_their_workflow_also_once_they_have_ended() -> None:
    store, child = RunStore(), build_run(name="child", workflowRef={"name": "flow"})
    child["metadata"]["ownerReferences"] = [{"kind": "Run", "uid": UID, "controller": True}]
    store.put({**child, "status": {"phase": "Succeeded", "outputs": {"a": 1}}})
    assert [(run.name, run.phase, run.outputs) for run in store.children_of(UID)] == [
        ("child", "Succeeded", {"a": 1})
    ]
    assert [run.name for run in store.of_workflow(NAMESPACE, "flow")] == ["child"]
    store.remove("uid-of-child")
    assert store.children_of(UID) == store.of_workflow(NAMESPACE, "flow") == []
    assert store.get_summary("uid-of-child") is None


SUCCESS = {
    "phase": "Succeeded",
    "reason": "Completed",
    "attempt": 1,
    "completionTime": "2025-06-01T12:00:00Z",
    "memo": "m",
}


def test_successes_go_with_their_run() -> None:
    store = RunStore()
    for name, phase in (("a", "Succeeded"), ("b", "Running")):
        steps = {"build": SUCCESS, "other": {**SUCCESS, "reason": "Memoized", "memo": "n"}}
        store.put({**build_run(chain(2), name=name), "status": {"phase": phase, "steps": steps}})
    found = store.memos_of(NAMESPACE)
    assert {identity: sorted(memos) for identity, memos in found.items()} == {"m": ["uid-of-a", "uid-of-b"]}
    store.remove("uid-of-a")
    assert [memo.run for memo in found["m"].values()] == ["b"]
    store.remove("uid-of-b")
    assert (found, store.memos_of("elsewhere")) == ({}, {})


def test_a_success_that_a_check_sent_back_is_none_any_more() -> None:
    store = RunStore()
    put_status(store, 1, steps={"s1": SUCCESS})
    put_status(store, 2, steps={"s1": {"phase": "Pending", "attempt": 2}})
    assert store.memos_of(NAMESPACE) == {}


def test_a_listener_is_told_of_what_changes_also_by_our_own_writes() -> None:
    store, told = RunStore(), list[tuple[str, str]]()
    store.listen(lambda old, new: told.append((old.phase if old else "", new.phase if new else "")))
    put_status(store, 1, phase="Queued")
    put_status(store, 1, phase="Running")
    store.refresh({**build_run(chain(2), version=2), "status": {"phase": "Running"}})
    store.remove(UID)
    store.remove(UID)
    assert told == [("", "Queued"), ("Queued", "Running"), ("Running", "")]


def test_what_is_foreseen_is_still_news() -> None:
    store, told = RunStore(), list[bool]()
    store.listen(lambda old, _: told.append(old is None))
    run = build_run(name="run", workflowRef={"name": "flow"})
    store.foresee(run)
    assert told == []
    assert store.put(run)
    assert told == [True]
