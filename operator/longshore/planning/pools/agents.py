"""Owns which Agent an attempt belongs to, and else what it waits for. Must not count what runs, nor queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longshore.api.agents import AgentSpec
from longshore.api.steps import Step
from longshore.manifests.credentials import find_clash, select_credentials

MAX_LISTED = 3
"""How many Agents, and matters with them, a message tells: a Run may have a thousand such messages."""
TagSets = frozenset[frozenset[str]]
"""The tags of each of several nodes; nodes that have the same count once."""


@dataclass(frozen=True, slots=True)
class AgentView:
    """An Agent as placements see it."""

    name: str
    spec: AgentSpec
    """With what it has from the Agent that it extends."""
    node_tags: TagSets | None = None
    """Of all its nodes; None: nodes are unknown, and never gate."""
    ready_tags: TagSets | None = None
    """Of those of its nodes that take pods."""
    problem: str = ""
    """Why it can't run anything, such as that what it extends is missing."""

    @property
    def credentials(self) -> frozenset[str]:
        """The names of the credentials that it has."""
        return frozenset(credential.name for credential in self.spec.credentials)

    @property
    def is_for_all(self) -> bool:
        """Whether steps get it that name no Agent: it has nothing that it could give away."""
        return not self.spec.credentials and (self.spec.model is None or self.spec.model.secret_ref is None)

    def has_tags(self, tags: frozenset[str]) -> bool:
        """Whether it says that it has these tags, or one of its nodes has those it does not tell of."""
        missing = tags.difference(self.spec.tags)
        return not missing or self.node_tags is None or any(missing <= found for found in self.node_tags)

    def is_online(self, tags: frozenset[str]) -> bool:
        """Whether one of its nodes with these tags takes pods."""
        return self.ready_tags is None or any(tags <= found for found in self.ready_tags)

    def has_room(self, active: int) -> bool:
        """Whether it takes one more beside so many."""
        return self.spec.capacity is None or active < self.spec.capacity


@dataclass(frozen=True, slots=True)
class Demand:
    """What an attempt asks of its Agent; many attempts ask the same."""

    agents: tuple[str, ...] = ()
    """Any of these; empty: any that has no credentials and no model's key."""
    tags: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()
    avoided: str = ""
    """The Agent that the last attempt could not start on in time: others go first."""

    def allows(self, agent: AgentView) -> bool:
        """Whether the step lets this Agent run it at all."""
        return agent.name in self.agents if self.agents else agent.is_for_all


def build_demand(step: Step, avoided: str = "") -> Demand:
    """What an attempt of a step asks of its Agent."""
    return Demand(
        agents=tuple(sorted(step.agents or ())),
        tags=frozenset(step.required_tags or ()),
        credentials=frozenset(step.credentials or ()),
        avoided=avoided,
    )


@dataclass(frozen=True, slots=True)
class Unplaced:
    """No Agent can take the attempt now."""

    message: str
    """What is the matter with each: `agents [gpu-a] offline; gpu-b at capacity 4/4`."""


def choose_agent(
    demand: Demand, agents: Mapping[str, AgentView], active: Mapping[str, int]
) -> AgentView | Unplaced:
    """The Agent that takes the attempt: of those online, else of all, with room, by priority, load and name.

    `active` counts what each Agent runs by its name. Where an Agent is online that could take it but has no room,
    it waits for that: one that is offline is chosen only where none is online, so that an autoscaler sees a pod.
    """
    return find_agent(demand, agents, active) or Unplaced(_explain(demand, agents, active))


def find_agent(demand: Demand, agents: Mapping[str, AgentView], active: Mapping[str, int]) -> AgentView | None:
    """The same, without a word where there is none."""
    able = [agent for agent in agents.values() if can_take(demand, agent)]
    online = [agent for agent in able if agent.is_online(demand.tags)]
    roomy = [agent for agent in online or able if agent.has_room(active.get(agent.name, 0))]

    def rank(agent: AgentView) -> tuple[bool, int, float, int, str]:
        count = active.get(agent.name, 0)
        share = count / agent.spec.capacity if agent.spec.capacity else 0.0
        return agent.name == demand.avoided, -agent.spec.priority, share, count, agent.name

    return min(roomy, key=rank, default=None)


def can_take(demand: Demand, agent: AgentView) -> bool:
    """Whether the Agent can take the attempt, given room."""
    return _find_obstacle(demand, agent) is None


def _find_obstacle(demand: Demand, agent: AgentView) -> str | None:
    """Why the Agent can't take the attempt, whatever it runs now; None: it can."""
    if not demand.allows(agent):
        return "is not named" if demand.agents else "has credentials: name it in agents"
    if agent.problem:
        return agent.problem
    if missing := demand.credentials - agent.credentials:
        return f"without credentials {', '.join(sorted(missing))}: add them to its spec.credentials"
    if clash := find_clash(select_credentials(agent.spec.credentials, sorted(demand.credentials))):
        return clash
    if not agent.has_tags(demand.tags):
        missing = demand.tags.difference(agent.spec.tags)
        return f"without tags {', '.join(sorted(missing))}"
    # Last, what a word puts right: who reads "disabled" has only to enable it.
    if not agent.spec.enabled:
        return "disabled"
    return "drained" if agent.spec.drain else None


def _explain(demand: Demand, agents: Mapping[str, AgentView], active: Mapping[str, int]) -> str:
    """What is the matter with each Agent that the step may have, the same matter told once."""
    asked = [agent for agent in agents.values() if not demand.agents or demand.allows(agent)]
    matters: dict[str, list[str]] = {}
    for agent in sorted(asked, key=lambda agent: agent.name):
        matters.setdefault(_describe(demand, agent, active), []).append(agent.name)
    if unknown := sorted(set(demand.agents).difference(agents)):
        matters[f"not there: create {'one' if len(unknown) > 1 else 'it'}"] = unknown
    told, rest = list(matters.items())[:MAX_LISTED], list(matters.values())[MAX_LISTED:]
    parts = [f"{_list(names)} {matter}" for matter, names in told]
    more = [f"and {sum(map(len, rest))} more"] if rest else []
    return "; ".join([*parts, *more]) or "this namespace has no Agent"


def _describe(demand: Demand, agent: AgentView, active: Mapping[str, int]) -> str:
    if obstacle := _find_obstacle(demand, agent):
        return obstacle
    if not agent.has_room(count := active.get(agent.name, 0)):
        full = f"at capacity {count}/{agent.spec.capacity}"
        return full if agent.is_online(demand.tags) else f"offline, {full}"
    return "offline"


def _list(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return f"agents [{', '.join(names[:MAX_LISTED])}{more}]"
