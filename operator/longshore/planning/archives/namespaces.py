"""Owns what a namespace says of its archive, and what its design is then. Must not build it."""

import json
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from longshore import names
from longshore.api.namespaces import ArchiveWishes, ClaimWishes
from longshore.manifests.archives import ArchiveDesign, ClaimDesign
from longshore.planning.observations import ArchiveUse
from longshore.planning.quantities import parse_quantity

_POD_SECURITY = "pod-security.kubernetes.io/enforce"


def read_wishes(namespace: dict[str, Any]) -> tuple[ArchiveWishes | None, str]:
    """What the annotation of a namespace asks for, as JSON or `key=value,key=value`; or None and what is wrong."""
    text = (namespace["metadata"].get("annotations") or {}).get(names.ARCHIVE_ANNOTATION, "").strip()
    try:
        wishes = ArchiveWishes.model_validate(_parse(text))
    except (ValidationError, ValueError, RecursionError) as error:
        return None, _explain(namespace, error)
    for wanted in (wishes, wishes.artifacts):
        if wanted.size is not None and not parse_quantity(wanted.size):
            return None, _explain(namespace, ValueError(f"size {wanted.size!r} is no quantity, such as 10Gi"))
    return wishes, ""


def apply_wishes(design: ArchiveDesign, wishes: ArchiveWishes) -> ArchiveDesign:
    """The design of the archive of a namespace with these wishes."""
    return replace(
        design,
        data=_apply_claim(design.data, wishes),
        artifacts=_apply_claim(design.artifacts, wishes.artifacts),
        transport=wishes.artifacts.transport or design.transport,
        resources=wishes.resources.to_json() if wishes.resources else design.resources,
        environment={**design.environment, **_build_environment(wishes)},
        gives_volumes=design.gives_volumes if wishes.volume_permissions is None else wishes.volume_permissions,
    )


def find_security_problem(namespace: dict[str, Any], design: ArchiveDesign) -> str:
    """Why Pod Security of a namespace forbids an archive of this design, and what to do; empty: it does not."""
    level = (namespace["metadata"].get("labels") or {}).get(_POD_SECURITY)
    if not design.gives_volumes or level != "restricted":
        return ""
    return (
        f"volumePermissions takes a container that is root, which {_POD_SECURITY}=restricted of namespace"
        f" {namespace['metadata']['name']} does not allow: annotate it {names.ARCHIVE_ANNOTATION}="
        "volumePermissions=false where its volumes know fsGroup, else label it baseline"
    )


def plan_use(design: ArchiveDesign, wishes: ArchiveWishes) -> ArchiveUse | None:
    """How steps use the archive of a namespace with these wishes, before it ever was ready; None: it has none."""
    if wishes.disabled:
        return None
    wanted = apply_wishes(design, wishes)
    is_open = not (wanted.is_mounted and wanted.gives_volumes)
    return ArchiveUse("Mount" if wanted.is_mounted else "HTTP", design.upload_seconds, is_open)


def _apply_claim(design: ClaimDesign, wishes: ClaimWishes) -> ClaimDesign:
    return ClaimDesign(str(wishes.size or design.size), wishes.storage_class_name or design.storage_class)


def _build_environment(wishes: ArchiveWishes) -> dict[str, str]:
    """Settings of the archive, by name."""
    kept = wishes.artifacts_retention_seconds
    return {} if kept is None else {"ARTIFACT_SECONDS": str(kept)}


def _parse(text: str) -> Any:
    if text.startswith("{"):
        return json.loads(text)
    pairs = (part.strip().partition("=") for part in text.split(",") if part.strip())
    # `disabled` alone is as good as `disabled=true`.
    return {key.strip(): value.strip() if is_given else "true" for key, is_given, value in pairs}


def _explain(namespace: dict[str, Any], error: Exception) -> str:
    said = str(error)
    if isinstance(error, ValidationError):
        entries = error.errors(include_input=False, include_url=False)
        said = "; ".join(f"{'.'.join(map(str, entry['loc'])) or 'it'}: {entry['msg']}" for entry in entries)
    example = '`disabled`, `size=20Gi,storageClassName=fast`, or as JSON {"size": "20Gi"}'
    name = namespace["metadata"]["name"]
    return f"annotation {names.ARCHIVE_ANNOTATION} of namespace {name}: {said}; write {example}"
