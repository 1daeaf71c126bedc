"""Owns what makes a pod `restricted` in the words of the Pod Security Standards.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from collections.abc import Mapping
from typing import Any

USER = 1000


def build_pod_security() -> dict[str, Any]:
    """The pod's security context: an ordinary user, who owns the volumes."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def build_container_security() -> dict[str, Any]:
    """A container's security context: no way to more rights."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def secure_pod(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The pod with what a template took away or left out put back; what it set itself stays.

    Whether it may set that is for the chart's policies and Pod Security to say, who know the namespace.
    """
    spec = pod.get("spec")
    if not isinstance(spec, Mapping):
        return dict(pod)  # the API server says what is wrong with it
    secured = {**spec, "automountServiceAccountToken": False}
    secured["securityContext"] = _fill(build_pod_security(), spec.get("securityContext"))
    for kind in ("containers", "initContainers"):
        if isinstance(spec.get(kind), list):
            secured[kind] = [secure_container(container) for container in spec[kind]]
    return {**pod, "spec": secured}


def secure_container(container: Any) -> Any:
    """The container with what keeps it restricted, under what it sets itself; what is no object stays."""
    if not isinstance(container, Mapping):
        return container
    return {**container, "securityContext": _fill(build_container_security(), container.get("securityContext"))}


def _fill(floor: dict[str, Any], given: Any) -> Any:
    return {**floor, **given} if isinstance(given, Mapping) else floor
