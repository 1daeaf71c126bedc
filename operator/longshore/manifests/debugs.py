"""Owns the container that keeps the pod of a step for people to look into. Must not change the step's own."""

from collections.abc import Mapping
from typing import Any

from longshore import names

DEBUG_SECONDS = 1800
"""How long the pod of a failed attempt is kept."""
# A shell, since the first process of a container is not ended by SIGTERM unless it says so.
COMMAND = ("sh", "-c", f"trap 'exit 0' TERM; sleep {DEBUG_SECONDS} & wait")
_COPIED = (
    "image", "imagePullPolicy", "env", "envFrom", "workingDir", "volumeMounts", "volumeDevices", "securityContext",
)  # fmt: skip
_COMPUTE = ("cpu", "memory", "ephemeral-storage")


def add_debug(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The pod with a container beside the step's that finds the same image and files, and only sleeps."""
    containers = pod["spec"]["containers"]
    copies = [_build_debug(container) for container in containers if container["name"] == names.STEP_CONTAINER]
    return {**pod, "spec": {**pod["spec"], "containers": [*containers, *copies]}}


def _build_debug(step: Mapping[str, Any]) -> dict[str, Any]:
    debug = {name: step[name] for name in _COPIED if name in step}
    debug |= {"name": names.DEBUG_CONTAINER, "command": list(COMMAND)}
    if resources := _build_resources(step.get("resources") or {}):
        debug["resources"] = resources
    return debug


def _build_resources(step: Mapping[str, Any]) -> dict[str, Any]:
    """The step's limits and requests of nothing: a quota may want both said of each container."""
    named = {name for kind in ("requests", "limits") for name in step.get(kind) or {}}
    requests = {name: "0" for name in _COMPUTE if name in named}
    limits = {name: value for name, value in (step.get("limits") or {}).items() if name in _COMPUTE}
    return {name: value for name, value in (("requests", requests), ("limits", limits)) if value}
