"""Owns what a step's `template` may not set, since it would weaken what keeps the pod safe. Must not merge it.

The chart's admission policy says the same at the door; it knows the namespace's Pod Security label, which the
planner does not, and lets more pass where that label allows it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.planning.findings import Fault, Finding

_OWNED = ("serviceAccountName", "serviceAccount", "automountServiceAccountToken", "restartPolicy")
_ARCHIVE_CLAIMS = ("archive", "artifacts")


def check_template(prefix: str, template: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Fields of a template that no namespace allows, and shapes that can't be merged."""
    if template is None:
        return
    for name in sorted(set(template) - {"metadata", "spec"}):
        yield _finding(f"{prefix}.template.{name}", "is no field of a PodTemplateSpec; there are: metadata, spec")
    spec = template.get("spec", {})
    if not isinstance(spec, Mapping):
        yield _finding(f"{prefix}.template.spec", "is not an object")
        return
    for name in _OWNED:
        if name in spec:
            yield _finding(f"{prefix}.template.spec.{name}", "belongs to Longshore; remove it")
    for volume in spec.get("volumes") or ():
        claim = (
            (volume.get("persistentVolumeClaim") or {}).get("claimName") if isinstance(volume, Mapping) else None
        )
        if claim in _ARCHIVE_CLAIMS:
            yield _finding(f"{prefix}.template.spec.volumes", f"claim {claim!r} is the archive's; use another")


def _finding(field: str, message: str) -> Finding:
    return Finding(Fault.TEMPLATE, field, message)
