"""Owns how a step's volumes become a pod's volumes and mounts."""

from collections.abc import Sequence
from typing import Any

from longshore.api.containers import Volume
from longshore.manifests.attempts import Attempt

_SOURCES = {"empty_dir", "persistent_volume_claim", "config_map", "secret"}


def build_volumes(attempt: Attempt, volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    """The volumes of an attempt's pod."""
    return [{"name": volume.name, **_build_source(attempt, volume)} for volume in volumes]


def build_mounts(volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    """The container's mounts."""
    return [_build_mount(volume) for volume in volumes]


def _build_mount(volume: Volume) -> dict[str, Any]:
    mount: dict[str, Any] = {"name": volume.name, "mountPath": volume.mount_path}
    if volume.sub_path:
        mount["subPath"] = volume.sub_path
    if volume.read_only:
        mount["readOnly"] = True
    return mount


def _build_source(attempt: Attempt, volume: Volume) -> dict[str, Any]:
    if volume.run is not None:
        return {"persistentVolumeClaim": {"claimName": attempt.name_claim(volume.name)}}
    sources = volume.model_dump(mode="json", by_alias=True, exclude_none=True, include=_SOURCES)
    return sources or {"emptyDir": {}}
