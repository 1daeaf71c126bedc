"""Agents and groups as the API server has them, made up for the tests of the plugin."""

from typing import Any

from unit.cli.samples import Object, at, run, step


def agent(name: str, status: Object | None = None, **spec: Any) -> Object:
    """An Agent; without a status no operator has seen it."""
    metadata = {
        "name": name, "namespace": "team", "uid": name, "resourceVersion": "7", "creationTimestamp": at("00:00"),
    }  # fmt: skip
    kinds = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Agent"}
    return {**kinds, "metadata": metadata, "spec": spec, "status": status or {}}


def readiness(status: str, reason: str, message: str = "") -> Object:
    """A condition Ready since 59 seconds."""
    return {
        "type": "Ready", "status": status, "reason": reason, "message": message, "lastTransitionTime": at("01:01"),
    }  # fmt: skip


BUILT_IN = agent(
    "built-in",
    {
        "conditions": [readiness("True", "Online")],
        "active": 3,
        "load": "3",
        "readyNodes": "3/3",
        "current": [{"run": "nightly-x7k2p", "step": "test[0]"}, {"run": "nightly-x7k2p", "step": "test[1]"}],
    },
)
GPU = agent(
    "gpu-a",
    {
        "conditions": [
            readiness("False", "NodesNotReady", "no node takes pods: node-1 is NotReady, node-2 is Cordoned")
        ],
        "queued": 1,
        "load": "0/4",
        "readyNodes": "0/2",
        "nodes": [
            {
                "name": "node-1",
                "reason": "NotReady",
                "address": "10.0.0.1",
                "version": "v1.34.3",
                "heartbeat": at("00:30"),
            },
            {"name": "node-2", "reason": "Cordoned", "version": "v1.34.3", "heartbeat": at("01:56")},
        ],
    },
    capacity=4,
    priority=10,
    tags=["gpu", "linux"],
    nodeSelector={"zone": "a"},
    tolerations=[{"key": "gpu", "value": "true", "effect": "NoSchedule"}, {"operator": "Exists"}],
    credentials=[{"name": "forge", "secretRef": {"name": "forge-token"}, "as": "Git"}],
)
DISABLED = agent(
    "gpu-b",
    {"conditions": [readiness("False", "Disabled")], "load": "0/4"},
    capacity=4,
    enabled=False,
    tags=["gpu"],
)


def placing_run() -> Object:
    """A Run whose steps wait for Agents and a group, one each."""
    return run({
        "phase": "Running",
        "progress": "0/4",
        "startTime": at("00:00"),
        "workflowSpec": {
            "steps": [
                {"name": "train", "image": "x", "agents": ["gpu-a", "gpu-b"]},
                {"name": "pack", "image": "x"},
                {"name": "e2e", "image": "x", "concurrency": {"group": "browsers"}},
                {"name": "ship", "image": "x", "needs": ["e2e", "train"]},
            ]
        },
        "steps": {
            "train": step("Pending", "AwaitingAgent", "waits: gpu-a offline; gpu-b disabled", attempt=1,
                          queuedTime=at("00:20")),
            "pack": step("Pending", "AwaitingAgent", "waits: built-in at capacity 3/3", attempt=1,
                         queuedTime=at("00:30")),
            "e2e": step("Pending", "AwaitingGroup", "waits for group browsers: 2/2 held; 3rd in line at 10:01:00",
                        attempt=1, queuedTime=at("01:00")),
            "ship": {"attempt": 0, **step("Pending", "AwaitingNeeds")},
        },
    })  # fmt: skip


def group(name: str, limit: int, *holders: Object, queued: int = 0, **spec: Any) -> Object:
    """A group with those that hold it."""
    metadata = {"name": name, "namespace": "team", "uid": name, "creationTimestamp": at("00:00")}
    status = {"active": len(holders), "queued": queued, "holders": list(holders)} if holders or queued else {}
    kinds = {"apiVersion": "longshore.dev/v1alpha1", "kind": "ConcurrencyGroup"}
    return {**kinds, "metadata": metadata, "spec": {"limit": limit, **spec}, "status": status}


def holder(run_name: str, step_path: str = "", since: str = "01:00", key: str = "") -> Object:
    """Who holds a place: a step, or a whole Run."""
    made = {"run": run_name, "uid": run_name, "since": at(since)}
    return made | ({"step": step_path, "attempt": 1} if step_path else {}) | ({"key": key} if key else {})


BROWSERS = group("browsers", 2, holder("nightly", "e2e[3]"), holder("release", since="00:20"), queued=3)
STAGES = group(
    "stages", 1, holder("web-1", "deploy", key="prod"), holder("web-2", "deploy", "01:30", "staging"),
    whenFull="Replace",
)  # fmt: skip


def node(name: str, **tags: str) -> Object:
    """A node with these labels of tags."""
    labels = {f"tags.longshore.dev/{tag}": value for tag, value in tags.items()}
    return {"metadata": {"name": name, "labels": labels, "creationTimestamp": at("00:00")}}
