"""Owns what the archive of a namespace is made of. Must not know whether it is made, nor what is there already."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from longshore import names
from longshore.api.archives import TransportChoice
from longshore.manifests.archive_rights import (
    LABELS,
    SELECTOR,
    build_object,
    build_reviewer_binding,
    build_role_binding,
)
from longshore.manifests.safety import USER, build_container_security, build_pod_security

Json = dict[str, Any]

DATA = PurePosixPath("/archive")
ARTIFACTS = PurePosixPath("/artifacts")
GRACE_PERIOD_SECONDS = 30
# As root, the group needs CHOWN, and its bit, by which what is made within inherits it, FSETID.
_OWNER_SECURITY = {
    "runAsNonRoot": False,
    "runAsUser": 0,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"], "add": ["CHOWN", "FSETID"]},
}


@dataclass(frozen=True, slots=True)
class ClaimDesign:
    """A claim: size and StorageClass, of which an empty one is the cluster's default."""

    size: str
    storage_class: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveDesign:
    """How an archive is made."""

    image: str
    role: str
    """ClusterRole that it has in its namespace."""
    reviewer_role: str
    """ClusterRole by which it has tokens reviewed; empty: it is bound already."""
    data: ClaimDesign
    artifacts: ClaimDesign = ClaimDesign("10Gi")
    """The claim that steps mount, where they do."""
    resources: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    """Its settings, by name without their prefix."""
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of its pod."""
    gives_volumes: bool = False
    """Whether a container gives the volumes to its group first, as root."""
    transport: TransportChoice = "Auto"
    """How files travel between steps."""

    upload_seconds: int = 60
    """How long files may take that are still on their way when a step has ended."""

    @property
    def is_mounted(self) -> bool:
        """Whether steps mount a claim; else files travel over HTTP."""
        return self.transport == "Mount" or (self.transport == "Auto" and bool(self.artifacts.storage_class))


def build_archive(design: ArchiveDesign, namespace: Json) -> list[Json]:
    """All its objects, in the order in which they are made; the last is the Deployment, which tells of the others.

    `namespace` is the object: with it goes what lies outside of it.
    """
    name = namespace["metadata"]["name"]
    objects = [
        *_build_claims(design, name),
        build_object("v1", "ServiceAccount", name, automountServiceAccountToken=False),
        build_role_binding(design.role, name),
        *([build_reviewer_binding(design.reviewer_role, namespace)] if design.reviewer_role else []),
        _build_service(name),
        _build_deployment(design, name),
    ]
    written = json.dumps(objects, sort_keys=True)
    digest = hashlib.sha256(written.encode()).hexdigest()[:16]
    objects[-1]["metadata"]["annotations"] = {names.DESIGN_ANNOTATION: digest}
    return objects


def _build_claims(design: ArchiveDesign, namespace: str) -> list[Json]:
    claims = [_build_claim(names.ARCHIVE, "ReadWriteOnce", design.data, namespace)]
    if design.is_mounted:
        claims.append(_build_claim(names.ARTIFACTS_CLAIM, "ReadWriteMany", design.artifacts, namespace))
    return claims


def _build_claim(name: str, mode: str, design: ClaimDesign, namespace: str) -> Json:
    spec: Json = {"accessModes": [mode], "resources": {"requests": {"storage": design.size}}}
    if design.storage_class:
        spec["storageClassName"] = design.storage_class
    claim = build_object("v1", "PersistentVolumeClaim", namespace, spec=spec)
    claim["metadata"]["name"] = name
    return claim


def _build_service(namespace: str) -> Json:
    ports = {"http": names.ARCHIVE_PORT, "metrics": names.ARCHIVE_PROBES_PORT}
    listed = [{"name": name, "port": port, "targetPort": port, "protocol": "TCP"} for name, port in ports.items()]
    return build_object("v1", "Service", namespace, spec={"selector": dict(SELECTOR), "ports": listed})


def _build_deployment(design: ArchiveDesign, namespace: str) -> Json:
    template = {
        "metadata": {"labels": dict(LABELS), "annotations": dict(design.annotations)},
        "spec": _build_pod_spec(design, namespace),
    }
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": dict(SELECTOR)},
        # Two at a time could not have the claim, nor the database.
        "strategy": {"type": "Recreate"},
        "revisionHistoryLimit": 2,
        "template": template,
    }
    return build_object("apps/v1", "Deployment", namespace, spec=spec)


def _build_pod_spec(design: ArchiveDesign, namespace: str) -> Json:
    claims = {DATA: names.ARCHIVE} | ({ARTIFACTS: names.ARTIFACTS_CLAIM} if design.is_mounted else {})
    mounts = [{"name": claim, "mountPath": str(path)} for path, claim in claims.items()]
    volumes: list[Json] = [
        {"name": claim, "persistentVolumeClaim": {"claimName": claim}} for claim in claims.values()
    ]
    spec: Json = {
        "serviceAccountName": names.ARCHIVE,
        "automountServiceAccountToken": True,
        # Variables of Services could be taken for settings.
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_PERIOD_SECONDS,
        "securityContext": build_pod_security(),
        "containers": [_build_container(design, namespace, mounts)],
        "volumes": [*volumes, {"name": "tmp", "emptyDir": {}}],
    }
    if design.gives_volumes:
        spec["initContainers"] = [_build_giver(design, mounts)]
    if design.pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in design.pull_secrets]
    return spec


def _build_container(design: ArchiveDesign, namespace: str, mounts: list[Json]) -> Json:
    environment = {"NAMESPACE": namespace, "DATA": str(DATA), **design.environment}
    if design.is_mounted:
        environment["ARTIFACTS"] = str(ARTIFACTS)
    return {
        "name": names.ARCHIVE,
        "image": design.image,
        "imagePullPolicy": design.pull_policy,
        "command": ["longshore-archive"],
        "env": [
            {"name": f"LONGSHORE_ARCHIVE_{name}", "value": value} for name, value in sorted(environment.items())
        ],
        "ports": [
            {"name": "http", "containerPort": names.ARCHIVE_PORT, "protocol": "TCP"},
            {"name": "probes", "containerPort": names.ARCHIVE_PROBES_PORT, "protocol": "TCP"},
        ],
        "livenessProbe": _build_probe("/healthz", 10, 6),
        "readinessProbe": _build_probe("/readyz", 2, 3),
        "resources": dict(design.resources),
        "securityContext": build_container_security() | {"readOnlyRootFilesystem": True},
        "volumeMounts": [*mounts, {"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - the container's own
    }


def _build_probe(path: str, period: int, failures: int) -> Json:
    return {
        "httpGet": {"path": path, "port": "probes"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _build_giver(design: ArchiveDesign, mounts: list[Json]) -> Json:
    roots = [mount["mountPath"] for mount in mounts]
    script = f'chgrp {USER} "$@" && chmod 2775 "$@"'
    return {
        "name": "permissions",
        "image": design.image,
        "imagePullPolicy": design.pull_policy,
        "command": ["/bin/sh", "-ec", script, "sh", *roots],
        "securityContext": dict(_OWNER_SECURITY),
        "volumeMounts": mounts,
    }
