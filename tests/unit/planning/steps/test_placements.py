"""Which Agent each attempt of a Run starts on, by each rule, and what those are told that wait for one."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from longshore.names import AGENT_LABEL
from longshore.planning.pools.agents import AgentView
from longshore.planning.pools.pools import Place
from longshore.planning.runs.urgencies import Urgency, find_urgency
from support.planning.pools import agent, agents, find_agent_label
from support.planning.runs import NOW, after, bare_step, params, step, workflow
from support.planning.simulations import Simulation, write_json

SINCE = "2025-06-01T12:00:00Z"
FULL = "waits: gpu-b at capacity 1/1"


def simulate(*steps: dict[str, Any], pool: dict[str, AgentView], **active: int) -> Simulation:
    """A Run whose Agents run so many steps of other Runs, named with underscores."""
    simulation = Simulation(workflow(*steps))
    simulation.pool.agents = pool
    simulation.pool.others = Counter({name.replace("_", "-"): count for name, count in active.items()})
    simulation.settle()
    return simulation


def use(simulation: Simulation, **turns: str) -> None:
    """The first attempts of these steps have their turn."""
    simulation.pool.turns = {(path, 1): name for path, name in turns.items()}
    simulation.settle()


GPU = agents(agent("gpu-a", nodes=frozenset(), tags=["gpu"]), agent("gpu-b", capacity=1, tags=["gpu"]))


def test_an_attempt_is_of_the_agent_that_was_chosen_and_says_so() -> None:
    simulation = simulate(step("a", agents=["gpu-b"], requiredTags=["linux"]), pool=GPU)
    assert simulation.show() == {"a": "Pending/Starting"}
    assert simulation.step("a").agent == "gpu-b"
    pod = simulation.pod("a")
    assert find_agent_label(pod.raw) == "gpu-b"
    assert pod.raw["spec"]["nodeSelector"] == {
        "tags.longshore.dev/gpu": "true",
        "tags.longshore.dev/linux": "true",
    }


def test_one_that_finds_no_agent_says_why_and_since_when() -> None:
    simulation = simulate(step("a", agents=["gpu-b", "gpu-c"]), pool=GPU, gpu_b=1)
    status = simulation.step("a")
    assert simulation.show() == {"a": "Pending/AwaitingAgent"}
    assert (status.message, status.queued_time, status.agent) == (
        f"{FULL}; gpu-c not there: create it",
        SINCE,
        None,
    )
    assert not simulation.pods
    told = "step 'a' waits (AwaitingAgent): gpu-b at capacity 1/1; gpu-c not there: create it"
    assert simulation.run.status.message == told
    [wait] = simulation.pool.waits
    assert (wait.path, wait.attempt, wait.since, wait.demand.agents) == ("a", 1, NOW, ("gpu-b", "gpu-c"))


def test_it_waits_since_it_began_to_wait_whatever_it_is_told_meanwhile() -> None:
    simulation = simulate(step("a", agents=["gpu-b"]), pool=GPU, gpu_b=1)
    simulation.pool.agents = {}
    simulation.wait(60)
    assert (simulation.step("a").message, simulation.step("a").queued_time) == (
        "waits: gpu-b not there: create it",
        SINCE,
    )
    assert simulation.pool.waits[0].since == NOW
    simulation.pool.agents, simulation.pool.others = GPU, Counter()
    simulation.wait(60)
    assert (simulation.step("a").reason, simulation.step("a").queued_time) == ("Starting", SINCE)


def test_the_next_attempt_waits_anew() -> None:
    retry = {"limit": 1, "backoff": {"seconds": 5}}
    simulation = simulate(step("a", agents=["gpu-b"], retry=retry), pool=GPU)
    simulation.end("a", code=1)
    assert (simulation.step("a").agent, simulation.step("a").attempt) == (None, 2)
    simulation.pool.others = Counter({"gpu-b": 1})
    simulation.wait(5)
    status = simulation.step("a")
    assert (status.reason, status.queued_time) == ("AwaitingAgent", "2025-06-01T12:00:05Z")
    assert [(wait.path, wait.attempt, wait.since) for wait in simulation.pool.waits] == [("a", 2, after(5))]
    assert simulation.wait(3600).step("a").attempt == 2


def test_what_starts_counts_for_what_comes_after_it_in_the_same_plan() -> None:
    pool = agents(agent("x", capacity=1), agent("y", capacity=1))
    simulation = simulate(step("a"), step("b"), step("c"), pool=pool)
    assert [simulation.step(name).agent for name in "abc"] == ["x", "y", None]
    assert simulation.step("c").message == "waits: agents [x, y] at capacity 1/1"
    simulation.end("b")
    assert simulation.step("c").agent == "y"


def test_a_turn_beats_all() -> None:
    pool = agents(agent("x", capacity=1), agent("y", capacity=1), agent("z", capacity=1, priority=-1))
    simulation = simulate(step("a"), step("b"), pool=pool, x=1, y=1, z=1)
    simulation.pool.others["z"] = 0
    use(simulation, b="z")
    assert [simulation.step(name).agent for name in "ab"] == [None, "z"]


@pytest.mark.parametrize("given", ["gone", "off", "x"])
def test_a_turn_that_is_none_any_more_is_like_any_wait(given: str) -> None:
    """Its Agent is gone, disabled, or has less capacity than when it was given."""
    pool = agents(agent("x", capacity=1), agent("off", enabled=False))
    simulation = simulate(step("a"), pool=pool, x=1)
    use(simulation, a=given)
    assert simulation.show() == {"a": "Pending/AwaitingAgent"}


def test_nothing_is_asked_of_agents_by_child_runs_and_people() -> None:
    steps = [bare_step("a", workflow={"name": "other"}), bare_step("b", approval={"message": "go on?"})]
    assert simulate(*steps, pool={}).show() == {"a": "Pending/ChildQueued", "b": "Pending/AwaitingInput"}


def test_the_limit_of_the_run_itself_comes_first() -> None:
    simulation = Simulation(workflow(step("a"), step("b"), maxParallelSteps=1))
    simulation.pool.agents = agents(agent("x", capacity=1))
    simulation.settle()
    assert simulation.show() == {"a": "Pending/Starting", "b": "Pending/AwaitingSlot"}
    assert (simulation.pool.waits, simulation.step("b").queued_time) == ((), None)


def test_limits_of_steps_hold_back_what_has_no_turn() -> None:
    simulation = Simulation(workflow(step("a"), step("b"), step("c")))
    simulation.pool.free = 0
    simulation.settle()
    assert simulation.step("b").message == "waits for room: at most so many"
    assert simulation.step("b").queued_time == SINCE
    assert [wait.path for wait in simulation.pool.waits] == ["a", "b", "c"]
    simulation.pool.free, simulation.pool.turns = 1, {("c", 1): "built-in"}
    simulation.act()
    assert [simulation.step(name).reason for name in "abc"] == ["Starting", "AwaitingSlot", "Starting"]


def test_kueue_alone_says_when_its_pods_run() -> None:
    simulation = Simulation(workflow(step("a"), step("b")), queueName="team")
    simulation.pool.agents, simulation.pool.free = agents(agent("x", capacity=1), agent("y", enabled=False)), 0
    simulation.settle()
    assert [simulation.step(name).agent for name in "ab"] == ["x", "x"]


def test_a_pod_that_is_there_already_says_whose_it_is() -> None:
    simulation = Simulation(workflow(step("a")))
    simulation.pool.agents = agents(agent("x"), agent("y", priority=-1))
    simulation.act()
    simulation.act(survives=lambda _: True)
    assert simulation.pods
    simulation.pool.agents = agents(agent("y"))
    simulation.settle()
    assert (simulation.step("a").agent, len(simulation.all_pods)) == ("x", 1)


def test_an_older_pod_is_nobodys() -> None:
    simulation = simulate(step("a"), pool=agents(agent("x")))
    del simulation.pod("a").raw["metadata"]["labels"][AGENT_LABEL]
    simulation.pool.others = Counter()
    simulation.pool.agents = {}
    assert simulation.plan().status.steps["a"].agent is None


def test_a_finding_is_not_lost_over_the_wait() -> None:
    graph = workflow(step("work"), step("check", needs="work", verify={"step": "work", "max": 2}))
    simulation = Simulation(graph)
    simulation.pool.agents = agents(agent("x", capacity=1))
    simulation.settle()
    simulation.end("work")
    simulation.pool.others["x"] = 1
    simulation.end("check", code=1, message="too slow")
    status = simulation.step("work")
    assert (status.reason, status.attempt, status.queued_time) == ("VerificationFailed", 2, SINCE)
    assert [(wait.path, wait.attempt) for wait in simulation.pool.waits] == [("work", 2)]


def test_steps_share_a_pod_only_where_they_ask_the_same() -> None:
    def fuse(**fields: Any) -> int:
        steps = [step("a", requiredTags=["gpu"]), step("b", needs="a", **fields)]
        simulation = Simulation(workflow(*steps, fuse=True))
        simulation.pool.agents = agents(agent("x", tags=["gpu"]))
        simulation.settle()
        return sum(status.agent == "x" for status in simulation.run.status.steps.values())

    assert fuse(requiredTags=["gpu"]) == 2
    assert fuse() == 1
    assert fuse(requiredTags=["gpu"], agents=["x"]) == 1


@pytest.mark.parametrize(
    ("template", "shared"),
    [({"spec": {"runtimeClassName": "gvisor"}}, 2), ({"spec": {"containers": [{"name": "proxy"}]}}, 1)],
)
def test_steps_share_no_pod_where_the_agent_adds_to_it(template: dict[str, Any], shared: int) -> None:
    simulation = Simulation(workflow(step("a"), step("b", needs="a"), fuse=True))
    simulation.pool.agents = agents(agent("x", template=template))
    simulation.settle()
    assert sum(status.pod is not None for status in simulation.run.status.steps.values()) == shared


def test_what_is_the_matter_is_written_without_haste_and_that_it_waits_is_news() -> None:
    simulation = simulate(step("a", agents=["gpu-b"]), pool=GPU, gpu_b=1)
    queued = simulation.run.status
    waiting = queued.steps["a"].model_copy(update={"message": "waits: gpu-b offline"})
    told = queued.model_copy(update={"steps": {"a": waiting}})
    assert find_urgency(queued, told) is Urgency.WAITS
    before = waiting.model_copy(update={"reason": "AwaitingNeeds", "queued_time": None, "message": None})
    assert find_urgency(queued.model_copy(update={"steps": {"a": before}}), queued) is Urgency.NEWS


def test_a_thousand_that_wait_are_told_in_a_status_that_fits() -> None:
    pool = agents(*(agent(f"agent-of-a-long-name-{number:02}", capacity=number % 9) for number in range(50)))
    declared = params(many={"type": "List", "default": [7] * 900})
    simulation = Simulation(workflow(step("a", forEach={"items": "params.many"}), params=declared))
    simulation.pool.agents, simulation.pool.others = pool, Counter(dict.fromkeys(pool, 50))
    simulation.settle()
    status = simulation.step("a[899]")
    names = [f"agent-of-a-long-name-{number:02}" for number in (0, 9, 18)]
    assert (status.message or "").startswith(f"waits: agents [{', '.join(names)} and 3 more] at capacity 50/0; ")
    assert (status.message or "").endswith("; and 32 more")
    assert len(str(write_json(simulation.run.status))) < 512 * 1024


def test_places_of_other_attempts_are_no_turns() -> None:
    simulation = simulate(step("a"), pool=agents(agent("x", capacity=0)))
    other: Place = ("a", 2)
    simulation.pool.turns = {other: "x"}
    simulation.wait(timedelta(seconds=1).total_seconds())
    assert simulation.show() == {"a": "Pending/AwaitingAgent"}
