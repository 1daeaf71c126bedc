"""Owns which containers of a pod have a log, and whose it is. Pure; must not read any."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from longshore import names
from longshore.archive.logs.masks import list_mounted, list_secrets
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Json
from longshore.manifests.stretches import list_fused

_NAME = re.compile(names.DNS_LABEL)


@dataclass(frozen=True, slots=True)
class LogKey:
    """One container of an attempt. Raises ValueError for what none can be: it comes from URLs too."""

    attempt: AttemptKey
    container: str

    def __post_init__(self) -> None:
        if len(self.container) > names.MAX_NAME or not _NAME.fullmatch(self.container):
            raise ValueError(f"no container: {self.container!r}")


@dataclass(frozen=True, slots=True)
class Source:
    """A container that has started, as its pod tells of it."""

    key: LogKey
    namespace: str
    pod: str
    pod_uid: str
    restarts: int
    """How often it was started anew, as services are that end."""
    is_over: bool
    """Whether it has ended for good."""
    started: str
    """When it was first known to run; empty: not known."""
    secrets: tuple[str, ...] = ()
    """Which its pod refers to."""
    mounted: tuple[str, ...] = ()
    """Those of them that may change while it runs."""


def list_sources(pod: Json) -> list[Source]:
    """The containers of a pod that have started; none of a pod that is of no attempt."""
    metadata, status = pod["metadata"], pod.get("status", {})
    fused, secrets, mounted = list_fused(pod), tuple(list_secrets(pod)), tuple(list_mounted(pod))
    has_ended = status.get("phase") in names.POD_ENDS
    services = {entry["name"] for entry in pod["spec"].get("initContainers", ()) if entry.get("restartPolicy")}
    try:
        return [
            Source(
                key=LogKey(_find_attempt(pod, fused, entry["name"]), entry["name"]),
                namespace=metadata["namespace"],
                pod=metadata["name"],
                pod_uid=metadata["uid"],
                restarts=entry.get("restartCount", 0),
                is_over=has_ended or ("terminated" in entry.get("state", {}) and entry["name"] not in services),
                started=_find_start(entry),
                secrets=secrets,
                mounted=mounted,
            )
            for entry in _list_started(status)
        ]
    except ValueError:
        return []


def _find_attempt(pod: Json, fused: tuple[str, ...], container: str) -> AttemptKey:
    """Of steps that share a pod each runs in the container of its name."""
    labels, annotations = pod["metadata"].get("labels", {}), pod["metadata"].get("annotations", {})
    path = container if container in fused else annotations.get(names.PATH_ANNOTATION, "")
    return AttemptKey(labels.get(names.RUN_UID_LABEL, ""), path, int(labels.get(names.ATTEMPT_LABEL, "")))


def _list_started(status: Json) -> Iterator[Any]:
    for entry in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        states = (entry.get("state", {}), entry.get("lastState", {}))
        has_run = any(state.get("terminated", {}).get("containerID") for state in states)
        if has_run or "running" in states[0]:
            yield entry


def _find_start(entry: Json) -> str:
    states = (entry.get("lastState", {}), entry.get("state", {}))
    times = (state.get(kind, {}).get("startedAt") for state in states for kind in ("terminated", "running"))
    return next((str(time) for time in times if time), "")
