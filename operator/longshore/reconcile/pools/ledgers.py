"""Owns what takes room of the pools: pods, those about to be made, and turns not used yet. Must not give any away.

Nothing here outlives the process: pods are listed anew, and Runs planned anew.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

from longshore import names
from longshore.planning.pools.pools import Place
from longshore.planning.pools.turns import Pool, StepLimits, Turn
from longshore.reconcile.ports import Json


@dataclass(frozen=True, slots=True)
class Promise:
    """A turn that was given and not used yet."""

    agent: str
    since: float
    """By the monotonic clock."""


@dataclass(slots=True)
class Share:
    """What a Run has of its namespace's room, beside its pods."""

    namespace: str
    promises: dict[Place, Promise] = field(default_factory=dict)
    reserved: set[str] = field(default_factory=set)
    """Names of pods that it is about to make."""


@dataclass(slots=True)
class Account:
    """A namespace's pool, and the pods that take room of it, there or about to be."""

    name: str
    pool: Pool
    pods: dict[str, str] = field(default_factory=dict)
    """Their Agents by their names."""
    has_room: bool = False
    """Whether there may be room that is to be given away."""


class Ledger:
    """Counts over all namespaces: each change is booked with the namespace's account and the sum."""

    def __init__(self, limits: StepLimits) -> None:
        self.running = 0
        """How many steps run in all namespaces, or are about to."""
        self._limits = limits
        self._was_full = False

    def reserve(self, account: Account, share: Share, pods: Sequence[Json]) -> None:
        """Hold room for pods until they are there; what a plan before was to make is there by now, or refused."""
        counted = {pod["metadata"]["name"]: pod for pod in pods if is_counted(pod)}
        for name in share.reserved - counted.keys():
            self.leave(account, name)
        share.reserved = {name for name in counted if name in share.reserved or name not in account.pods}
        for name in share.reserved:
            self.enter(account, counted[name])

    def enter(self, account: Account, pod: Json) -> None:
        """A pod takes room; once, however often that is said."""
        name, agent = pod["metadata"]["name"], get_agent(pod)
        if name not in account.pods:
            account.pods[name] = agent
            self._book(account, agent, 1)

    def leave(self, account: Account, name: str) -> None:
        """A pod takes room no more."""
        agent = account.pods.pop(name, None)
        if agent is not None:
            self._book(account, agent, -1)

    def promise(self, account: Account, share: Share, turn: Turn) -> None:
        """Hold room for an attempt whose turn it is."""
        share.promises[turn.ticket.path, turn.ticket.attempt] = Promise(turn.agent, monotonic())
        self._book(account, turn.agent, 1)

    def end_promises(self, account: Account, share: Share, made: Collection[Place]) -> list[float]:
        """A turn is used by the next plan, or somebody else's. Returns the seconds until those used were."""
        for promise in share.promises.values():
            self._book(account, promise.agent, -1)
        now = monotonic()
        used = [now - promise.since for place, promise in share.promises.items() if place in made]
        share.promises = {}
        return used

    def take_fullness(self) -> bool:
        """Whether no namespace could start a step at some time since this was asked last."""
        was_full, self._was_full = self._was_full, False
        return was_full

    def _book(self, account: Account, agent: str, more: int) -> None:
        self._was_full |= self._limits.cluster is not None and self.running >= self._limits.cluster
        account.has_room |= more < 0
        account.pool.active[agent] += more
        self.running += more


def count_waiting(pool: Pool, name: str) -> int:
    """How many attempts wait that an Agent may run."""
    agent = pool.agents.get(name)
    return sum(len(queue) for demand, queue in pool.line.queues.items() if agent and demand.allows(agent))


def list_capacities(accounts: Iterable[Account]) -> Iterator[tuple[tuple[str, str], int]]:
    """How many steps each Agent runs at once at most, by namespace and name, where it says so."""
    for account in accounts:
        for name, agent in account.pool.agents.items():
            if agent.spec.capacity is not None:
                yield (account.name, name), agent.spec.capacity


def is_counted(pod: Json) -> bool:
    """Whether a pod takes room: those that Kueue admits take Kueue's."""
    return names.KUEUE_QUEUE_LABEL not in pod["metadata"].get("labels", {})


def get_agent(pod: Json) -> str:
    """The Agent that a pod says it is of; empty: none."""
    agent: str = pod["metadata"].get("labels", {}).get(names.AGENT_LABEL, "")
    return agent
