"""Owns what a plan sees of its namespace's Agents, and what it tells of attempts that wait for one.

Must not choose, nor keep count: that all fits together over all Runs is for who makes views to see to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from longshore.api.agents import AgentSpec
from longshore.names import BUILT_IN_AGENT
from longshore.planning.pools.agents import AgentView, Demand

Place = tuple[str, int]
"""Path and number of an attempt."""


@dataclass(frozen=True, slots=True)
class AgentWait:
    """An attempt that would start if it had an Agent, or if more steps might run."""

    path: str
    attempt: int
    demand: Demand
    since: datetime


@dataclass(frozen=True, slots=True)
class PoolView:
    """The Agents of a namespace as one Run sees them.

    What is free in it is room that nobody who waits could use, so a plan may take it without a look at the line.
    """

    agents: Mapping[str, AgentView] = field(
        default_factory=lambda: {BUILT_IN_AGENT: AgentView(BUILT_IN_AGENT, AgentSpec())}
    )
    """By name."""
    active: Mapping[str, int] = field(default_factory=dict)
    """How many steps each runs by its name, with those about to start and the room that is promised."""
    turns: Mapping[Place, str] = field(default_factory=dict)
    """The room that is promised to attempts of this Run: an Agent's name."""
    free: int | None = None
    """How many more steps may start by the limits of steps, beside those with a turn; None: any number."""
    limit: str = ""
    """Which limit that is."""


def take_room(view: PoolView) -> PoolView:
    """The Agents without any room, in the words of those who wait for it: those before them are not known yet."""
    full = {name: max(view.active.get(name, 0), agent.spec.capacity or 0) for name, agent in view.agents.items()}
    return replace(view, active=full, free=None if view.free is None else 0)


def lift_limits(view: PoolView) -> PoolView:
    """The Agents without capacity and limits, for pods that Kueue admits."""
    agents = {
        name: replace(agent, spec=agent.spec.model_copy(update={"capacity": None}))
        for name, agent in view.agents.items()
    }
    return replace(view, agents=agents, free=None, limit="")
