"""Agents in a test, as a manifest spells them, and the pool that a simulated Run has of them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from longshore.api.agents import AgentSpec
from longshore.names import AGENT_LABEL
from longshore.planning.plans import Plan
from longshore.planning.pools.agents import AgentView, TagSets
from longshore.planning.pools.pools import AgentWait, Place, PoolView
from support.planning.pods import FakePod


def tags(*nodes: str) -> TagSets:
    """The tags of nodes, each written as `gpu,linux`."""
    return frozenset(frozenset(filter(None, node.split(","))) for node in nodes)


def agent(name: str, nodes: TagSets | None = None, ready: TagSets | None = None, **spec: Any) -> AgentView:
    """An Agent; without `ready`, all of its nodes are."""
    return AgentView(name, AgentSpec.model_validate(spec), nodes, nodes if ready is None else ready)


def agents(*views: AgentView) -> dict[str, AgentView]:
    """Agents by name."""
    return {view.name: view for view in views}


KEEPER = agent(
    "keeper",
    credentials=[
        {"name": name, "secretRef": {"name": f"secret-{name}"}, "as": kind}
        for name, kind in (("forge", "Git"), ("api", "Env"), ("hub", "Docker"))
    ],
)
"""An Agent that steps have to name."""


class FakePool:
    """The Agents of a simulated Run, and what other Runs leave it of them."""

    def __init__(self) -> None:
        self.agents = {**PoolView().agents, KEEPER.name: KEEPER}
        self.others: Counter[str] = Counter()
        """How many steps of other Runs each Agent runs by its name."""
        self.turns: dict[Place, str] = {}
        """The Agents that have room for attempts of this Run."""
        self.free: int | None = None
        """How many more steps may start by the limits of steps; None: any number."""
        self.waits: tuple[AgentWait, ...] = ()
        """What waits by the last plan."""

    def view(self, pods: Iterable[FakePod]) -> PoolView:
        """As the operator counts."""
        own = (find_agent_label(pod.raw) for pod in pods if pod.phase not in {"Succeeded", "Failed"})
        active = self.others + Counter(own) + Counter(self.turns.values())
        return PoolView(self.agents, active, dict(self.turns), self.free, "waits for room: at most so many")

    def tell(self, plan: Plan) -> None:
        """A turn is used by the next plan, or somebody else's."""
        self.waits, self.turns = plan.waits, {}


def find_agent_label(manifest: dict[str, Any]) -> str:
    """The Agent that a pod says it is of; empty: none."""
    label: str = manifest["metadata"]["labels"].get(AGENT_LABEL, "")
    return label
