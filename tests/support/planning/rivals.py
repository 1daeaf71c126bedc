"""What may become of the Agents of a Run under way: others take their room, people change them. Drawn by tests."""

from collections import Counter
from dataclasses import replace
from typing import Any

from longshore.planning.plans import CreatePod, Plan
from longshore.planning.pools.agents import AgentView, choose_agent
from longshore.planning.pools.pools import PoolView
from support.planning.pools import KEEPER, agent, agents, find_agent_label, tags
from support.planning.simulations import Simulation

NAMES = ("built-in", "gpu-a", "gpu-b")
NODES = tags("linux,gpu")


def provide_agents(simulation: Simulation, number: int = 0) -> None:
    """All Agents are there and have room for any step."""
    del number
    simulation.pool.others = Counter()
    simulation.pool.free = None
    simulation.pool.agents = agents(
        agent("built-in", NODES),
        agent("gpu-a", NODES, tags=["gpu"]),
        agent("gpu-b", NODES, priority=1),
        KEEPER,
    )


def change_agent(simulation: Simulation, number: int) -> None:
    """An Agent gets another capacity, is disabled, goes offline, or is as at first."""
    name = NAMES[number % 3]
    changes: tuple[dict[str, Any], ...] = (
        {"capacity": number % 4},
        {"enabled": False},
        {"drain": True},
        {"priority": 2},
        {},
    )
    spec = simulation.pool.agents[name].spec.model_copy(update=changes[number // 3 % 5])
    ready = frozenset() if number > 20 else NODES
    simulation.pool.agents[name] = replace(simulation.pool.agents[name], spec=spec, ready_tags=ready)


def crowd(simulation: Simulation, number: int) -> None:
    """Other Runs start or end steps."""
    simulation.pool.others[NAMES[number % 3]] = number % 5


def limit_steps(simulation: Simulation, number: int) -> None:
    """Other Runs leave so many places of the limits of steps, or those are lifted."""
    simulation.pool.free = number % 3 if number % 2 else None


def promise(simulation: Simulation, number: int) -> None:
    """One that waits has its turn where there is room for it, which the next plan may find gone."""
    view, waits = simulation.pool.view(simulation.pods.values()), simulation.pool.waits
    if not waits:
        return
    wait = waits[number % len(waits)]
    found = choose_agent(wait.demand, view.agents, view.active)
    if isinstance(found, AgentView):
        simulation.pool.turns[wait.path, wait.attempt] = found.name


def check_placements(simulation: Simulation, view: PoolView, plan: Plan) -> None:
    """No Agent gets what it can't take, nor more than it may; and who waits for one says so."""
    _check_starts(simulation, view, plan)
    _check_waits(simulation, plan)


def _check_starts(simulation: Simulation, view: PoolView, plan: Plan) -> None:
    starts = [action for action in plan.actions if isinstance(action, CreatePod)]
    made = [find_agent_label(start.manifest) for start in starts]
    is_kueues = bool(simulation.run.spec.queue_name)
    turns = {(start.path, start.attempt) for start in starts} & view.turns.keys()
    assert is_kueues or view.free is None or len(starts) - len(turns) <= view.free, "too many steps at once"
    for name, count in Counter(made).items():
        found, used = view.agents[name], sum(view.turns[place] == name for place in turns)
        room = found.spec.capacity
        assert found.spec.enabled, f"{name} is disabled and gets a step"
        assert is_kueues or room is None or count <= used or view.active[name] - used + count <= room, (
            f"{name} has {view.active[name]} of {room} and gets {count}"
        )


def _check_waits(simulation: Simulation, plan: Plan) -> None:
    for wait in plan.waits:
        status = plan.status.steps[wait.path]
        assert status.pod is None, f"{wait.path} waits and has a pod"
        assert status.queued_time, f"{wait.path} does not say since when it waits"
        assert status.reason in {"AwaitingAgent", "AwaitingSlot", "VerificationFailed"}, status
        assert status.message, f"{wait.path} does not say what it waits for"
    told = {path for path, step in plan.status.steps.items() if step.reason == "AwaitingAgent"}
    live = {path for path in told if plan.status.steps[path].phase == "Pending"}
    assert live <= {wait.path for wait in plan.waits} or _has_verdict(simulation, plan), "waits, and is in no line"


def _has_verdict(simulation: Simulation, plan: Plan) -> bool:
    """Whether people have just decided: nothing else is looked at before that is on record."""
    before = simulation.run.status.steps
    return any(
        path in before and before[path].reason == "AwaitingInput" and step.reason != "AwaitingInput"
        for path, step in plan.status.steps.items()
    )
