"""Owns what makes a pod `restricted` in the words of the Pod Security Standards.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

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
