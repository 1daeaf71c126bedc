"""Owns what is known of a Run beside its own plan: of a child, of one of the same Workflow, of one that ended.

Read from the object as the API server has it; small, as it is kept of every Run there is. Must not decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from longshore.names import CONTROLLER, PATH_ANNOTATION, SCHEDULED_ANNOTATION, build_scheduled_name
from longshore.planning.times import parse_time

FINISHED = frozenset({"Succeeded", "Failed", "Canceled"})


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A Run, as far as others look at it."""

    namespace: str
    name: str
    uid: str
    phase: str
    created: datetime
    workflow: str = ""
    """Name of its Workflow; empty for a graph of its own."""
    owner: str = ""
    """Uid of the Run that is its controller, or empty."""
    owner_name: str = ""
    version: int = 0
    """Its resource version."""
    priority: int = 0
    suspend: bool = False
    cancel: str = ""
    managed_by: str = ""
    is_refused: bool = False
    """Whether it can't be accepted as things are: its Workflow is missing."""
    message: str = ""
    progress: str = ""
    outputs: Mapping[str, Any] | None = None
    commit: str = ""
    """What it checked out."""
    started: datetime | None = None
    completed: datetime | None = None
    suspended: datetime | None = None
    """Since when it is suspended, by what is on record of it."""
    suspended_seconds: int = 0
    """For how long it was before."""
    ttl: int | None = None
    """For how many seconds it is kept once it has ended; None: it does not say."""
    scheduled: datetime | None = None
    """The time of its Workflow's schedule that it was made for."""
    is_waiting: bool = False
    """Whether an attempt waits for room, by what is on record of it."""
    is_deleted: bool = False
    path: str = ""
    """Of a child: which step of its owner it does."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The ConcurrencyGroup of each step that holds one, by its name, and by the empty one of the Run itself."""
    is_awaiting_group: bool = False
    """Whether it is to wait for its group before it waits for room."""

    @property
    def is_finished(self) -> bool:
        """Whether it has ended."""
        return self.phase in FINISHED

    @property
    def is_foreign(self) -> bool:
        """Whether another controller runs it, and Longshore leaves it alone."""
        return self.managed_by not in {"", CONTROLLER}


def summarize_run(raw: Mapping[str, Any]) -> RunSummary:
    """The summary of a Run as the API server has it."""
    metadata, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
    return RunSummary(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        phase=status.get("phase") or "Queued",
        created=parse_time(metadata["creationTimestamp"]),
        workflow=(spec.get("workflowRef") or {}).get("name", ""),
        owner=find_owner(metadata),
        owner_name=_find_controller(metadata).get("name", ""),
        version=int(metadata.get("resourceVersion") or 0),
        priority=spec.get("priority", 0),
        suspend=spec.get("suspend", False),
        cancel=spec.get("cancel") or "",
        managed_by=spec.get("managedBy") or "",
        is_refused=_is_refused(status),
        message=status.get("message") or "",
        progress=status.get("progress") or "",
        outputs=status.get("outputs"),
        commit=(status.get("source") or {}).get("commit", ""),
        started=_parse(status.get("startTime")),
        completed=_parse(status.get("completionTime")),
        suspended=_find_suspension(status),
        suspended_seconds=status.get("suspendedSeconds") or 0,
        ttl=_find_ttl(spec, status),
        scheduled=_find_scheduled(metadata, spec),
        is_waiting=_is_waiting(status),
        is_deleted="deletionTimestamp" in metadata,
        path=metadata.get("annotations", {}).get(PATH_ANNOTATION, ""),
        groups=_find_groups(status.get("workflowSpec") or {}),
        is_awaiting_group=_is_awaiting_group(status),
    )


def find_owner(metadata: Mapping[str, Any]) -> str:
    """Uid of the Run that controls the object; empty where none does."""
    uid: str = _find_controller(metadata).get("uid", "")
    return uid


def _find_controller(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reference to the Run that controls the object; empty where none does."""
    for owner in metadata.get("ownerReferences", ()):
        if owner.get("controller") and owner.get("kind") == "Run":
            reference: Mapping[str, Any] = owner
            return reference
    return {}


def _find_suspension(status: Mapping[str, Any]) -> datetime | None:
    for condition in status.get("conditions", ()):
        if condition["type"] == "Suspended" and condition["status"] == "True":
            return parse_time(condition["lastTransitionTime"])
    return None


def _find_groups(graph: Mapping[str, Any]) -> Mapping[str, str]:
    default = (graph.get("defaults") or {}).get("concurrency")
    steps = [*graph.get("steps", ()), *graph.get("finally", ())]
    given = {step["name"]: step.get("concurrency") or default for step in steps} | {"": graph.get("concurrency")}
    return {name: concurrency["group"] for name, concurrency in given.items() if concurrency}


def _is_awaiting_group(status: Mapping[str, Any]) -> bool:
    return any(
        condition["type"] == "Admitted" and condition["reason"] == "AwaitingGroup"
        for condition in status.get("conditions", ())
    )


def _is_refused(status: Mapping[str, Any]) -> bool:
    return any(
        condition["type"] == "Accepted" and condition["status"] == "False"
        for condition in status.get("conditions", ())
    )


def _is_waiting(status: Mapping[str, Any]) -> bool:
    if status.get("phase") != "Running":
        return False
    return any("queuedTime" in step and "pod" not in step for step in status.get("steps", {}).values())


def _find_ttl(spec: Mapping[str, Any], status: Mapping[str, Any]) -> int | None:
    """Of the graph that it ran; of its own, where it was refused before it ran any."""
    graph = status.get("workflowSpec") or spec.get("workflowSpec") or {}
    ttl: int | None = graph.get("ttlSecondsAfterFinished")
    return ttl


def _find_scheduled(metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> datetime | None:
    """The time that a schedule made it for. Anyone may write the annotation, so the name has to fit it."""
    workflow = (spec.get("workflowRef") or {}).get("name", "")
    try:
        time = parse_time(metadata["annotations"][SCHEDULED_ANNOTATION])
        is_fit = metadata["name"] == build_scheduled_name(workflow, int(time.timestamp()) // 60)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return time if is_fit and time.tzinfo is not None and not find_owner(metadata) else None


def _parse(time: str | None) -> datetime | None:
    return parse_time(time) if time else None
