"""Which Agent an attempt belongs to, by each rule; and what it is told where none can take it."""

from typing import Any

import pytest
from longshore.planning.pools.agents import AgentView, Demand, Unplaced, choose_agent
from support.planning.pools import agent, tags

CREDENTIALS = [{"name": "forge", "secretRef": {"name": "forge"}}]
FORGE = frozenset({"forge"})


def choose(demand: Demand, *agents: AgentView, **active: int) -> str:
    """The Agent's name, or what the attempt is told."""
    chosen = choose_agent(demand, {agent.name: agent for agent in agents}, active)
    return f"waits: {chosen.message}" if isinstance(chosen, Unplaced) else chosen.name


OFFLINE: dict[str, Any] = {"nodes": tags(""), "ready": tags()}


@pytest.mark.parametrize(
    ("demand", "agents", "active", "chosen"),
    [
        (Demand(), [agent("b"), agent("a")], {}, "a"),
        (Demand(), [agent("a"), agent("b", priority=1)], {}, "b"),
        (Demand(), [agent("a"), agent("b")], {"a": 1}, "b"),
        (Demand(), [agent("a", capacity=10), agent("b", capacity=2)], {"a": 2, "b": 1}, "a"),
        (Demand(), [agent("a", capacity=2), agent("b", priority=-1)], {"a": 2}, "b"),
        (Demand(), [agent("a", **OFFLINE, priority=9), agent("b")], {}, "b"),
        (Demand(), [agent("a", **OFFLINE), agent("b", **OFFLINE, priority=1)], {}, "b"),
        (Demand(avoided="a"), [agent("a", priority=1), agent("b")], {}, "b"),
        (Demand(avoided="a"), [agent("a", priority=1)], {}, "a"),
        (Demand(agents=("b", "c")), [agent("a"), agent("b")], {}, "b"),
        (Demand(agents=("a",)), [agent("a", credentials=CREDENTIALS)], {}, "a"),
        (Demand(("a", "b"), credentials=FORGE), [agent("a"), agent("b", credentials=CREDENTIALS)], {}, "b"),
        (Demand(tags=frozenset({"gpu"})), [agent("a", tags("linux")), agent("b", tags("gpu,linux"))], {}, "b"),
        (Demand(tags=frozenset({"gpu"})), [agent("a", tags(), tags=["gpu"])], {}, "a"),
        (Demand(tags=frozenset({"gpu"})), [agent("a")], {}, "a"),
    ],
)  # fmt: skip
def test_choice(demand: Demand, agents: list[AgentView], active: dict[str, int], chosen: str) -> None:
    assert choose(demand, *agents, **active) == chosen
    assert choose(demand, *reversed(agents), **active) == chosen


@pytest.mark.parametrize(
    ("demand", "agents", "active", "told"),
    [
        (Demand(), [], {}, "this namespace has no Agent"),
        (Demand(agents=("a", "b")), [], {}, "agents [a, b] not there: create one"),
        (Demand(), [agent("a", enabled=False)], {}, "a disabled"),
        (Demand(), [agent("a", drain=True)], {}, "a drained"),
        (Demand(), [agent("a", credentials=CREDENTIALS)], {}, "a has credentials: name it in agents"),
        (
            Demand(("a",), credentials=FORGE),
            [agent("a")],
            {},
            "a without credentials forge: add them to its spec.credentials",
        ),
        (Demand(tags=frozenset({"gpu"})), [agent("a", tags("linux"))], {}, "a without tags gpu"),
        (Demand(tags=frozenset({"gpu", "big"})), [agent("a", tags("gpu", "big"))], {}, "a without tags big, gpu"),
        # It takes more than to enable it.
        (
            Demand(tags=frozenset({"gpu"})),
            [agent("a", tags("linux"), enabled=False), agent("b", tags("gpu"), enabled=False)],
            {},
            "a without tags gpu; b disabled",
        ),
        (Demand(), [agent("a", capacity=2)], {"a": 2}, "a at capacity 2/2"),
        (Demand(), [agent("a", capacity=0)], {}, "a at capacity 0/0"),
        (Demand(), [agent("a", **OFFLINE, capacity=1)], {"a": 1}, "a offline, at capacity 1/1"),
        (
            Demand(agents=("gpu-a", "gpu-b")),
            [agent("gpu-a", **OFFLINE), agent("gpu-b", capacity=4), agent("other")],
            {"gpu-b": 4},
            "gpu-a offline; gpu-b at capacity 4/4",
        ),
        (Demand(), [agent("a", enabled=False), agent("b", enabled=False)], {}, "agents [a, b] disabled"),
        (
            Demand(),
            [agent("a", enabled=False), agent("b", drain=True), agent("c", **OFFLINE), agent("d", capacity=0)],
            {},
            "a disabled; b drained; c offline; and 1 more",
        ),
    ],
)
def test_what_it_is_told(demand: Demand, agents: list[AgentView], active: dict[str, int], told: str) -> None:
    assert choose(demand, *agents, **active) == f"waits: {told}"
