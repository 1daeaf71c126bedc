"""Owns what an Agent's status says, and when its Event is due. Must not write it, nor choose Agents for steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest
from typing import Any

from longshore.api.agents import AgentNode, AgentSpec, AgentStatus, CurrentStep
from longshore.api.objects import Condition, Metadata
from longshore.names import TAG_LABEL_PREFIX
from longshore.planning.conditions import build_condition, find_condition, set_condition
from longshore.planning.plans import Notice
from longshore.planning.pods import Pod
from longshore.planning.pools.extensions import Resolution
from longshore.planning.pools.nodes import Member
from longshore.planning.runs.urgencies import Urgency
from longshore.planning.steps.credentials import find_setup_end, judge_readiness
from longshore.planning.times import parse_time, write_time

CREDENTIALS_READY = "CredentialsReady"
MAX_NODES = 100
"""How many nodes a status lists: those that take no pods first."""
MAX_CURRENT = 100
MAX_TOLD = 3
"""How many nodes a message names."""
WISHES = frozenset({"Disabled", "Draining"})
"""Reasons why an Agent is off line that are as somebody wants it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What an Agent has to do."""

    queued: int = 0
    """How many attempts wait of which it may run each."""
    current: Sequence[tuple[str, str]] = ()
    """Run and path of each step that has a pod here."""


@dataclass(frozen=True, slots=True)
class ObservedAgent:
    """All that an Agent's status is made from."""

    metadata: Metadata
    status: AgentStatus
    resolution: Resolution
    members: Sequence[Member] | None = None
    """Its nodes; None: nodes are unknown."""
    heartbeats: Mapping[str, str] = field(default_factory=dict)
    """When each node last gave a sign of life."""
    load: Load = field(default_factory=Load)
    waiting: Sequence[Pod] = ()
    """Its pods that have credentials and have not started."""


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """What to say of an Agent."""

    status: AgentStatus
    notices: tuple[Notice, ...] = ()
    wake_at: datetime | None = None
    """When time alone changes what its pods mean."""


def plan_agent(seen: ObservedAgent, now: datetime) -> AgentPlan:
    """The status that an Agent is to have, and what to announce once it is written."""
    if seen.metadata.deletion_timestamp:
        return AgentPlan(seen.status)
    spec, load = seen.resolution.spec, seen.load
    ready = _judge(seen)
    active = len(load.current)
    changes = {
        "conditions": _set_credentials(seen, set_condition(seen.status.conditions, ready, now), now),
        "runtime": spec.runtime,
        "model": spec.model.name if spec.model else None,
        "nodes": _list_nodes(seen),
        "ready_nodes": None if seen.members is None else "{}/{}".format(*_count(seen.members)),
        "active": active,
        "queued": load.queued,
        "load": str(active) if spec.capacity is None else f"{active}/{spec.capacity}",
        "current": [CurrentStep(run=run, step=step) for run, step in sorted(load.current)[:MAX_CURRENT]],
    }
    status = seen.status.model_copy(update=changes)
    return AgentPlan(status, _plan_notices(seen.status, ready), find_setup_end(seen.waiting, now))


_IDLE: dict[str, Any] = {"active": 0, "queued": 0, "load": None, "current": [], "usage": None}


def find_urgency(old: AgentStatus, new: AgentStatus) -> Urgency:
    """How soon a status has to be written; what an Agent has to do, and heartbeats, can be late."""
    return Urgency.NOW if _without_pulse(old) != _without_pulse(new) else Urgency.WAITS


def _without_pulse(status: AgentStatus) -> AgentStatus:
    """Copied rather than written out: that took the most of a look at an Agent with many nodes."""
    nodes = [node.model_copy(update={"heartbeat": None}) for node in status.nodes]
    return status.model_copy(update={**_IDLE, "nodes": nodes})


