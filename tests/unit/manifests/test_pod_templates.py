"""A pod with a template laid over it."""

from typing import Any

from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.checkouts import Checkout
from longshore.manifests.pods import Extras, build_pod
from support.planning.runs import step

CHECKOUT = Checkout("longshore/runner:1", "https://git.local/a.git", "", 1, submodules=False, secret="")


def merge(template: dict[str, Any], checkout: Checkout | None = None, **fields: Any) -> Any:
    attempt = Attempt("ci", "nightly", "3f9c1a52", "", "build", 1)
    return build_pod(attempt, Step.model_validate(step(**fields, template=template)), {}, Extras(checkout))


def names(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]


def test_labels_and_annotations_are_added() -> None:
    pod = merge({"metadata": {"labels": {"team": "a"}, "annotations": {"example.com/x": "y"}}})
    assert pod["metadata"]["labels"].items() >= {"team": "a", "longshore.dev/step": "build"}.items()
    assert pod["metadata"]["annotations"].items() >= {"example.com/x": "y", "longshore.dev/path": "build"}.items()


def test_the_steps_container_is_found_by_its_name() -> None:
    pod = merge({"spec": {"containers": [{"name": "step", "stdin": True, "env": [{"name": "A", "value": "1"}]}]}})
    (container,) = pod["spec"]["containers"]
    assert (container["image"], container["stdin"]) == ("alpine:3", True)
    assert container["env"][-1] == {"name": "A", "value": "1"}
    assert "LONGSHORE_OUTPUT" in names(container["env"])


def test_another_container_is_added() -> None:
    pod = merge({"spec": {"containers": [{"name": "proxy", "image": "envoy:1"}]}})
    assert names(pod["spec"]["containers"]) == ["step", "proxy"]


def test_init_containers_come_after_the_checkout() -> None:
    template = {"spec": {"initContainers": [{"name": "prepare", "image": "a"}]}}
    assert names(merge(template, CHECKOUT)["spec"]["initContainers"]) == ["checkout", "prepare"]
    assert names(merge(template)["spec"]["initContainers"]) == ["prepare"]


def test_a_volume_of_ours_may_be_another_one() -> None:
    claim = {"claimName": "work"}
    volumes = [{"name": "longshore-work", "emptyDir": None, "persistentVolumeClaim": claim}]
    pod = merge({"spec": {"volumes": volumes}})
    assert pod["spec"]["volumes"] == [
        {"name": "longshore-work", "persistentVolumeClaim": claim},
        {"name": "longshore-home", "emptyDir": {}},
    ]


def test_an_image_that_needs_root() -> None:
    """The lines that a step is told when it is refused something."""
    context = merge({"spec": {"securityContext": {"runAsNonRoot": False, "runAsUser": 0}}})["spec"][
        "securityContext"
    ]
    assert (context["runAsNonRoot"], context["runAsUser"], context["fsGroup"]) == (False, 0, 1000)


def test_null_removes() -> None:
    pod = merge({"spec": {"terminationGracePeriodSeconds": None}})
    assert "terminationGracePeriodSeconds" not in pod["spec"]


def test_null_does_not_take_safety_away() -> None:
    template = {"spec": {"securityContext": None, "containers": [{"name": "step", "securityContext": None}]}}
    assert merge(template) == merge({})


def test_a_container_of_the_template_is_as_safe_as_ours() -> None:
    template = {"spec": {"containers": [{"name": "more", "image": "a", "securityContext": {"runAsUser": 7}}]}}
    context = merge(template)["spec"]["containers"][1]["securityContext"]
    assert context == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsUser": 7}


def test_scheduling() -> None:
    spec = {
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "gpu", "operator": "Exists"}],
        "runtimeClassName": "gvisor",
        "schedulingGates": [{"name": "queue"}],
    }
    assert merge({"spec": spec})["spec"].items() >= spec.items()


def test_a_template_has_the_last_word_over_the_deadline() -> None:
    pod = merge({"spec": {"activeDeadlineSeconds": 5}}, activeDeadlineSeconds=60)
    assert pod["spec"]["activeDeadlineSeconds"] == 5
