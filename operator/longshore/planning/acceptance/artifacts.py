"""Owns what may stand in a step's artifacts and caches, and that nothing else reaches their volumes. Is pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longshore.api.steps import Step
from longshore.manifests.caches import is_within_pod, resolve_path
from longshore.manifests.checkouts import WORK
from longshore.manifests.credentials import is_credential_place, is_credential_volume
from longshore.manifests.transfers import is_own_place, is_own_volume
from longshore.names import ARCHIVE, ARTIFACTS_CLAIM
from longshore.planning.acceptance.globs import explain_glob, split_path
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.findings import Fault, Finding
from longshore.planning.observations import ArchiveUse

ARCHIVE_CLAIMS = (ARCHIVE, ARTIFACTS_CLAIM)
NO_ARCHIVE = (
    "needs the archive, which is switched off here: set archive.enabled=true in Longshore's chart, take the"
    " annotation longshore.dev/archive=disabled from the namespace, or remove it"
)


def uses_archive(step: Step) -> bool:
    """Whether the step's pod has to do with the archive by itself; one without a container has not."""
    return step.image is not None and bool(step.artifacts or step.cache)


def check_artifacts(prefix: str, step: Step) -> Iterator[Finding]:
    """What is wrong with a step's artifacts, caches and volumes."""
    names: set[str] = set()
    for artifact in step.artifacts or ():
        field = f"{prefix}.artifacts[{artifact.name}]"
        if artifact.name in names:
            yield Finding(Fault.STEP, field, "two artifacts have this name; rename one")
        names.add(artifact.name)
        if problem := explain_glob(artifact.path, artifact.kind):
            yield Finding(Fault.STEP, f"{field}.path", f"{artifact.path!r} {problem}")
    if step.artifacts and step.memoize and step.image is not None:
        message = "can't be had together with artifacts: what it reuses may be gone from the archive; remove one"
        yield Finding(Fault.STEP, f"{prefix}.memoize", message)
    yield from _check_caches(f"{prefix}.cache", step)
    yield from _check_mounts(prefix, step)


def check_archive(graph: Graph, archive: ArchiveUse | None) -> Iterator[Finding]:
    """The fields that need an archive, where there is none."""
    for name, step in graph.steps.items() if archive is None else ():
        place = "finally" if name in graph.finals else "steps"
        for field in ("artifacts", "cache"):
            if uses_archive(step) and getattr(step, field):
                yield Finding(Fault.ARCHIVE, f"spec.{place}[{name}].{field}", NO_ARCHIVE)


def list_reserved_mounts(container: Any) -> list[str]:
    """The volumes and places of ours that a container of a manifest mounts; any shape is taken."""
    mounts = container.get("volumeMounts") if isinstance(container, Mapping) else None
    found = [mount for mount in mounts if isinstance(mount, Mapping)] if isinstance(mounts, Sequence) else []
    volumes = [name for mount in found if is_reserved_volume(name := str(mount.get("name")))]
    return volumes + [place for mount in found if _is_reserved_place(place := str(mount.get("mountPath")))]


def _check_caches(field: str, step: Step) -> Iterator[Finding]:
    paths: set[str] = set()
    for index, cache in enumerate(step.cache or ()):
        path = resolve_path(cache.path, WORK)
        if problem := _explain_cache_path(cache.path, path):
            yield Finding(Fault.STEP, f"{field}[{index}].path", f"{cache.path!r} {problem}")
        if path in paths:
            yield Finding(Fault.STEP, f"{field}[{index}].path", "is another cache's too; remove one")
        paths.add(path)
        if not cache.key.strip():
            yield Finding(Fault.STEP, f"{field}[{index}].key", "is empty; name what the content depends on")


def _explain_cache_path(path: str, resolved: str) -> str:
    if ".." in split_path(path):
        return "leads out of its folder; write where it is"
    if ":" in path or not path.isprintable():
        return "holds a colon or a character that can't be seen, which no mount may"
    if resolved == "/":
        return "is the whole file system; name the directory"
    return (
        "" if is_within_pod(resolved) else "is a place of Longshore's own; use another directory, such as ~/.cache"
    )


def _check_mounts(prefix: str, step: Step) -> Iterator[Finding]:
    """Whoever mounts these volumes by another way could read or change what other steps have left."""
    for volume in step.volumes or ():
        claim = volume.persistent_volume_claim
        if claim is not None and claim.claim_name in ARCHIVE_CLAIMS:
            message = f"claim {claim.claim_name!r} is the archive's; declare artifacts, or use another claim"
            yield Finding(Fault.STEP, f"{prefix}.volumes[{volume.name}].persistentVolumeClaim", message)
        if is_reserved_volume(volume.name) or _is_reserved_place(volume.mount_path):
            message = "is a volume or a place of Longshore's own; choose others"
            yield Finding(Fault.STEP, f"{prefix}.volumes[{volume.name}]", message)
    for service in step.services or ():
        for name in list_reserved_mounts(service.container):
            message = f"{name!r} belongs to Longshore; remove it"
            yield Finding(Fault.STEP, f"{prefix}.services[{service.name}].container.volumeMounts", message)


def is_reserved_volume(name: str) -> bool:
    """Whether only Longshore may say what is in a volume of this name, and who mounts it."""
    return is_own_volume(name) or is_credential_volume(name)


def _is_reserved_place(path: str) -> bool:
    return is_own_place(path) or is_credential_place(path)
