"""Owns what a step's `template` may not set, since it would weaken what keeps the pod safe. Must not merge it.

The chart's admission policy says the same at the door; it knows the namespace's Pod Security label, which the
planner does not, and lets more pass where that label allows it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.names import ARTIFACTS_CONTAINER, GROUP, INPUTS_CONTAINER, MANAGED_BY
from longshore.planning.acceptance.artifacts import ARCHIVE_CLAIMS, is_reserved_volume, list_reserved_mounts
from longshore.planning.findings import Fault, Finding

_OWNED = ("serviceAccountName", "serviceAccount", "automountServiceAccountToken", "restartPolicy")
_OPEN_METADATA = ("labels", "annotations")
_NAMED_LISTS = ("containers", "initContainers", "volumes")
_COURIERS = (INPUTS_CONTAINER, ARTIFACTS_CONTAINER)
_BELONGS = "belongs to Longshore; remove it"


def check_template(prefix: str, template: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Fields of a template that no namespace allows, and shapes that can't be merged."""
    if template is None:
        return
    for name in sorted(set(template) - {"metadata", "spec"}):
        yield _finding(f"{prefix}.template.{name}", "is no field of a PodTemplateSpec; there are: metadata, spec")
    for name, check in (("metadata", _check_metadata), ("spec", _check_spec)):
        value = template.get(name) or {}
        if isinstance(value, Mapping):
            yield from check(f"{prefix}.template.{name}", value)
        else:
            yield _finding(f"{prefix}.template.{name}", "is not an object")


def _check_metadata(prefix: str, metadata: Mapping[str, Any]) -> Iterator[Finding]:
    """By its name and labels a pod is found again."""
    for name, value in metadata.items():
        field = f"{prefix}.{name}"
        if name not in _OPEN_METADATA or value is None:
            yield _finding(field, _BELONGS)
        elif not isinstance(value, Mapping):
            yield _finding(field, "is not an object")
        else:
            owned = [key for key in value if key == MANAGED_BY or key.startswith(f"{GROUP}/")]
            yield from (_finding(f"{field}.{key}", _BELONGS) for key in owned)


def _check_spec(prefix: str, spec: Mapping[str, Any]) -> Iterator[Finding]:
    for name in _OWNED:
        if name in spec:
            yield _finding(f"{prefix}.{name}", _BELONGS)
    for name in _NAMED_LISTS:
        value = spec.get(name, [])
        if value is None and name != "containers":
            continue
        if not _is_named_list(value):
            yield _finding(f"{prefix}.{name}", "is no list of objects, each with a name")
        elif name == "volumes":
            yield from _check_volumes(f"{prefix}.{name}", value)
        else:
            yield from _check_containers(f"{prefix}.{name}", value)


def _check_volumes(field: str, volumes: list[Mapping[str, Any]]) -> Iterator[Finding]:
    for volume in volumes:
        match volume:
            case {"persistentVolumeClaim": {"claimName": claim}} if claim in ARCHIVE_CLAIMS:
                yield _finding(field, f"claim {claim!r} is the archive's; use another")
            case {"name": str(name)} if is_reserved_volume(name):
                yield _finding(field, f"{name!r} {_BELONGS}")


def _check_containers(field: str, containers: list[Mapping[str, Any]]) -> Iterator[Finding]:
    for container in containers:
        if container["name"] in _COURIERS:
            yield _finding(field, f"{container['name']!r} {_BELONGS}")
        for name in list_reserved_mounts(container):
            yield _finding(f"{field}[{container['name']}].volumeMounts", f"{name!r} {_BELONGS}")


def _is_named_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, Mapping) and isinstance(item.get("name"), str) for item in value
    )


def _finding(field: str, message: str) -> Finding:
    return Finding(Fault.TEMPLATE, field, message)
