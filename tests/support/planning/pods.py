"""Pods as the API server shows them: raw JSON, and what may happen to it, one method each."""

import json
from datetime import datetime, timedelta
from typing import Any, Self

from longshore.manifests.stretches import list_fused
from longshore.names import (
    ARCHIVED_ANNOTATION,
    ARTIFACTS_ANNOTATION,
    ATTEMPT_LABEL,
    PATH_ANNOTATION,
    STEP_CONTAINER,
)
from longshore.planning.pods import Pod
from longshore.planning.readings import observe_pod
from longshore.planning.times import write_time

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakePod:
    """A pod of one attempt. Methods give the pod back, so that a history reads as one line."""

    def __init__(self, manifest: dict[str, Any], created: datetime) -> None:
        self.raw: dict[str, Any] = {
            "metadata": {
                **manifest["metadata"],
                "uid": f"uid-of-{manifest['metadata']['name']}",
                "creationTimestamp": write_time(created),
            },
            "spec": dict(manifest.get("spec", {})),
            "status": {"phase": "Pending", "qosClass": "BestEffort"},
        }
        self.ran: list[str] = []
        """The containers that ran, in order."""

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.raw["metadata"]["name"])

    @property
    def path(self) -> str:
        """What it runs; of several steps the first."""
        return str(self.raw["metadata"]["annotations"][PATH_ANNOTATION])

    @property
    def attempt(self) -> int:
        """Which attempt of that."""
        return int(self.raw["metadata"]["labels"][ATTEMPT_LABEL])

    @property
    def phase(self) -> str:
        """Pending, Running, Succeeded or Failed."""
        return str(self.raw["status"].get("phase", "Pending"))

    @property
    def has_ended(self) -> bool:
        """Whether its step's container has ended, or never will run."""
        return self.phase in {"Succeeded", "Failed"} or self.is_kept

    @property
    def is_kept(self) -> bool:
        """Whether the step's container has ended and another one keeps the pod."""
        return "terminated" in self.state() and self.phase not in {"Succeeded", "Failed"}

    @property
    def is_gated(self) -> bool:
        """Whether scheduling gates hold it."""
        return bool(self.raw["spec"].get("schedulingGates"))

    @property
    def is_dead(self) -> bool:
        """Whether no container of it will run any more, though it may be there."""
        return self.has_ended or (self.is_deleted and "nodeName" not in self.raw["spec"])

    @property
    def fused(self) -> list[str]:
        """The steps that share it; empty for the pod of one attempt."""
        return list(list_fused(self.raw))

    @property
    def current(self) -> str:
        """The container of a step whose turn it is; in the end the last."""
        *before, last = self.fused or [STEP_CONTAINER]
        return next((name for name in before if "terminated" not in self._find_state(name)), last)

    def list_left(self) -> list[str]:
        """What it has still to run."""
        return self.fused[self.fused.index(self.current) :] if self.fused else [self.path]

    @property
    def is_running(self) -> bool:
        """Whether a step's container runs."""
        return "running" in self.state()

    @property
    def is_deleted(self) -> bool:
        """Whether it is being deleted."""
        return "deletionTimestamp" in self.raw["metadata"]

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to end, by a delete or by a deadline."""
        return self.is_deleted or self.raw["spec"].get("activeDeadlineSeconds") == 1

    def state(self) -> dict[str, Any]:
        """The state of the current container; empty where the pod has no status for it yet."""
        return self._find_state(self.current)

    def _find_state(self, container: str) -> dict[str, Any]:
        status = self.raw["status"]
        statuses = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
        return next((entry["state"] for entry in statuses if entry["name"] == container), {})

    def observe(self) -> Pod:
        """As the planner sees it."""
        return observe_pod(self.raw)

    @property
    def node(self) -> str:
        """Its node; empty before it has one."""
        return str(self.raw["spec"].get("nodeName", ""))

    def schedule(self, node: str = "node-1") -> Self:
        """The scheduler finds a node, and the kubelet begins."""
        self.raw["spec"]["nodeName"] = node
        self.set_condition("PodScheduled", "True")
        names = [entry["name"] for entry in self.raw["spec"].get("initContainers", [])]
        for name in [name for name in names if not self._find_state(name)]:
            self.set_state("initContainerStatuses", name, {"waiting": {"reason": "PodInitializing"}})
        return self.wait("ContainerCreating")

    def gate(self, name: str = "example.com/hold") -> Self:
        """It is made with a scheduling gate: no scheduler looks at it."""
        self.raw["spec"].setdefault("schedulingGates", []).append({"name": name})
        return self.set_condition(
            "PodScheduled", "False", "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"
        )

    def ungate(self) -> Self:
        """Its gates are lifted; the condition stays until the scheduler has tried."""
        self.raw["spec"].pop("schedulingGates", None)
        return self

    def queue(self) -> Self:
        """Kueue's webhook takes it in: a label, a gate, a finalizer."""
        metadata = self.raw["metadata"]
        metadata["labels"] = {**metadata.get("labels", {}), "kueue.x-k8s.io/managed": "true"}
        metadata["finalizers"] = ["kueue.x-k8s.io/managed"]
        return self.gate("kueue.x-k8s.io/admission")

    def preempt(self, at: datetime) -> Self:
        """Kueue takes it back for a workload that matters more."""
        message = "Preempted to accommodate a workload (UID: 5f1c) due to prioritization in the ClusterQueue"
        self.set_condition("TerminationTarget", "True", "WorkloadEvictedDueToPreempted", message)
        return self.delete(at, 30 if "nodeName" in self.raw["spec"] else 0)

    def set_condition(
        self, kind: str, status: str, reason: str = "", message: str = "", at: datetime | None = None
    ) -> Self:
        """One of the pod's conditions, such as PodScheduled or DisruptionTarget."""
        conditions = self.raw["status"].setdefault("conditions", [])
        conditions[:] = [entry for entry in conditions if entry["type"] != kind]
        condition = {"type": kind, "status": status, "reason": reason, "message": message}
        condition["lastTransitionTime"] = write_time(at) if at else ""
        conditions.append({key: value for key, value in condition.items() if value})
        return self

    def set_state(self, kind: str, container: str, state: dict[str, Any], **fields: Any) -> Self:
        """The state of a container, in containerStatuses or initContainerStatuses, and what else its entry has."""
        statuses = self.raw["status"].setdefault(kind, [])
        statuses[:] = [entry for entry in statuses if entry["name"] != container]
        statuses.append({"name": container, "state": state, **fields})
        return self

    def serve(self, service: str, at: datetime, *, is_started: bool = True) -> Self:
        """A service runs, and its startupProbe has passed or not yet."""
        running = {"running": {"startedAt": write_time(at)}}
        return self.set_state("initContainerStatuses", service, running, started=is_started)

    def crash(self, service: str, at: datetime, code: int = 1, message: str = "") -> Self:
        """A service ends, and waits to be started anew."""
        time = write_time(at)
        ended = {"exitCode": code, "reason": "Error", "message": message, "startedAt": time, "finishedAt": time}
        waiting = {
            "waiting": {"reason": "CrashLoopBackOff", "message": f"back-off 10s restarting failed {service}"}
        }
        last = {"terminated": ended}
        return self.set_state("initContainerStatuses", service, waiting, started=False, lastState=last)

    def wait(self, reason: str, message: str = "") -> Self:
        """The kubelet can't start the current container yet."""
        waiting = {"reason": reason, **({"message": message} if message else {})}
        return self._set_current({"waiting": waiting})

    def _set_current(self, state: dict[str, Any]) -> Self:
        init = self.current in self.fused[:-1]
        return self.set_state("initContainerStatuses" if init else "containerStatuses", self.current, state)

    def start(self, at: datetime) -> Self:
        """The current container starts; a pod is Pending until its last one does."""
        if "nodeName" not in self.raw["spec"]:
            self.schedule()
        if self.current not in self.fused[:-1]:
            self.raw["status"]["phase"] = "Running"
        self.ran.append(self.current)
        return self._set_current({"running": {"startedAt": write_time(at)}})

    def end(self, at: datetime, code: int = 0, message: str = "", reason: str = "") -> Self:
        """The current container ends; the pod too where that failed or was the last, and none sleeps on."""
        if not self.is_running:
            self.ran.append(self.current)
        started = self.state().get("running", {}).get("startedAt", write_time(at))
        terminated: dict[str, Any] = {
            "exitCode": code,
            "reason": reason or ("Error" if code else "Completed"),
            "startedAt": started,
            "finishedAt": write_time(at),
        }
        if message:
            terminated["message"] = message
        is_kept = any(container["name"] == "debug" for container in self.raw["spec"]["containers"])
        if code or self.current not in self.fused[:-1]:
            self.raw["status"]["phase"] = "Running" if is_kept else "Failed" if code else "Succeeded"
        return self._set_current({"terminated": terminated})

    @property
    def is_unsealed(self) -> bool:
        """Whether its step has ended, and the archive has not said what it has of what that left."""
        notes = self.raw["metadata"].get("annotations", {})
        return self.has_ended and ARTIFACTS_ANNOTATION in notes and ARCHIVED_ANNOTATION not in notes

    def seal(self, artifacts: str = "Stored", **said: Any) -> Self:
        """The archive says what it has of what the step left."""
        notes = self.raw["metadata"].setdefault("annotations", {})
        path = notes.get(PATH_ANNOTATION, "build")
        notes[ARCHIVED_ANNOTATION] = json.dumps({path: {"artifacts": artifacts, **said}})
        return self

    def send(self, at: datetime, code: int = 0, message: str = "") -> Self:
        """The sidecar ends, with all sent or not."""
        time = write_time(at)
        ended = {"exitCode": code, "message": message, "startedAt": time, "finishedAt": time}
        return self.set_state("initContainerStatuses", "artifacts", {"terminated": ended})

    def fail(self, reason: str = "", message: str = "") -> Self:
        """The pod as a whole fails, for a reason of its own."""
        self.raw["status"] |= {"phase": "Failed"} | {
            key: value for key, value in {"reason": reason, "message": message}.items() if value
        }
        return self

    def lose_status(self) -> Self:
        """The kubelet forgot how the container ended, as after a reboot of its node."""
        message = "The container could not be located when the pod was terminated"
        ended = {"exitCode": 137, "reason": "ContainerStatusUnknown", "message": message}
        ended |= {"startedAt": None, "finishedAt": None}
        self.raw["status"]["phase"] = "Failed"
        return self._set_current({"terminated": ended})

    def check_out(self, at: datetime, message: str = f'{{"commit":"{COMMIT}"}}', code: int = 0) -> Self:
        """The init container `checkout` ends."""
        time = write_time(at)
        ended = {"exitCode": code, "message": message, "startedAt": time, "finishedAt": time}
        if code:
            self.raw["status"]["phase"] = "Failed"
        return self.set_state("initContainerStatuses", "checkout", {"terminated": ended})

    def delete(self, at: datetime, grace: int = 30) -> Self:
        """Someone deletes the pod; it stays until its containers have ended."""
        self.raw["metadata"]["deletionTimestamp"] = write_time(at + timedelta(seconds=grace))
        self.raw["metadata"]["deletionGracePeriodSeconds"] = grace
        return self
