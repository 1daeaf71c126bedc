"""Owns how many steps each Agent runs and who waits for it, over all Runs: room that appears is given at once.

Must not decide to whom, nor write anything: it keeps count, and marks the Runs whose turn it is. What is free is
therefore room that nobody who waits could use. Nothing here outlives the process: after a start nobody starts
where room is scarce before all Runs of the namespace that had waited were planned, and their line is known.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from longshore import names
from longshore.planning.agents import AgentView, Demand
from longshore.planning.plans import CreatePod, Plan
from longshore.planning.pools import Place, PoolView, take_room
from longshore.planning.summaries import RunSummary
from longshore.planning.turns import Pool, StepLimits, Ticket, Turn, build_ticket, find_free, plan_turns
from longshore.reconcile.occupancies import OVER
from longshore.reconcile.ports import Json
from longshore.reconcile.rollcalls import RollCall

Mark = Callable[[str], None]
"""Has the Run of a uid reconciled."""
OnWaits = Callable[[str], None]
"""Told a namespace where others wait for Agents than before."""


class Directory(Protocol):
    """Which Agents there are."""

    def views(self, namespace: str) -> Mapping[str, AgentView]:
        """The Agents of a namespace by name."""

    def listen(self, on_change: Callable[[str], None]) -> None:
        """Have a listener told of each namespace where an Agent came, went or changed."""


class TurnObserver(Protocol):
    """Told how fast turns are; must be quick, and must not raise."""

    def on_turn(self, seconds: float) -> None:
        """So long after there was room, the Run whose turn it is was planned."""


@dataclass(frozen=True, slots=True)
class _Promise:
    """A turn that was given and not used yet."""

    agent: str
    since: float
    """By the monotonic clock."""


@dataclass(slots=True)
class _Share:
    """What a Run has of its namespace's room, beside its pods."""

    namespace: str
    promises: dict[Place, _Promise] = field(default_factory=dict)
    reserved: set[str] = field(default_factory=set)
    """Names of pods that it is about to make."""


@dataclass(slots=True)
class _Namespace:
    """A pool, and the pods that take room of it, there or about to be."""

    name: str
    pool: Pool
    pods: dict[str, str] = field(default_factory=dict)
    """Their Agents by their names."""
    has_room: bool = False
    """Whether there may be room that is to be given away."""


