"""What an archive is made of: restricted, with the rights it needs, and told apart by a hash of all of it."""

from dataclasses import replace
from typing import Any

import pytest
from longshore import names
from longshore.manifests.archives import ArchiveDesign, ClaimDesign, build_archive

NAMESPACE = {"metadata": {"name": "ci", "uid": "uid-of-ci"}}
DESIGN = ArchiveDesign("operator:1", "longshore-archive", "longshore-archive-reviewer", ClaimDesign("10Gi"))
MOUNTED = replace(DESIGN, artifacts=ClaimDesign("5Gi", "shared"))


def build(design: ArchiveDesign = DESIGN) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects by kind and name, in their order."""
    return {(each["kind"], each["metadata"]["name"]): each for each in build_archive(design, NAMESPACE)}


def pod(design: ArchiveDesign = DESIGN) -> dict[str, Any]:
    """The pod's spec."""
    spec: dict[str, Any] = build(design)["Deployment", "archive"]["spec"]["template"]["spec"]
    return spec


def environment(design: ArchiveDesign) -> dict[str, str]:
    """What the archive finds in its environment."""
    return {entry["name"]: entry["value"] for entry in pod(design)["containers"][0]["env"]}


def get_hash(design: ArchiveDesign) -> str:
    """What tells designs apart."""
    metadata = build(design)["Deployment", "archive"]["metadata"]
    return str(metadata["annotations"][names.DESIGN_ANNOTATION])


def test_the_objects_claims_first_and_the_deployment_last() -> None:
    assert list(build(MOUNTED)) == [
        ("PersistentVolumeClaim", "archive"),
        ("PersistentVolumeClaim", "artifacts"),
        ("ServiceAccount", "archive"),
        ("RoleBinding", "archive"),
        ("ClusterRoleBinding", "longshore-archive-reviewer-ci"),
        ("Service", "archive"),
        ("Deployment", "archive"),
    ]
    assert {each["metadata"]["labels"][names.MANAGED_BY] for each in build(MOUNTED).values()} == {"longshore"}


def test_the_claims() -> None:
    claims = build(replace(MOUNTED, data=ClaimDesign("10Gi", "fast")))
    assert claims["PersistentVolumeClaim", "archive"]["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Gi"}},
        "storageClassName": "fast",
    }
    assert claims["PersistentVolumeClaim", "artifacts"]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert "storageClassName" not in build()["PersistentVolumeClaim", "archive"]["spec"]


def test_what_lies_outside_of_the_namespace_goes_with_it() -> None:
    binding = build()["ClusterRoleBinding", "longshore-archive-reviewer-ci"]
    assert "namespace" not in binding["metadata"]
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": "ci", "uid": "uid-of-ci"}
    assert binding["metadata"]["ownerReferences"] == [owner]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "archive", "namespace": "ci"}]


def test_where_the_chart_binds_the_reviewer_nothing_lies_outside() -> None:
    assert not [kind for kind, _ in build(replace(DESIGN, reviewer_role="")) if kind.startswith("Cluster")]


def test_the_pod_is_restricted() -> None:
    spec = pod(MOUNTED)
    [container] = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["fsGroup"]) == (1000, 1000)
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert "initContainers" not in spec


def test_its_volumes() -> None:
    [container] = pod(MOUNTED)["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {"/archive": "archive", "/artifacts": "artifacts", "/tmp": "tmp"}  # noqa: S108 - the container's
    assert environment(MOUNTED)["LONGSHORE_ARCHIVE_ARTIFACTS"] == "/artifacts"
    assert "LONGSHORE_ARCHIVE_ARTIFACTS" not in environment(DESIGN)


def test_its_settings() -> None:
    told = environment(replace(DESIGN, environment={"LOG_LEVEL": "debug"}))
    assert told == {
        "LONGSHORE_ARCHIVE_DATA": "/archive",
        "LONGSHORE_ARCHIVE_LOG_LEVEL": "debug",
        "LONGSHORE_ARCHIVE_NAMESPACE": "ci",
    }


def test_two_are_never_up_at_a_time() -> None:
    spec = build()["Deployment", "archive"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_volumes_that_root_owns_are_given_to_its_group() -> None:
    [giver] = pod(replace(MOUNTED, gives_volumes=True))["initContainers"]
    assert giver["command"][-2:] == ["/archive", "/artifacts"]
    assert giver["securityContext"]["runAsUser"] == 0
    assert giver["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["CHOWN", "FSETID"]}


@pytest.mark.parametrize(
    "other",
    [
        replace(DESIGN, image="operator:2"),
        replace(DESIGN, role="another"),
        replace(DESIGN, data=ClaimDesign("20Gi")),
        replace(DESIGN, environment={"LOG_LEVEL": "debug"}),
        replace(DESIGN, annotations={"note": "yes"}),
        replace(DESIGN, pull_secrets=("registry",)),
        MOUNTED,
    ],
)
def test_designs_are_told_apart(other: ArchiveDesign) -> None:
    assert get_hash(other) != get_hash(DESIGN)
    assert get_hash(DESIGN) == get_hash(replace(DESIGN))
