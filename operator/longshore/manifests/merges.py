"""Owns how a partial PodTemplateSpec is merged into a pod: as Kubernetes' strategic merge patch does it.

See https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ for the rules.
"""

from collections.abc import Mapping
from typing import Any

_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "ports": "containerPort",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
}


def merge_manifests(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The base with the patch laid over it: objects merge, lists by their key, null removes."""
    merged = dict(base)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge_value(name, merged.get(name), value)
    return merged


def _merge_value(name: str, base: Any, patch: Any) -> Any:
    if isinstance(patch, Mapping):
        return merge_manifests(base if isinstance(base, Mapping) else {}, patch)
    if isinstance(patch, list) and isinstance(base, list) and name in _KEYS:
        return _merge_list(base, patch, _KEYS[name])
    return patch


def _merge_list(base: list[Any], patch: list[Any], key: str) -> list[Any]:
    """Items of the base stay in place; new ones go to the end, odd ones too: the API server judges them."""
    patches = {item[key]: item for item in patch if _has_key(item, key)}
    merged = [merge_manifests(item, patches.pop(item[key], {})) for item in base]
    odd = [item for item in patch if not _has_key(item, key)]
    return [*merged, *(merge_manifests({}, item) for item in patches.values()), *odd]


def _has_key(item: Any, key: str) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get(key), str | int)