def _set_credentials(seen: ObservedAgent, conditions: list[Condition], now: datetime) -> list[Condition]:
    """Whether the Secrets of its credentials are there, of an Agent that has any."""
    spec = seen.resolution.spec
    if not spec.credentials:
        return [condition for condition in conditions if condition.type != CREDENTIALS_READY]
    found = judge_readiness(spec.credentials, seen.waiting, now)
    generation = seen.metadata.generation
    new = build_condition(CREDENTIALS_READY, found.status, found.reason, found.message, generation=generation)
    return set_condition(conditions, new, now)


def _judge(seen: ObservedAgent) -> Condition:
    """Whether steps can start here."""
    generation = seen.metadata.generation
    if trouble := _find_trouble(seen):
        return build_condition("Ready", "False", *trouble, generation=generation)
    if seen.members is None:
        message = "the operator knows no nodes, so it counts as online"
        return build_condition("Ready", "True", "NodesUnknown", message, generation=generation)
    ready, all_ = _count(seen.members)
    message = f"{ready} of {all_} node{'s' if all_ > 1 else ''} take{'s' if all_ == 1 else ''} pods"
    return build_condition("Ready", "True", "Online", message, generation=generation)


def _find_trouble(seen: ObservedAgent) -> tuple[str, str] | None:
    """Reason and message where no step can start; what somebody wrote comes before how nodes do."""
    resolution, members = seen.resolution, seen.members
    if resolution.reason:
        return resolution.reason, resolution.message
    if not resolution.spec.enabled:
        return "Disabled", "gets no new steps: spec.enabled is false"
    if resolution.spec.drain:
        return "Draining", "its steps are moved elsewhere: spec.drain is true"
    if members is not None and not members:
        return "NoNodes", _explain_lack(resolution.spec)
    if members is not None and not _count(members)[0]:
        return "NodesNotReady", _explain_obstacles(members)
    return None


def _explain_lack(spec: AgentSpec) -> str:
    labels = spec.node_selector | {f"{TAG_LABEL_PREFIX}{tag}": "true" for tag in spec.tags}
    if not labels:
        return "there is no node whose taints it bears: add spec.tolerations"
    wanted = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return f"no node whose taints it bears has the labels {wanted}: label one, or change tags and nodeSelector"


def _explain_obstacles(members: Sequence[Member]) -> str:
    told = [f"{member.node.name} is {member.obstacle}" for member in _sort(members, MAX_TOLD)]
    rest = [f"and {len(members) - MAX_TOLD} more"] if len(members) > MAX_TOLD else []
    return f"no node takes pods: {', '.join([*told, *rest])}"


def _plan_notices(old: AgentStatus, ready: Condition) -> tuple[Notice, ...]:
    """An Event where it goes on line or off; that it is first seen is news too."""
    before = find_condition(old.conditions, ready.type)
    if before is not None and before.status == ready.status:
        return ()
    if ready.status == "True":
        return (Notice("Normal", "AgentOnline", ready.message),)
    return (
        Notice(
            "Normal" if ready.reason in WISHES else "Warning", "AgentOffline", f"{ready.reason}: {ready.message}"
        ),
    )


def _list_nodes(seen: ObservedAgent) -> list[AgentNode]:
    """Its nodes; a sign of life that is not read yet is the one on record."""
    known = {node.name: node.heartbeat for node in seen.status.nodes if node.heartbeat}
    heartbeats = {**known, **seen.heartbeats}
    return [_build_node(member, heartbeats) for member in _sort(seen.members or (), MAX_NODES)]


def _build_node(member: Member, heartbeats: Mapping[str, str]) -> AgentNode:
    node, heartbeat = member.node, heartbeats.get(member.node.name)
    return AgentNode(
        name=node.name,
        address=node.address or None,
        version=node.version or None,
        ready=not member.obstacle,
        reason=member.obstacle or None,
        heartbeat=write_time(parse_time(heartbeat)) if heartbeat else None,
    )


def _sort(members: Sequence[Member], count: int) -> list[Member]:
    """The first so many: those that take no pods, then by name."""
    return nsmallest(count, members, key=lambda member: (not member.obstacle, member.node.name))


def _count(members: Sequence[Member]) -> tuple[int, int]:
    """How many take pods, and how many there are."""
    return sum(not member.obstacle for member in members), len(members)
