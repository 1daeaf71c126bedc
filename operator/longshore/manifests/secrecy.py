"""Owns that what Secrets hold gets into no status: where they reach a container, no end of a log is a message."""

from collections.abc import Mapping, Sequence
from typing import Any

Manifest = dict[str, Any]


def hide_logs(pod: Mapping[str, Any]) -> Manifest:
    """The pod, in which containers that Secrets reach have for a message what they write themselves, or nothing.

    The end of a log would be a status's message, and statuses are read by more people than Secrets.
    """
    spec = pod.get("spec")
    if not isinstance(spec, Mapping):
        return dict(pod)  # the API server says what is wrong with it
    volumes = {str(volume.get("name")) for volume in _list_objects(spec, "volumes") if _refers_to_secrets(volume)}
    hidden = {
        kind: [_hide_log(container, volumes) for container in spec[kind]]
        for kind in ("initContainers", "containers")
        if isinstance(spec.get(kind), list)
    }
    return {**pod, "spec": {**spec, **hidden}}


def _hide_log(container: Any, volumes: set[str]) -> Any:
    if not isinstance(container, Mapping) or container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
        return container
    mounted = {str(mount.get("name")) for mount in _list_objects(container, "volumeMounts")}
    reaches = _refers_to_secrets(container) or not mounted.isdisjoint(volumes)
    return {**container, "terminationMessagePolicy": "File"} if reaches else container


def _refers_to_secrets(value: Any) -> bool:
    """Whether a field in it names a Secret, such as secretKeyRef, secretRef, secret or secretProviderClass."""
    if isinstance(value, str):
        return False  # most values are, and to ask what else they are takes its time
    if isinstance(value, Mapping):
        return any("secret" in str(name).lower() or _refers_to_secrets(item) for name, item in value.items())
    return isinstance(value, Sequence) and any(map(_refers_to_secrets, value))


def _list_objects(owner: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    values = owner.get(name)
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, list) else []
