"""Owns whose turn it is where there is room: of the attempts that wait for an Agent, or for more steps to run.

Attempts that ask the same wait in one queue, so that a freed place costs a look at the first of each queue,
however many wait. Must not count what runs, nor tell anybody.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heappop, heappush, heapreplace
from itertools import count, islice
from typing import NamedTuple

from longshore.names import get_items, get_step_name
from longshore.planning.pools.agents import AgentView, Demand, find_agent
from longshore.planning.pools.pools import AgentWait
from longshore.planning.runs.summaries import RunSummary


class Ticket(NamedTuple):
    """An attempt's place, by comparison: the Run's higher priority, who waits longer, the older Run, by name."""

    rank: int
    since: datetime
    created: datetime
    run: str
    step: str
    item: int
    path: str
    attempt: int
    uid: str


def build_ticket(run: RunSummary, wait: AgentWait) -> Ticket:
    """The place of an attempt that waits."""
    item = next(iter(get_items(wait.path)), -1)
    identity = get_step_name(wait.path), item, wait.path, wait.attempt, run.uid
    return Ticket(-run.priority, wait.since, run.created, run.name, *identity)


@dataclass(frozen=True, slots=True)
class StepLimits:
    """How many steps may run at once; None: any number."""

    cluster: int | None = None
    namespace: int | None = None
    """In each namespace."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An attempt that may start, and the Agent that has room for it."""

    namespace: str
    ticket: Ticket
    agent: str


class WaitLine:
    """The attempts of a namespace that wait: a queue for each demand, first to last."""

    def __init__(self) -> None:
        self._queues: dict[Demand, list[Ticket]] = {}
        self._of_run: dict[str, dict[Ticket, Demand]] = {}

    @property
    def queues(self) -> Mapping[Demand, list[Ticket]]:
        """Those that wait, by what they ask; none of them is empty."""
        return self._queues

    @property
    def runs(self) -> list[str]:
        """The uids of the Runs that have attempts here."""
        return list(self._of_run)

    def put(self, uid: str, waits: Mapping[Ticket, Demand]) -> bool:
        """Take in all that a Run waits for now, in place of what it did before. Returns whether it differs."""
        known = self._of_run.get(uid, {})
        for ticket, demand in known.items():
            if waits.get(ticket) != demand:
                self._leave(ticket, demand)
        for ticket, demand in waits.items():
            if known.get(ticket) != demand:
                insort(self._queues.setdefault(demand, []), ticket)
        if waits:
            self._of_run[uid] = dict(waits)
        else:
            self._of_run.pop(uid, None)
        return known != waits

    def take(self, ticket: Ticket) -> None:
        """Take an attempt out: it has its turn."""
        waits = self._of_run[ticket.uid]
        self._leave(ticket, waits.pop(ticket))
        if not waits:
            del self._of_run[ticket.uid]

    def _leave(self, ticket: Ticket, demand: Demand) -> None:
        queue = self._queues[demand]
        del queue[bisect_left(queue, ticket)]
        if not queue:
            del self._queues[demand]


@dataclass(slots=True)
class Pool:
    """A namespace's Agents, what they run, and who waits for them."""

    agents: Mapping[str, AgentView]
    active: Counter[str] = field(default_factory=Counter)
    """How many steps each runs by its name, with those about to start and the room that is promised."""
    line: WaitLine = field(default_factory=WaitLine)
    served: int = 0
    """When it was given a turn last, as a number that grows from turn to turn of any namespace."""


def find_free(pool: Pool, limits: StepLimits, running: int) -> tuple[int | None, str]:
    """How many more steps may start in a namespace (None: any number), and which limit that is."""
    rooms = [
        (max(0, limit - count), f"waits for room: at most {limit} steps of {place} run at once")
        for limit, count, place in (
            (limits.namespace, pool.active.total(), "this namespace"),
            (limits.cluster, running, "the cluster"),
        )
        if limit is not None
    ]
    return min(rooms, default=(None, ""))


def plan_turns(pools: Mapping[str, Pool], limits: StepLimits, running: int) -> Iterator[Turn]:
    """The attempts that may start now, first to last; `running` counts steps of all namespaces.

    A place of the cluster's goes to the namespace with the fewest steps, and of several to that whose last turn is
    the longest ago. Each turn is taken into account for the next, and by nobody else.
    """
    heap: list[tuple[int, int, str, Turn, _Waiting]] = []

    def offer(waiting: _Waiting) -> None:
        if turn := waiting.find_next():
            heappush(heap, (*waiting.rank, turn, waiting))

    for name, pool in pools.items():
        offer(_Waiting(name, pool, limits.namespace))
    numbers = count(1 + max((pool.served for pool in pools.values()), default=0))
    while heap and (limits.cluster is None or running < limits.cluster):
        *_, turn, waiting = heappop(heap)
        yield turn
        running += 1
        waiting.give(turn, next(numbers))
        offer(waiting)


class _Waiting:
    """Whom the turns of one namespace go to, one after the other."""

    def __init__(self, namespace: str, pool: Pool, limit: int | None) -> None:
        self._namespace = namespace
        self._agents = pool.agents
        self._limit = limit
        self._served = pool.served
        self._active = Counter(pool.active)
        self._count = pool.active.total()
        # Demands can't be compared; tickets all differ, so it never comes to comparing positions.
        self._heads = [(queue[0], index) for index, queue in enumerate(pool.line.queues.values())]
        self._queues = [(demand, islice(queue, 1, None)) for demand, queue in pool.line.queues.items()]
        heapify(self._heads)

    @property
    def rank(self) -> tuple[int, int, str]:
        """Its place among namespaces."""
        return self._count, self._served, self._namespace

    def find_next(self) -> Turn | None:
        """Whose turn it is next; each is found once."""
        while self._heads and (self._limit is None or self._count < self._limit):
            ticket, index = self._heads[0]
            demand, others = self._queues[index]
            agent = find_agent(demand, self._agents, self._active)
            following = None if agent is None else next(others, None)
            if following is None:
                heappop(self._heads)  # where there is no room for the first, there is none for those behind
            else:
                heapreplace(self._heads, (following, index))
            if agent is not None:
                return Turn(self._namespace, ticket, agent.name)
        return None

    def give(self, turn: Turn, number: int) -> None:
        """The turn is given, as the one of this number."""
        self._active[turn.agent] += 1
        self._count += 1
        self._served = number
