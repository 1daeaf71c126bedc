"""Pods of Runs as the API server has them, for the archive: what is left out nobody of it looks at."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from longshore import names
from longshore.manifests.attempts import Attempt

RUN, UID = "run", "uid-1"
ENDED = "2026-01-01T00:00:00Z"
Pod = dict[str, Any]


def build_pod(path: str, attempt: int = 1, *, fused: Sequence[str] = (), phase: str = "Running") -> Pod:
    """A pod of the Run."""
    metadata = Attempt("default", RUN, UID, "", path, attempt).build_metadata()
    metadata["annotations"] = {names.PATH_ANNOTATION: path}
    if fused:
        metadata["annotations"][names.FUSED_ANNOTATION] = ",".join(fused)
    version = {"uid": f"uid-of-{path}-{attempt}", "resourceVersion": "1", "creationTimestamp": ENDED}
    *init, main = fused or ("step",)
    return {
        "metadata": metadata | version,
        "spec": {"containers": [{"name": main}], "initContainers": [{"name": name} for name in init]},
        "status": {"phase": phase},
    }


def declare(pod: Pod, declared: Mapping[str, Any]) -> Pod:
    """The pod with what its steps declare, by path."""
    pod["metadata"]["annotations"][names.ARTIFACTS_ANNOTATION] = json.dumps(declared)
    return pod


def end(pod: Pod, container: str = "step", code: int = 0, phase: str | None = None) -> Pod:
    """The pod once a container has ended, and with `phase` all of it."""
    state = {"terminated": {"exitCode": code, "startedAt": ENDED, "finishedAt": ENDED}}
    pod["status"].setdefault("containerStatuses", []).append({"name": container, "state": state})
    pod["status"]["phase"] = phase or pod["status"]["phase"]
    return pod
