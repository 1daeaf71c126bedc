"""Owns the reconcile of an Agent: observe, plan, one status write, events. Must not choose Agents for steps."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from longshore.api.agents import AgentStatus
from longshore.api.objects import Metadata
from longshore.clocks import read_clock
from longshore.errors import NotFoundError
from longshore.planning.patches import build_merge_patch
from longshore.planning.pools.agent_statuses import AgentPlan, Load, ObservedAgent, find_urgency, plan_agent
from longshore.planning.pools.extensions import resolve_agent
from longshore.planning.readings import observe_pod
from longshore.reconcile.pools.directories import AgentDirectory
from longshore.reconcile.pools.heartbeats import NodeHeartbeats
from longshore.reconcile.pools.occupancies import Occupancies
from longshore.reconcile.ports import AgentStatuses, Announcer, Json, Waits
from longshore.reconcile.runs.paces import StatusPace
from longshore.reconcile.stores import ObjectStore

Mark = Callable[[str], None]
"""Has the Agent of a key reconciled."""
REST = 1.0
"""Seconds between two writes of an Agent's status, however much happens."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept in memory of what concerns Agents."""

    directory: AgentDirectory
    occupancies: Occupancies
    heartbeats: NodeHeartbeats


@dataclass(frozen=True, slots=True)
class AgentPorts:
    """What a reconcile reaches the world by."""

    statuses: AgentStatuses
    announcer: Announcer
    waits: Waits


class AgentReconciler:
    """Reconciles one Agent at a time by `namespace/name`."""

    def __init__(self, agents: ObjectStore, known: Known, ports: AgentPorts) -> None:
        self._agents = agents
        self._known = known
        self._ports = ports
        self._pace = StatusPace(monotonic)
        self._rested: dict[str, float] = {}
        self._knows_all = False
        self._mark: Mark = lambda _: None
        self._mark_soon: Mark = lambda _: None

    def start(self, mark: Mark, mark_soon: Mark) -> None:
        """Have Agents marked where they, their nodes, or what they have to do changes."""
        self._mark, self._mark_soon = mark, mark_soon
        self._known.directory.listen_agents(lambda namespace, name: mark(f"{namespace}/{name}"))
        self._known.occupancies.listen(lambda namespace, name: mark_soon(f"{namespace}/{name}"))
        self._ports.waits.listen_waits(self._see_waits)

    def see(self, namespace: str, name: str) -> None:
        """An Agent is there, changed or went, and by now all Agents are known, also those that it may extend."""
        self._knows_all = True
        self._mark(f"{namespace}/{name}")

    def describe(self, key: str) -> dict[str, str]:
        """What log lines about an Agent carry."""
        namespace, _, name = key.partition("/")
        return {"namespace": namespace, "agent": name}

    async def reconcile(self, key: str) -> float | None:
        """One round; returns in how many seconds there is something to write."""
        if not self._knows_all:
            return None
        namespace, _, name = key.partition("/")
        raw = self._agents.get(namespace, name)
        if raw is None:
            self._pace.forget(key)
            self._rested.pop(key, None)
            return None
        now = read_clock()
        plan = plan_agent(self._observe(raw), now)
        delay = await self._write(key, raw, plan)
        wake = None if plan.wake_at is None else (plan.wake_at - now).total_seconds() + 0.01
        return min((seconds for seconds in (delay, wake) if seconds is not None), default=None)

    def _see_waits(self, namespace: str) -> None:
        for name in self._agents.of_namespace(namespace):
            self._mark_soon(f"{namespace}/{name}")

    def _observe(self, raw: Json) -> ObservedAgent:
        metadata = Metadata.model_validate(raw["metadata"])
        namespace, name, known = metadata.namespace, metadata.name, self._known
        queued = self._ports.waits.count_waiting(namespace, name)
        return ObservedAgent(
            metadata=metadata,
            status=AgentStatus.model_validate(raw.get("status", {})),
            resolution=resolve_agent(raw, self._agents.of_namespace(namespace)),
            members=known.directory.members_of(namespace, name),
            heartbeats=known.heartbeats.times,
            load=Load(queued, known.occupancies.list_current(namespace, name)),
            waiting=[observe_pod(pod) for pod in known.occupancies.list_waiting(namespace, name)],
        )

    async def _write(self, key: str, raw: Json, plan: AgentPlan) -> float | None:
        """Write the status if it changed; what it has to do waits for what comes, and it says for how long."""
        patch = build_merge_patch(raw.get("status", {}), plan.status.to_json())
        if not patch:
            self._pace.note_rest(key)
            return None
        old = AgentStatus.model_validate(raw.get("status", {}))
        rest = self._rested.get(key, 0.0) - monotonic()
        if (delay := max(rest, self._pace.find_delay(key, find_urgency(old, plan.status)))) > 0:
            return delay
        self._pace.note_write(key, steps=0)
        self._rested[key] = monotonic() + REST
        try:
            written = await self._ports.statuses.write_agent(raw, {"status": patch})
        except NotFoundError:
            return None  # gone, as its watch will tell
        self._agents.refresh(written)
        for notice in plan.notices:
            await self._ports.announcer.announce(written, notice)
        return None
