"""Owns what Agents are to those who wait: which take steps, which steps wait for one, how one is brought back.

Pure functions of objects. Must not ask a cluster, or decide where a step goes.
"""

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.api.agents import AgentSpec
from longshore.api.workflows import WorkflowSpec
from longshore.names import get_step_name
from longshore.planning.acceptance.acceptance import parse_workflow
from longshore.planning.acceptance.graphs import build_graph
from longshore.planning.pools.agents import AgentView, Demand
from longshore.planning.pools.extensions import resolve_agent

Object = dict[str, Any]
AWAITING = "AwaitingAgent"
_SWITCHED_OFF = re.compile(r" (disabled|drained)\b")
_LACKING_TAGS = re.compile(r" without tags ([^ ,;]+)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits for an Agent, or a group."""

    run: str
    path: str
    since: str
    """RFC 3339; empty: not known."""
    message: str

    @property
    def name(self) -> str:
        """As Agents name what they run."""
        return f"{self.run}/{self.path}" if self.path else self.run


def fill_agents(agents: Sequence[Object], known: Sequence[Object]) -> list[Object]:
    """Agents with what they take over from those that they extend, which are among the known ones."""
    namespaces: defaultdict[str, dict[str, Object]] = defaultdict(dict)
    for agent in known:
        namespaces[agent["metadata"]["namespace"]][agent["metadata"]["name"]] = agent
    return [
        {**agent, "spec": resolve_agent(agent, namespaces[agent["metadata"]["namespace"]]).spec.to_json()}
        if agent["spec"].get("extends")
        else agent
        for agent in agents
    ]


def find_condition(agent: Object) -> Object | None:
    """Whether steps can start there, as the operator says it; None: it has not said anything yet."""
    conditions = agent.get("status", {}).get("conditions", ())
    return next((condition for condition in conditions if condition["type"] == "Ready"), None)


def is_ready(agent: Object) -> bool:
    """Whether steps can start there."""
    condition = find_condition(agent)
    return condition is not None and condition["status"] == "True"


def build_view(agent: Object) -> AgentView:
    """The Agent as placements see it, as far as its own spec tells."""
    return AgentView(agent["metadata"]["name"], AgentSpec.model_validate(agent["spec"]))


def list_waiting(runs: Sequence[Object], agent: Object) -> list[Waiting]:
    """The steps that wait for an Agent and may have this one, who waits longest first."""
    view = build_view(agent)
    found = [waiting for run in runs for waiting, demand in _list_demands(run) if demand.allows(view)]
    return sorted(found, key=lambda waiting: (waiting.since, waiting.name))


def advise(agent: Object, flags: str) -> str:
    """The command that lets an Agent take steps again, else the one that tells more of it."""
    name, spec = shlex.quote(agent["metadata"]["name"]), agent["spec"]
    wish = {} if spec.get("enabled", True) else {"enabled": True}
    wish |= {"drain": False} if spec.get("drain") else {}
    if not wish:
        return f"kubectl longshore agents {name}{flags}"
    change = json.dumps({"spec": wish}, separators=(",", ":"))
    return f"kubectl patch agents.longshore.dev {name} --type=merge -p '{change}'{flags}"


def advise_pool(agents: Mapping[str, Object], asked: Collection[str], message: str, flags: str) -> str:
    """The command that helps a step which may have the Agents asked for, or any; best lets one take steps.

    `message` is what the operator says of each: of those that are disabled only where nothing else is in the way.
    """
    allowed = [agent for name, agent in sorted(agents.items()) if (name in asked if asked else _is_for_all(agent))]
    barred = [agent for agent in allowed if _SWITCHED_OFF.search(message) and not is_wanted(agent)]
    if not barred and (lacking := _LACKING_TAGS.search(message)):
        return f"kubectl longshore tags add {lacking[1]} --node NODE{flags}"
    if barred or len(allowed) == 1:
        return advise((barred or allowed)[0], flags)
    return f"kubectl longshore agents{flags}"


def is_wanted(agent: Object) -> bool:
    """Whether nobody has said that it is to take no steps."""
    return bool(agent["spec"].get("enabled", True) and not agent["spec"].get("drain"))


def _is_for_all(agent: Object) -> bool:
    return build_view(agent).is_for_all


def _list_demands(run: Object) -> Iterator[tuple[Waiting, Demand]]:
    """What a Run's steps that wait for an Agent ask of it; nothing where the graph is of another version."""
    status = run.get("status", {})
    waiting = {path: step for path, step in status.get("steps", {}).items() if step.get("reason") == AWAITING}
    spec = parse_workflow(status.get("workflowSpec") or {}) if waiting else None
    if not isinstance(spec, WorkflowSpec):
        return
    graph = build_graph(spec)
    for path, step in waiting.items():
        if get_step_name(path) not in graph.steps:
            continue
        asked = graph.steps[get_step_name(path)]
        place = Waiting(run["metadata"]["name"], path, step.get("queuedTime", ""), step.get("message", ""))
        yield place, Demand(tuple(asked.agents or ()), frozenset(asked.required_tags or ()))
