"""Owns the claims of the volumes that the steps of a Run share. Must not know which pods mount them."""

from typing import Any

from longshore import names
from longshore.api.containers import RunVolume
from longshore.manifests.attempts import Attempt


def build_claim(attempt: Attempt, volume: str, wanted: RunVolume) -> dict[str, Any]:
    """The claim of a volume, for the first attempt that mounts it and all others; owned by the Run."""
    labels = attempt.build_labels()
    shared = {name: labels[name] for name in (names.MANAGED_BY, names.RUN_LABEL, names.RUN_UID_LABEL)}
    spec: dict[str, Any] = {
        "accessModes": [wanted.access_mode],
        "resources": {"requests": {"storage": wanted.size}},
    }
    if wanted.storage_class_name is not None:
        spec["storageClassName"] = wanted.storage_class_name
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": attempt.name_claim(volume),
            "namespace": attempt.namespace,
            "labels": shared,
            "ownerReferences": [attempt.build_owner()],
        },
        "spec": spec,
    }
