"""What credentials ask of a step, and what is said of it and of its Agent where a Secret is missing."""

import json
from typing import Any

import pytest
from longshore.api.agents import Credential
from longshore.api.steps import Step
from longshore.planning.attempts.outcomes import Waiting, observe_outcome
from longshore.planning.pools.agents import AgentView
from longshore.planning.steps.credentials import Readiness, check_credentials, judge_readiness
from support.planning.pods import FakePod
from support.planning.pools import agent, agents
from support.planning.runs import NOW, after, build_pod, step, workflow
from support.planning.simulations import Simulation

NEEDS_AGENTS = "s.credentials: needs agents: an Agent with credentials runs only steps that name it; list them"
STEPS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "none": ({}, []),
    "none, said so": ({"credentials": []}, []),
    "named": ({"credentials": ["forge"], "agents": ["a"]}, []),
    "any Agent": ({"credentials": ["forge"]}, [NEEDS_AGENTS]),
    "any Agent, said so": ({"credentials": ["forge"], "agents": []}, [NEEDS_AGENTS]),
    "twice": (
        {"credentials": ["forge", "b", "forge"], "agents": ["a"]},
        ["s.credentials: 'forge' is there twice; remove one"],
    ),
}


@pytest.mark.parametrize(("fields", "said"), STEPS.values(), ids=STEPS)
def test_what_is_wrong_with_a_step(fields: dict[str, Any], said: list[str]) -> None:
    assert list(map(str, check_credentials("s", Step.model_validate(step(**fields))))) == said


def credential(kind: str, name: str = "forge", ref: str = "forge-token") -> dict[str, Any]:
    return {"name": name, "secretRef": {"name": ref}, "as": kind}


def make(*credentials: dict[str, Any]) -> FakePod:
    pod = build_pod()
    pod.raw["metadata"]["labels"] = {"longshore.dev/agent": "builder"}
    pod.raw["metadata"]["annotations"] = {"longshore.dev/credentials": json.dumps(credentials)}
    return pod.schedule()


def lack(secret: str, *credentials: dict[str, Any]) -> FakePod:
    """The kubelet does not find a variable's Secret."""
    return make(*credentials).wait("CreateContainerConfigError", f'secret "{secret}" not found')


def hang(*credentials: dict[str, Any]) -> FakePod:
    """The node does not get on with the pod's volumes."""
    return make(*credentials).set_condition("PodReadyToStartContainers", "False", at=NOW)


def explain(pod: FakePod, seconds: float = 30) -> tuple[str, str]:
    outcome = observe_outcome(pod.observe(), [], after(seconds))
    assert isinstance(outcome, Waiting)
    return outcome.reason, outcome.message


def test_a_missing_secret_of_variables_is_told_with_its_credential() -> None:
    said = (
        "Secret forge-token of credential forge of Agent builder is not there; create it, and the step goes on by"
        " itself"
    )
    assert explain(lack("forge-token", credential("Env"))) == ("ConfigMissing", said)


def test_one_that_the_step_names_by_itself_has_no_credential() -> None:
    said = 'container step: CreateContainerConfigError: secret "other" not found'
    assert explain(lack("other", credential("Env"))) == ("ConfigMissing", said)


def test_volumes_that_do_not_come_are_told_after_a_while_with_what_may_be_missing() -> None:
    pod = hang(credential("Files"), credential("Docker", "hub", "hub"), credential("Env", "npm", "npm"))
    assert explain(pod, 19) == ("Starting", "")
    said = (
        "node node-1 has not mounted its volumes, or set up its network, within 20 s; of Agent builder it mounts"
        " Secret forge-token (credential forge), Secret hub (credential hub, by its key .dockerconfigjson): create"
        f" what is missing, and the step goes on by itself; kubectl describe pod {pod.name} says why"
    )
    assert explain(pod, 20) == ("AwaitingVolumes", said)


def test_without_credentials_it_is_told_without_them() -> None:
    reason, said = explain(hang())
    assert reason == "AwaitingVolumes"
    assert "Agent" not in said


def test_a_pod_that_is_set_up_is_starting() -> None:
    pod = make(credential("Files")).set_condition("PodReadyToStartContainers", "True", at=NOW)
    assert explain(pod) == ("Starting", "")


