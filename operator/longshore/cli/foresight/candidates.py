"""Owns which Agents of a namespace could take the steps of a Run that is not made. Must not print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longshore.api.agents import AgentSpec
from longshore.cli.cluster.clusters import AGENTS, Object, Query, connect
from longshore.cli.foresight.imaginations import Imagined
from longshore.cli.reasons.agents import find_condition
from longshore.errors import ForbiddenError
from longshore.names import BUILT_IN_AGENT
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.pools.agents import AgentView, Demand, Unplaced, build_demand, can_take, choose_agent
from longshore.planning.pools.extensions import resolve_agent

Views = Mapping[str, AgentView]
_NO_NODES: frozenset[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The Agents that could take certain steps."""

    steps: tuple[str, ...]
    agents: tuple[str, ...]
    """By name, also those off line: an autoscaler may make nodes for them."""
    offline: frozenset[str] = frozenset()
    """Those of them."""
    problem: str = ""
    """Why there are none."""

    @property
    def shown(self) -> list[str]:
        """Their names for people."""
        return [f"{name} (offline)" if name in self.offline else name for name in self.agents]


def find_views(imagined: Imagined, *, is_wished: bool) -> dict[str, AgentView] | None:
    """The Agents where the Run would be, by name, with the one that a first Run makes.

    None: they may not be read, or it is a file and nobody wishes to know.
    """
    if not imagined.is_of_cluster and not is_wished:
        return None
    cluster = connect(imagined.target)
    try:
        return build_views(cluster.list(Query(AGENTS, cluster.namespace))[0])
    except ForbiddenError:
        return None


def build_views(agents: Sequence[Object]) -> dict[str, AgentView]:
    """Agents as placements see them, by name: of their nodes it is only known what their status says."""
    known = {agent["metadata"]["name"]: agent for agent in agents}
    views = {name: _build_view(agent, known) for name, agent in known.items()}
    return {BUILT_IN_AGENT: AgentView(BUILT_IN_AGENT, AgentSpec()), **views}


def list_candidates(graph: Graph, views: Views) -> list[Candidates]:
    """Who could take which steps, if all Agents were idle; steps that ask the same together."""
    steps: dict[Demand, list[str]] = {}
    for name in graph.order:
        if graph.steps[name].approval is None and graph.steps[name].workflow is None:
            steps.setdefault(build_demand(graph.steps[name]), []).append(name)
    return [_find_candidates(tuple(names), demand, views) for demand, names in steps.items()]


def _find_candidates(steps: tuple[str, ...], demand: Demand, views: Views) -> Candidates:
    able = tuple(sorted(name for name, view in views.items() if can_take(demand, view) and view.has_room(0)))
    found = choose_agent(demand, views, {})
    offline = frozenset(name for name in able if not views[name].is_online(demand.tags))
    return Candidates(steps, able, offline, found.message if isinstance(found, Unplaced) else "")


def _build_view(agent: Object, known: Mapping[str, Object]) -> AgentView:
    resolved = resolve_agent(agent, known)
    condition = find_condition(agent)
    is_away = condition is not None and condition["reason"] in {"NoNodes", "NodesNotReady"}
    return AgentView(
        agent["metadata"]["name"],
        resolved.spec,
        ready_tags=_NO_NODES if is_away else None,
        problem=resolved.message,
    )
