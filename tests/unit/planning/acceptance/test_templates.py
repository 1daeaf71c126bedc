"""What a step's template may not say. Whatever it holds, the planner does not stumble over it."""

from typing import Any

import pytest
from longshore.planning.acceptance.templates import check_template

FINE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "labels and annotations": {"metadata": {"labels": {"team": "a"}, "annotations": {"example.com/x": "y"}}},
    "an init container": {"spec": {"initContainers": [{"name": "prepare", "image": "alpine:3"}]}},
    "the step's own container": {"spec": {"containers": [{"name": "step", "stdin": True}]}},
    "a claim": {"spec": {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}},
    "root": {"spec": {"securityContext": {"runAsNonRoot": False, "runAsUser": 0}}},
    "nulls": {"metadata": None, "spec": {"securityContext": None, "volumes": None}},
}


@pytest.mark.parametrize("template", FINE.values(), ids=FINE)
def test_templates_that_are_fine(template: dict[str, Any]) -> None:
    assert list(check_template("spec.steps[a]", template)) == []


OWNED = "belongs to Longshore; remove it"
NAMED = "is no list of objects, each with a name"
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a whole pod": (
        {"kind": "Pod"},
        "template.kind",
        "is no field of a PodTemplateSpec; there are: metadata, spec",
    ),
    "service account": ({"spec": {"serviceAccountName": "admin"}}, "template.spec.serviceAccountName", OWNED),
    "service account, old": ({"spec": {"serviceAccount": "admin"}}, "template.spec.serviceAccount", OWNED),
    "token": (
        {"spec": {"automountServiceAccountToken": True}},
        "template.spec.automountServiceAccountToken",
        OWNED,
    ),
    "restarts": ({"spec": {"restartPolicy": "Always"}}, "template.spec.restartPolicy", OWNED),
    "another name": ({"metadata": {"name": "mine"}}, "template.metadata.name", OWNED),
    "another namespace": ({"metadata": {"namespace": "kube-system"}}, "template.metadata.namespace", OWNED),
    "another owner": ({"metadata": {"ownerReferences": []}}, "template.metadata.ownerReferences", OWNED),
    "no labels": ({"metadata": {"labels": None}}, "template.metadata.labels", OWNED),
    "another Run": (
        {"metadata": {"labels": {"longshore.dev/run-uid": "x"}}},
        "template.metadata.labels.longshore.dev/run-uid",
        OWNED,
    ),
    "another manager": (
        {"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}},
        "template.metadata.labels.app.kubernetes.io/managed-by",
        OWNED,
    ),
    "another script": (
        {"metadata": {"annotations": {"longshore.dev/script": "x"}}},
        "template.metadata.annotations.longshore.dev/script",
        OWNED,
    ),
    "the archive's claim": (
        {"spec": {"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "archive"}}]}},
        "template.spec.volumes",
        "claim 'archive' is the archive's; use another",
    ),
    "no object": ({"spec": "x"}, "template.spec", "is not an object"),
    "no metadata": ({"metadata": [1]}, "template.metadata", "is not an object"),
    "no labels' object": ({"metadata": {"labels": "x"}}, "template.metadata.labels", "is not an object"),
    "no container": ({"spec": {"containers": None}}, "template.spec.containers", NAMED),
    "a container without a name": ({"spec": {"containers": [{}]}}, "template.spec.containers", NAMED),
    "a name that is a list": (
        {"spec": {"containers": [{"name": [1]}]}},
        "template.spec.containers",
        NAMED,
    ),
    "containers as an object": ({"spec": {"containers": {"name": "x"}}}, "template.spec.containers", NAMED),
    "init containers as a word": ({"spec": {"initContainers": "x"}}, "template.spec.initContainers", NAMED),
    "volumes as a number": ({"spec": {"volumes": 5}}, "template.spec.volumes", NAMED),
    "a volume as a word": ({"spec": {"volumes": ["x"]}}, "template.spec.volumes", NAMED),
}


@pytest.mark.parametrize(("template", "field", "message"), WRONG.values(), ids=WRONG)
def test_templates_that_are_wrong(template: dict[str, Any], field: str, message: str) -> None:
    findings = list(check_template("spec.steps[a]", template))
    assert list(map(str, findings)) == [f"spec.steps[a].{field}: {message}"]
    assert findings[0].fault == "InvalidTemplate"


def test_a_claim_that_is_no_object_is_left_to_the_api_server() -> None:
    volume = {"name": "a", "persistentVolumeClaim": "archive"}
    assert list(check_template("spec.steps[a]", {"spec": {"volumes": [volume]}})) == []


def test_no_template() -> None:
    assert list(check_template("spec.steps[a]", None)) == []
