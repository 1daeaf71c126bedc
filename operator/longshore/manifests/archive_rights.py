"""Owns by what the archive of a namespace has its rights, and how its objects are told from others."""

from typing import Any

from longshore import names

Json = dict[str, Any]

SELECTOR = {"app.kubernetes.io/name": "longshore-archive", names.MANAGED_BY: names.MANAGER}
LABELS = {**SELECTOR, names.COMPONENT_LABEL: names.ARCHIVE}
_RBAC = "rbac.authorization.k8s.io"


def build_object(version: str, kind: str, namespace: str, **content: Any) -> Json:
    """An object of the archive of a namespace, of its name."""
    metadata = {"name": names.ARCHIVE, "namespace": namespace, "labels": dict(LABELS)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}


def build_role_binding(role: str, namespace: str) -> Json:
    """What it may do in its namespace: this ClusterRole."""
    return build_object(f"{_RBAC}/v1", "RoleBinding", namespace, **_build_binding(role, namespace))


def build_reviewer_binding(role: str, namespace: Json) -> Json:
    """What it may do in the whole cluster: review tokens. The binding goes with the namespace."""
    name, uid = namespace["metadata"]["name"], namespace["metadata"]["uid"]
    binding = build_object(f"{_RBAC}/v1", "ClusterRoleBinding", name, **_build_binding(role, name))
    binding["metadata"] = {
        "name": f"{role}-{name}",
        "labels": dict(LABELS),
        "ownerReferences": [{"apiVersion": "v1", "kind": "Namespace", "name": name, "uid": uid}],
    }
    return binding


def _build_binding(role: str, namespace: str) -> Json:
    return {
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": names.ARCHIVE, "namespace": namespace}],
    }
