"""Owns how pods are read: raw objects, in which anybody may have written, become values. Must not judge them."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from longshore import names
from longshore.api.agents import Credential
from longshore.api.archives import Archived
from longshore.manifests.stretches import list_fused
from longshore.planning.pods import EPOCH, Container, Pod, Termination
from longshore.planning.times import parse_time, write_time

_CREDENTIALS = TypeAdapter(tuple[Credential, ...])


def observe_pod(raw: Mapping[str, Any]) -> Pod:
    """A pod as the planner sees it."""
    metadata, spec, status = raw["metadata"], raw.get("spec", {}), raw.get("status", {})
    annotations = metadata.get("annotations", {})
    containers = {entry["name"]: observe_container(entry) for entry in status.get("containerStatuses", ())}
    beside = {entry["name"] for entry in spec.get("initContainers", ()) if entry.get("restartPolicy")}
    services = beside - {names.ARTIFACTS_CONTAINER}
    inits = list(map(observe_container, status.get("initContainerStatuses", ())))
    fused = list_fused(raw)
    main = fused[-1] if fused else names.STEP_CONTAINER
    return Pod(
        name=metadata["name"],
        uid=metadata["uid"],
        phase=status.get("phase", "Pending"),
        created=parse_time(metadata["creationTimestamp"]),
        agent=metadata.get("labels", {}).get(names.AGENT_LABEL, ""),
        node=spec.get("nodeName", ""),
        is_gated=bool(spec.get("schedulingGates")),
        is_queued=names.KUEUE_MANAGED_LABEL in metadata.get("labels", {}),
        reason=status.get("reason", ""),
        message=status.get("message", ""),
        deleted=parse_time(deleted) if (deleted := metadata.get("deletionTimestamp")) else None,
        deletion_grace=metadata.get("deletionGracePeriodSeconds"),
        active_deadline=spec.get("activeDeadlineSeconds"),
        kill_at=_read_time(annotations.get(names.STOP_ANNOTATION)),
        container_count=len(spec.get("containers", ())) + len(spec.get("initContainers", ())) or 1,
        conditions={
            entry["type"]: (entry["status"], entry.get("reason", ""), entry.get("message", ""))
            for entry in status.get("conditions", ())
        },
        disrupted=_find_time(status.get("conditions", ()), "DisruptionTarget"),
        step=containers.get(main, Container(main)),
        others=tuple(container for container in inits if container.name not in beside),
        services=tuple(container for container in inits if container.name in services),
        sidecar=_find_sidecar(inits, beside),
        archived=_read_archived(annotations.get(names.ARCHIVED_ANNOTATION)),
        credentials=_read_credentials(annotations.get(names.CREDENTIALS_ANNOTATION)),
        setup_since=_find_time(status.get("conditions", ()), "PodReadyToStartContainers", "False"),
        fused=fused,
    )


def observe_new_pod(manifest: Mapping[str, Any], now: datetime) -> Pod:
    """A pod that is being made, as the planner will see it."""
    metadata = {**manifest["metadata"], "uid": "", "creationTimestamp": write_time(now)}
    return observe_pod({**manifest, "metadata": metadata})


def _find_sidecar(inits: Iterable[Container], beside: Collection[str]) -> Container | None:
    found = (container for container in inits if container.name == names.ARTIFACTS_CONTAINER)
    return next(found, None) if names.ARTIFACTS_CONTAINER in beside else None


def _read_time(text: str | None) -> datetime | None:
    """The time in an annotation, which anybody may write. Nonsense is nothing."""
    try:
        time = parse_time(text) if text else None
    except ValueError:
        return None
    return time if time and time.tzinfo else None


def _read_archived(text: str | None) -> Archived | None:
    """What the archive says; steps that share a pod declare no artifacts, so it is of one. Nonsense is nothing."""
    if text is None:
        return None
    try:
        found = json.loads(text)
        return Archived.model_validate(next(iter(found.values()), None))
    except (ValueError, AttributeError, RecursionError):
        return None


def _read_credentials(text: str | None) -> tuple[Credential, ...]:
    """What the pod was made with. Nonsense is nothing."""
    try:
        return _CREDENTIALS.validate_json(text or "[]")
    except ValueError:
        return ()


def _find_time(conditions: Iterable[Mapping[str, Any]], kind: str, status: str = "True") -> datetime | None:
    """Since when the condition of this type has this status, where it has."""
    found = (entry for entry in conditions if entry["type"] == kind and entry["status"] == status)
    times = (entry.get("lastTransitionTime") for entry in found)
    return next((parse_time(time) for time in times if time), None)


def observe_container(raw: Mapping[str, Any]) -> Container:
    """A container, from an entry of containerStatuses."""
    last = raw.get("lastState", {}).get("terminated")
    before = _observe_termination(last) if last else None
    match raw.get("state", {}):
        case {"terminated": ended}:
            return Container(raw["name"], ended=_observe_termination(ended), before=before)
        case {"running": running}:
            since, is_started = parse_time(running["startedAt"]), raw.get("started", False)
            return Container(raw["name"], running=since, is_started=is_started, before=before)
        case {"waiting": waiting}:
            reason, message = waiting.get("reason", ""), waiting.get("message", "")
            return Container(raw["name"], waiting=reason, message=message, before=before)
        case _:
            return Container(raw["name"])


def _observe_termination(raw: Mapping[str, Any]) -> Termination:
    started, finished = raw.get("startedAt"), raw.get("finishedAt")
    if started == EPOCH:
        started = None
    return Termination(
        exit_code=raw["exitCode"],
        reason=raw.get("reason", ""),
        message=raw.get("message", ""),
        started=parse_time(started) if started else None,
        finished=parse_time(finished) if finished else None,
    )
