"""Owns what the archive keeps of a pod, and what the collector sees in it. Pure; must not decide anything.

Whatever a pod says of itself may be forged by whoever can make pods: one that is not its Run's, or has not the
name that its labels give, is nobody's attempt.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from longshore import names
from longshore.api.archives import PodArtifacts
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Json
from longshore.cluster import pods
from longshore.manifests.stretches import list_fused
from longshore.planning.times import parse_time

_ANNOTATIONS = (
    names.PATH_ANNOTATION, names.FUSED_ANNOTATION, names.ARTIFACTS_ANNOTATION, names.ARCHIVED_ANNOTATION,
)  # fmt: skip
_DECLARED = TypeAdapter(dict[str, PodArtifacts])


@dataclass(frozen=True, slots=True)
class Files:
    """What one step of a pod declares, of which nothing is told on the pod yet."""

    key: AttemptKey
    declared: PodArtifacts
    ended: datetime | None
    """When its container ended, where it has."""
    is_sent: bool
    """Whether nothing more will come of it."""
    has_failed: bool = False
    """Whether its container ended badly."""


@dataclass(frozen=True, slots=True)
class CollectedPod:
    """A pod of a Run, as far as the collector looks."""

    name: str
    uid: str
    run: str
    attempts: tuple[AttemptKey, ...]
    """Which it carries: one, or several first ones."""
    has_ended: bool = False
    """Whether no container of it runs any more, nor ever will."""
    is_deleted: bool = False
    """Whether somebody has asked for its end."""
    grace: timedelta = timedelta(0)
    """How long its sidecar has, once the step has ended."""
    files: tuple[Files, ...] = ()
    savers: Mapping[AttemptKey, bool] = field(default_factory=dict)
    """Attempts that have caches, and whether each went well."""

    @property
    def run_uid(self) -> str:
        """The Run that it is of."""
        return self.attempts[0].run_uid


def slim_pod(pod: Json) -> Json:
    """What the archive looks at, of a pod; of its spec also which Secrets it refers to, and no values."""
    slim, spec = pods.slim_pod(pod), pod.get("spec", {})
    annotations = pod["metadata"].get("annotations", {})
    slim["metadata"]["annotations"] = {name: annotations[name] for name in _ANNOTATIONS if name in annotations}
    for kind in ("containers", "initContainers"):
        pairs = zip(slim["spec"][kind], spec.get(kind, ()), strict=True)
        slim["spec"][kind] = [{**kept, **_find_secrets(whole)} for kept, whole in pairs]
    if "terminationGracePeriodSeconds" in spec:
        slim["spec"]["terminationGracePeriodSeconds"] = spec["terminationGracePeriodSeconds"]
    if volumes := [volume for volume in spec.get("volumes", ()) if "secret" in volume or "projected" in volume]:
        slim["spec"]["volumes"] = volumes
    if pull_secrets := spec.get("imagePullSecrets"):
        slim["spec"]["imagePullSecrets"] = pull_secrets
    return slim


def observe_pod(raw: Json) -> CollectedPod | None:
    """A pod as the collector sees it; None: it is no attempt of a Run."""
    metadata, status = raw["metadata"], raw.get("status", {})
    attempts = _find_attempts(raw)
    if not attempts or not _is_own(metadata, attempts[0]):
        return None
    return CollectedPod(
        name=metadata["name"],
        uid=metadata["uid"],
        run=metadata["labels"][names.RUN_LABEL],
        attempts=attempts,
        has_ended=status.get("phase") in names.POD_ENDS,
        is_deleted="deletionTimestamp" in metadata,
        grace=timedelta(seconds=raw["spec"].get("terminationGracePeriodSeconds", 0)),
        files=tuple(_find_files(raw, attempts)),
        savers=_find_savers(raw, attempts),
    )


def read_declared(raw: Json) -> dict[str, PodArtifacts]:
    """By path, what the steps of a pod declare."""
    try:
        return _DECLARED.validate_json(
            raw["metadata"].get("annotations", {}).get(names.ARTIFACTS_ANNOTATION, "{}")
        )
    except ValidationError:
        return {}


def read_archived(raw: Json) -> dict[str, Any]:
    """By path, what is told on the pod of what its steps left; empty where nothing is."""
    try:
        told = json.loads(raw["metadata"].get("annotations", {}).get(names.ARCHIVED_ANNOTATION, "{}"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _find_secrets(container: Mapping[str, Any]) -> dict[str, Any]:
    env = [entry for entry in container.get("env", ()) if "secretKeyRef" in entry.get("valueFrom", {})]
    sources = [entry for entry in container.get("envFrom", ()) if "secretRef" in entry]
    return {name: found for name, found in (("env", env), ("envFrom", sources)) if found}


def _find_attempts(raw: Json) -> tuple[AttemptKey, ...]:
    labels, annotations = raw["metadata"].get("labels", {}), raw["metadata"].get("annotations", {})
    paths = list_fused(raw) or (annotations.get(names.PATH_ANNOTATION, ""),)
    try:
        number = int(labels.get(names.ATTEMPT_LABEL, ""))
        return tuple(AttemptKey(labels.get(names.RUN_UID_LABEL, ""), path, number) for path in paths)
    except ValueError:
        return ()


def _is_own(metadata: Mapping[str, Any], first: AttemptKey) -> bool:
    run = metadata["labels"].get(names.RUN_LABEL, "")
    owners = metadata.get("ownerReferences", ())
    is_controlled = any(owner.get("controller") and owner["uid"] == first.run_uid for owner in owners)
    expected = names.build_pod_name(run, first.run_uid, first.step, first.number)
    return is_controlled and metadata["name"] == expected


def _find_files(raw: Json, attempts: tuple[AttemptKey, ...]) -> list[Files]:
    told = read_archived(raw)
    owing = {path: entry for path, entry in read_declared(raw).items() if entry.declared and path not in told}
    return [_observe_files(raw, key, owing[key.step]) for key in attempts if key.step in owing]


def _find_savers(raw: Json, attempts: tuple[AttemptKey, ...]) -> dict[AttemptKey, bool]:
    ends = _find_ends(raw)
    savers = {path for path, entry in read_declared(raw).items() if entry.caches}
    return {
        key: ends.get(_find_container(raw, key), {}).get("exitCode") == 0 for key in attempts if key.step in savers
    }


def _find_ends(raw: Json) -> dict[str, Any]:
    """How each container ended that has, by name."""
    status = raw.get("status", {})
    entries = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    return {entry["name"]: end for entry in entries if (end := entry.get("state", {}).get("terminated"))}


def _find_container(raw: Json, key: AttemptKey) -> str:
    return key.step if list_fused(raw) else names.STEP_CONTAINER


def _observe_files(raw: Json, key: AttemptKey, declared: PodArtifacts) -> Files:
    status, fused, ends = raw.get("status", {}), list_fused(raw), _find_ends(raw)
    end = ends.get(_find_container(raw, key))
    finished = end and end.get("finishedAt")
    has_arrived = end is not None and (declared.transport == "Mount" or names.ARTIFACTS_CONTAINER in ends)
    # Of steps that share a pod, one whose turn never came runs in a pod of its own.
    is_sent = has_arrived or (status.get("phase") in names.POD_ENDS and (end is not None or not fused))
    has_failed = bool(end and end.get("exitCode"))
    return Files(key, declared, parse_time(finished) if finished else None, is_sent, has_failed)