@pytest.mark.parametrize("text", ["", "3", "[{}]", "{"])
def test_what_somebody_made_of_the_annotation_is_nothing(text: str) -> None:
    pod = lack("forge-token", credential("Env"))
    pod.raw["metadata"]["annotations"]["longshore.dev/credentials"] = text
    assert explain(pod)[1] == 'container step: CreateContainerConfigError: secret "forge-token" not found'


OWN = [credential("Env"), credential("Files", "key", "key-file")]
NONE = Readiness("True", "NoneMissing", "no step waits for a Secret")
POOLS: dict[str, tuple[list[FakePod], Readiness]] = {
    "nobody waits": ([], NONE),
    "a variable's": (
        [lack("forge-token", OWN[0]), lack("forge-token", OWN[0])],
        Readiness("False", "SecretMissing", "create Secret forge-token (credential forge): steps wait for it"),
    ),
    "a Secret that is no credential": ([lack("other", OWN[0])], NONE),
    "volumes": (
        [hang(OWN[1])],
        Readiness(
            "Unknown",
            "AwaitingVolumes",
            f"the volumes of pod {build_pod().name} do not come; is one of these missing: Secret key-file"
            " (credential key)?",
        ),
    ),
    "both": (
        [hang(OWN[1]), lack("forge-token", OWN[0])],
        Readiness("False", "SecretMissing", "create Secret forge-token (credential forge): steps wait for it"),
    ),
    "it runs now": ([hang(OWN[1]).start(after(1))], NONE),
}


@pytest.mark.parametrize(("pods", "expected"), POOLS.values(), ids=POOLS)
def test_what_an_agents_pods_tell_of_its_secrets(pods: list[FakePod], expected: Readiness) -> None:
    own = [Credential.model_validate(each) for each in OWN]
    assert judge_readiness(own, [pod.observe() for pod in pods], after(30)) == expected


BUILDER = agent("builder", credentials=OWN)
HUBS = agent("hubs", credentials=[credential("Docker", "a"), credential("Docker", "b")])


def start(*names: str, pool: tuple[AgentView, ...] = (BUILDER,)) -> Simulation:
    """A Run whose step asks for these credentials of any of the Agents."""
    simulation = Simulation(workflow(step("a", agents=[each.name for each in pool], credentials=list(names))))
    simulation.pool.agents = agents(*pool)
    simulation.settle()
    return simulation


def test_a_step_gets_those_of_its_agent_that_it_asks_for_and_no_others() -> None:
    simulation = start("forge")
    spec = simulation.pod("a").raw["spec"]
    assert spec["containers"][0]["envFrom"] == [{"secretRef": {"name": "forge-token"}}]
    assert "key-file" not in json.dumps(simulation.pod("a").raw)
    assert [each.name for each in simulation.pod("a").observe().credentials] == ["forge"]


def test_what_an_agent_cannot_give_together_is_told() -> None:
    said = "waits: hubs can't give credentials a, b together: a step has one docker config"
    assert start("a", "b", pool=(HUBS,)).step("a").message == said
    assert start("b", pool=(HUBS,)).show() == {"a": "Pending/Starting"}


def test_what_no_agent_has_is_told() -> None:
    simulation = start("forge", "npm")
    assert (
        simulation.step("a").message == "waits: builder without credentials npm: add them to its spec.credentials"
    )
    assert not simulation.pods


def test_a_missing_secret_shows_in_the_run_and_goes_once_it_is_there() -> None:
    simulation = start("forge")
    simulation.pod("a").schedule().wait("CreateContainerConfigError", 'secret "forge-token" not found')
    simulation.settle()
    message = (
        "Secret forge-token of credential forge of Agent builder is not there; create it, and the step goes on"
    )
    assert simulation.run.status.message == f"step 'a' waits (ConfigMissing): {message} by itself"
    simulation.pod("a").start(after(1))
    simulation.settle()
    assert simulation.show() == {"a": "Running"}
    assert not simulation.run.status.model_dump()["message"]


def test_the_plan_comes_back_for_volumes_that_do_not_come() -> None:
    simulation = start("key")
    simulation.pod("a").schedule().set_condition("PodReadyToStartContainers", "False", at=NOW)
    assert simulation.plan().wake_at == after(20)


def test_an_agent_with_credentials_runs_no_step_that_does_not_name_it() -> None:
    simulation = Simulation(workflow(step("a")))
    simulation.pool.agents = agents(BUILDER)
    simulation.settle()
    assert simulation.step("a").message == "waits: builder has credentials: name it in agents"