class Pools:
    """The pools of all namespaces."""

    def __init__(self, roll: RollCall, directory: Directory, limits: StepLimits, observer: TurnObserver) -> None:
        self._roll = roll
        self._directory = directory
        self._limits = limits
        self._observer = observer
        self._namespaces: dict[str, _Namespace] = {}
        self._shares: dict[str, _Share] = {}
        self._running = 0
        self._served = 0
        self._was_full = False
        """Whether no namespace could start a step, before the room that is to be given away."""
        self._mark: Mark = lambda _: None
        self._mark_soon: Mark = lambda _: None
        self._listeners: list[OnWaits] = []

    def start(self, mark: Mark, mark_soon: Mark) -> None:
        """Have `mark` called with the uid of a Run whose turn it is, `mark_soon` where it may wait for another."""
        self._mark, self._mark_soon = mark, mark_soon
        self._directory.listen(self._see_agents)

    def listen_waits(self, on_waits: OnWaits) -> None:
        """Have a listener told of each namespace where others wait than before; it must be quick."""
        self._listeners.append(on_waits)

    def view(self, uid: str, namespace: str) -> PoolView:
        """The Agents of its namespace as a Run sees them."""
        pool, share = self._find(namespace).pool, self._shares.get(uid)
        turns = {place: promise.agent for place, promise in share.promises.items()} if share else {}
        view = PoolView(pool.agents, pool.active, turns, *find_free(pool, self._limits, self._running))
        return view if self._roll.is_complete(namespace) else take_room(view)

    def tell(self, run: RunSummary, plan: Plan) -> None:
        """Take in what a Run is about to make and waits for, right after its plan: nothing may come between."""
        known, share = self._find(run.namespace), self._shares.setdefault(run.uid, _Share(run.namespace))
        creates = [action for action in plan.actions if isinstance(action, CreatePod)]
        self._end_promises(known, share, {(made.path, made.attempt) for made in creates})
        self._reserve(known, share, [made.manifest for made in creates])
        self._wait(known, run.uid, {build_ticket(run, wait): wait.demand for wait in plan.waits})
        self._note(known, run.uid)

    def skip(self, uid: str) -> None:
        """The Run could not be planned: others have its turns, and it waits for nothing until it is."""
        share = self._shares.get(uid)
        known = self._find(share.namespace) if share else None
        if share and known:
            self._end_promises(known, share, ())
            self._wait(known, uid, {})
        self._note(known, uid)

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone: it makes no pods any more."""
        if share := self._shares.get(uid):
            self._reserve(self._find(share.namespace), share, ())
        self.skip(uid)
        if share := self._shares.pop(uid, None):
            self._drop(self._find(share.namespace))

    def see_pod(self, old: Json | None, new: Json | None) -> None:
        """A pod of a Run came, changed or went."""
        pod = new or old
        if pod is None or not is_counted(pod):
            return
        metadata = pod["metadata"]
        known, name = self._find(metadata["namespace"]), metadata["name"]
        if share := self._shares.get(metadata["labels"].get(names.RUN_UID_LABEL, "")):
            share.reserved.discard(name)
        if new is not None and new.get("status", {}).get("phase") not in OVER:
            self._enter(known, pod)
        else:
            self._leave(known, name)
        self._give(known)
        self._drop(known)

    def count_active(self, namespace: str) -> Counter[str]:
        """How many steps each Agent runs by its name, with those about to start."""
        known = self._namespaces.get(namespace)
        return Counter(known.pods.values()) if known else Counter()

    def count_waiting(self, namespace: str) -> Counter[str]:
        """How many attempts wait of which each Agent may run, by its name."""
        waiting: Counter[str] = Counter()
        if known := self._namespaces.get(namespace):
            for demand, queue in known.pool.line.queues.items():
                allowed = (name for name, agent in known.pool.agents.items() if demand.allows(agent))
                waiting.update(dict.fromkeys(allowed, len(queue)))
        return waiting

    def count_all_active(self) -> Counter[tuple[str, str]]:
        """How many steps each Agent runs, by namespace and name."""
        return Counter((known.name, agent) for known in self._namespaces.values() for agent in known.pods.values())

    def list_capacities(self) -> dict[tuple[str, str], int]:
        """How many steps each Agent runs at once at most, by namespace and name, where it says so."""
        return {
            (known.name, name): agent.spec.capacity
            for known in self._namespaces.values()
            for name, agent in known.pool.agents.items()
            if agent.spec.capacity is not None
        }

    # What takes room: pods, those about to be made, and promises.

    def _reserve(self, known: _Namespace, share: _Share, pods: Sequence[Json]) -> None:
        """Hold room for pods until they are there; what a plan before was to make is there by now, or refused."""
        counted = {pod["metadata"]["name"]: pod for pod in pods if is_counted(pod)}
        for name in share.reserved - counted.keys():
            self._leave(known, name)
        share.reserved = {name for name in counted if name in share.reserved or name not in known.pods}
        for name in share.reserved:
            self._enter(known, counted[name])

    def _enter(self, known: _Namespace, pod: Json) -> None:
        name, agent = pod["metadata"]["name"], get_agent(pod)
        if name not in known.pods:
            known.pods[name] = agent
            self._count(known, agent, 1)

    def _leave(self, known: _Namespace, name: str) -> None:
        agent = known.pods.pop(name, None)
        if agent is not None:
            self._count(known, agent, -1)

    def _end_promises(self, known: _Namespace, share: _Share, made: Collection[Place]) -> None:
        """A turn is used by the next plan, or somebody else's."""
        for place, promise in share.promises.items():
            self._count(known, promise.agent, -1)
            if place in made:
                self._observer.on_turn(monotonic() - promise.since)
        share.promises = {}

    def _count(self, known: _Namespace, agent: str, more: int) -> None:
        self._was_full |= self._limits.cluster is not None and self._running >= self._limits.cluster
        known.has_room |= more < 0
        known.pool.active[agent] += more
        self._running += more

    def _wait(self, known: _Namespace, uid: str, waits: Mapping[Ticket, Demand]) -> None:
        if known.pool.line.put(uid, waits):
            for on_waits in self._listeners:
                on_waits(known.name)

    # Whose turn it is.

    def _note(self, known: _Namespace | None, uid: str) -> None:
        """A Run was looked at: with the last of a namespace, all are known who wait there."""
        if namespace := self._roll.note(uid):
            known = self._find(namespace)
            known.has_room = True
        if known is not None:
            self._give(known)

    def _see_agents(self, namespace: str) -> None:
        """Other Agents may have room for those who wait, who else are to say what they wait for now."""
        known = self._find(namespace)
        known.pool.agents = self._directory.views(namespace)
        known.has_room = True
        self._give(known)
        for uid in known.pool.line.runs:
            self._mark_soon(uid)
        self._drop(known)

    def _give(self, known: _Namespace) -> None:
        """Give room away that has appeared: where the cluster had none, to any namespace."""
        if not known.has_room:
            return
        others = self._namespaces.values() if self._was_full else [known]
        known.has_room = self._was_full = False
        pools = {
            other.name: other.pool
            for other in others
            if other.pool.line.queues and self._roll.is_complete(other.name)
        }
        for turn in list(plan_turns(pools, self._limits, self._running)):
            self._promise(turn)

    def _promise(self, turn: Turn) -> None:
        known, ticket = self._namespaces[turn.namespace], turn.ticket
        self._served += 1
        known.pool.served = self._served
        known.pool.line.take(ticket)
        share = self._shares[ticket.uid]
        share.promises[ticket.path, ticket.attempt] = _Promise(turn.agent, monotonic())
        self._count(known, turn.agent, 1)
        self._mark(ticket.uid)

    def _find(self, namespace: str) -> _Namespace:
        known = self._namespaces.get(namespace)
        if known is None:
            pool = Pool(self._directory.views(namespace))
            known = self._namespaces[namespace] = _Namespace(namespace, pool)
        return known

    def _drop(self, known: _Namespace) -> None:
        """Forget a namespace where nothing runs or waits, and that has no Agent: it is gone."""
        if known.pods or self._directory.views(known.name):
            return
        if not any(share.namespace == known.name for share in self._shares.values()):
            self._namespaces.pop(known.name, None)


def is_counted(pod: Json) -> bool:
    """Whether a pod takes room: those that Kueue admits take Kueue's."""
    return names.KUEUE_QUEUE_LABEL not in pod["metadata"].get("labels", {})


def get_agent(pod: Json) -> str:
    """The Agent that a pod says it is of; empty: none."""
    agent: str = pod["metadata"].get("labels", {}).get(names.AGENT_LABEL, "")
    return agent
