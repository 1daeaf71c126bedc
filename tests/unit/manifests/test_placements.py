"""What the Agent of an attempt adds to its pod."""

from typing import Any

import pytest
from longshore.api.agents import AgentSpec
from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.placements import Placement
from longshore.manifests.pods import Extras, build_pod
from support.planning.runs import step

ATTEMPT = Attempt("ci", "nightly", "3f9c1a52", "release", "build", 2)
SECRET = {"spec": {"containers": [{"name": "step", "env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]}]}}


def build(fields: dict[str, Any] | None = None, **agent: Any) -> Any:
    """The pod of a step with these fields on an Agent with those."""
    made = Step.model_validate(step(**fields or {}))
    placement = Placement("gpu-a", AgentSpec.model_validate(agent), frozenset(made.required_tags or ()))
    return build_pod(ATTEMPT, made, {}, Extras(placement=placement))


def test_an_agent_that_asks_nothing_leaves_its_name() -> None:
    pod, bare = build(), build_pod(ATTEMPT, Step.model_validate(step()), {})
    assert pod["metadata"]["labels"].pop("longshore.dev/agent") == "gpu-a"
    assert pod == bare


def test_its_nodes_have_its_labels_and_all_tags() -> None:
    pod = build({"requiredTags": ["linux", "gpu"]}, tags=["gpu"], nodeSelector={"zone": "a"})
    assert pod["spec"]["nodeSelector"] == {
        "zone": "a",
        "tags.longshore.dev/gpu": "true",
        "tags.longshore.dev/linux": "true",
    }


def test_its_taints_are_borne() -> None:
    taint = {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}
    assert build(tolerations=[taint])["spec"]["tolerations"] == [taint]


def test_its_template_comes_before_that_of_the_step() -> None:
    theirs = {"metadata": {"labels": {"team": "a", "cost": "b"}}, "spec": {"priorityClassName": "low"}}
    own = {"metadata": {"labels": {"team": "c"}}, "spec": {"priorityClassName": "high", "nodeSelector": None}}
    made = build({"template": own}, template=theirs, nodeSelector={"zone": "a"})
    assert made["metadata"]["labels"] | {"team": "c", "cost": "b"} == made["metadata"]["labels"]
    assert made["spec"]["priorityClassName"] == "high"
    assert "nodeSelector" not in made["spec"]


@pytest.mark.parametrize("name", ["containers", "initContainers"])
def test_what_its_template_adds_is_as_restricted_as_ever(name: str) -> None:
    template = {"spec": {name: [{"name": "proxy"}], "securityContext": None, "automountServiceAccountToken": True}}
    spec = build(template=template)["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    assert all(container["securityContext"]["allowPrivilegeEscalation"] is False for container in spec[name])


def test_where_its_template_brings_secrets_the_log_is_no_message() -> None:
    pod = build(template=SECRET)
    assert pod["spec"]["containers"][0]["terminationMessagePolicy"] == "File"
