"""Volumes that the steps of a Run share: claimed once, before any pod, and told of where they can't be."""

from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow
from longshore.planning.plans import CreateClaim, CreatePod
from support.planning.runs import step, workflow
from support.planning.simulations import Simulation


def share(name: str = "shared", **fields: Any) -> list[dict[str, Any]]:
    return [{"name": name, "mountPath": f"/{name}", "run": {"size": "1Gi", **fields}}]


def simulate(*steps: dict[str, Any], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, **fields))
    simulation.act()
    return simulation


def claims(simulation: Simulation) -> list[str]:
    return [action.volume for action in simulation.plan().actions if isinstance(action, CreateClaim)]


def test_a_claim_is_made_with_the_first_step_that_mounts_it() -> None:
    simulation = simulate(step("a"), step("b", needs="a", volumes=share()), step("c", needs="b", volumes=share()))
    assert claims(simulation) == []
    simulation.act()
    simulation.start("a").pod("a").end(simulation.now)
    assert claims(simulation) == ["shared"]
    simulation.settle()
    simulation.start("b").pod("b").end(simulation.now)
    assert claims(simulation) == [], "the pod of b tells that it is there"
    simulation.settle()
    simulation.start("c").end("c")
    assert (simulation.phase, len(simulation.claims)) == ("Succeeded", 1)


def test_steps_that_start_together_share_one_claim() -> None:
    simulation = simulate(
        step("a", forEach={"items": "[1, 2, 3]"}, volumes=share()), step("b", volumes=share() + share("other"))
    )
    assert claims(simulation) == ["shared", "other"]
    assert sum(isinstance(action, CreatePod) for action in simulation.plan().actions) == 4
    simulation.settle()
    mounted = {
        volume["persistentVolumeClaim"]["claimName"]
        for pod in simulation.pods.values()
        for volume in pod.raw["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert mounted == set(simulation.claims)


def test_a_crash_between_a_claim_and_its_pod_does_no_harm() -> None:
    simulation = simulate(step(volumes=share()))
    simulation.act(lambda index: index == 0)
    assert (len(simulation.claims), simulation.pods) == (1, {})
    simulation.settle()
    simulation.start("build").end("build")
    assert (simulation.phase, len(simulation.claims)) == ("Succeeded", 1)


def test_a_quota_is_waited_for() -> None:
    simulation = simulate(step(volumes=share()))
    simulation.refusal_message = "exceeded quota: storage"
    simulation.refuse_claim = lambda _: "Quota"
    simulation.settle()
    assert simulation.show() == {"build": "Pending/AwaitingQuota"}
    assert simulation.run.status.message == "step 'build' waits (AwaitingQuota): exceeded quota: storage"
    assert simulation.pods == {}
    simulation.refuse_claim = lambda _: None
    simulation.wake()
    assert simulation.show() == {"build": "Pending/Starting"}


@pytest.mark.parametrize(("kind", "reason"), [("Rejected", "VolumeRejected"), ("NameConflict", "NameConflict")])
def test_a_claim_that_can_not_be_fails_all_that_mount_it(kind: Any, reason: str) -> None:
    steps = [step("a", volumes=share(), onError="Continue", retry={"limit": 3}), step("b", volumes=share())]
    simulation = simulate(*steps, step("c", needs="b"))
    simulation.refuse_claim = lambda _: kind
    simulation.settle()
    assert simulation.show() == {"a": f"Failed/{reason}", "b": f"Failed/{reason}", "c": "Skipped/NeedFailed"}
    assert (simulation.phase, simulation.pods) == ("Failed", {})
    assert simulation.step("a").message == "the API server says no"


DIFFERENCES: dict[str, dict[str, Any]] = {
    "size": {"size": "2Gi"},
    "class": {"storageClassName": "fast"},
    "access": {"accessMode": "ReadWriteMany"},
}


@pytest.mark.parametrize("fields", DIFFERENCES.values(), ids=DIFFERENCES)
def test_steps_that_say_different_things_of_a_volume(fields: dict[str, Any]) -> None:
    graph = workflow(step("a", volumes=share()), **{"finally": [step("z", volumes=share(**fields))]})
    (finding,) = check_workflow(WorkflowSpec.model_validate(graph))
    assert str(finding).startswith("spec.finally[z].volumes[shared].run: is not what step 'a' says of this volume")


def test_what_is_said_in_other_words_is_the_same() -> None:
    said = share(accessMode="ReadWriteOnce")
    graph = workflow(
        step("a", volumes=share()), step("b", volumes=said), step("c", volumes=share("other", size=1))
    )
    assert check_workflow(WorkflowSpec.model_validate(graph)) == []
