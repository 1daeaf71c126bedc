"""Whom a token bound to a pod speaks for. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from longshore import names
from longshore.archive.places import AttemptKey
from longshore.manifests.stretches import list_fused
from longshore.planning.times import parse_time

POD_NAME = "authentication.kubernetes.io/pod-name"
POD_UID = "authentication.kubernetes.io/pod-uid"
LINGER_SECONDS = 60
"""For so long after its last container a pod may still speak: what the kubelet says comes late."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The pod that a token is bound to."""

    name: str
    uid: str


def read_binding(extra: dict[str, list[str]]) -> Binding | None:
    """What the API server says of a token's pod; None for a token of none."""
    names_, uids = extra.get(POD_NAME, ()), extra.get(POD_UID, ())
    return Binding(names_[0], uids[0]) if len(names_) == len(uids) == 1 else None


def list_attempts(pod: dict[str, Any]) -> tuple[AttemptKey, ...]:
    """The attempts that a pod of ours carries; none of another pod."""
    metadata = pod["metadata"]
    labels, annotations = metadata.get("labels", {}), metadata.get("annotations", {})
    run_uid, number = labels.get(names.RUN_UID_LABEL, ""), labels.get(names.ATTEMPT_LABEL, "")
    paths = list_fused(pod) or (annotations.get(names.PATH_ANNOTATION, ""),)
    is_of_run = any(
        owner.get("controller") and owner["kind"] == "Run" and owner["uid"] == run_uid
        for owner in metadata.get("ownerReferences", ())
    )
    if labels.get(names.MANAGED_BY) != names.MANAGER or not is_of_run:
        return ()
    try:
        return tuple(AttemptKey(run_uid, path, int(number)) for path in paths)
    except ValueError:
        return ()


def has_ended(pod: dict[str, Any], now: float) -> bool:
    """Whether nothing has run in the pod for a while, in seconds since 1970, so that nobody of it can ask."""
    status = pod.get("status", {})
    if status.get("phase") not in names.POD_ENDS:
        return False
    entries = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    states = [entry.get("state", {}) for entry in entries]
    if any("running" in state for state in states):
        return False
    ends = [parse_time(state["terminated"]["finishedAt"]) for state in states if _has_end(state)]
    since = datetime.fromtimestamp(now, UTC)
    return all((since - end).total_seconds() > LINGER_SECONDS for end in ends if end)


def _has_end(state: dict[str, Any]) -> bool:
    return bool(state.get("terminated", {}).get("finishedAt"))
