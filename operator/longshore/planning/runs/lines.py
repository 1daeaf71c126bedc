"""Owns the line in which Runs wait for room, and how many go on. Must not decide who leaves it.

It is kept up to date with each Run that is seen, at the cost of a search; nothing ever walks over all Runs.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from longshore.planning.runs.summaries import RunSummary


class Ticket(NamedTuple):
    """A Run's place in the line, by comparison: the higher priority, then the older, then by name."""

    rank: int
    created: datetime
    name: str
    namespace: str
    uid: str


class Line:
    """The Runs that wait, in their order, by namespace; and those that go on, or were just told to."""

    def __init__(self, runs: Iterable[RunSummary] = ()) -> None:
        self._tickets: dict[str, Ticket] = {}
        self._queues: dict[str, list[Ticket]] = {}
        self._active: dict[str, str] = {}
        """Namespaces by uid."""
        self._counts: Counter[str] = Counter()
        for run in runs:
            self.update(run)

    @property
    def queues(self) -> Mapping[str, Sequence[Ticket]]:
        """Those that wait, first to last, of each namespace where somebody does."""
        return self._queues

    def update(self, run: RunSummary) -> bool:
        """Take in how a Run stands now. Returns whether that changed anything for the line."""
        is_counted = not run.owner and not run.is_foreign
        if is_counted and run.phase == "Running":
            return self._enter(run.uid, run.namespace)
        if not is_counted or not may_start(run):
            return self.remove(run.uid)
        # One that was told to start is still Queued until that is on record.
        return run.uid not in self._active and self._wait(build_ticket(run))

    def start(self, uid: str) -> None:
        """Take a Run out of the line: it is told to start, and takes room from now on."""
        self._enter(uid, self._tickets[uid].namespace)

    def remove(self, uid: str) -> bool:
        """Forget a Run that neither waits nor goes on. Returns whether it did."""
        namespace = self._active.pop(uid, None)
        if namespace is not None:
            self._counts[namespace] -= 1
        return self._leave(uid) or namespace is not None

    def is_active(self, uid: str) -> bool:
        """Whether the Run takes room."""
        return uid in self._active

    def count(self, namespace: str | None = None) -> int:
        """How many take room, in a namespace or in all."""
        return len(self._active) if namespace is None else self._counts[namespace]

    def find_place(self, ticket: Ticket, namespace: str | None = None) -> int:
        """Its place among those that wait in a namespace, or in all, counted from 1."""
        queues = self._queues.values() if namespace is None else [self._queues.get(namespace, [])]
        return 1 + sum(bisect_left(queue, ticket) for queue in queues)

    def _enter(self, uid: str, namespace: str) -> bool:
        self._leave(uid)
        if uid in self._active:
            return False
        self._active[uid] = namespace
        self._counts[namespace] += 1
        return True

    def _wait(self, ticket: Ticket) -> bool:
        if self._tickets.get(ticket.uid) == ticket:
            return False
        self._leave(ticket.uid)
        self._tickets[ticket.uid] = ticket
        insort(self._queues.setdefault(ticket.namespace, []), ticket)
        return True

    def _leave(self, uid: str) -> bool:
        ticket = self._tickets.pop(uid, None)
        if ticket is None:
            return False
        queue = self._queues[ticket.namespace]
        del queue[bisect_left(queue, ticket)]
        if not queue:
            del self._queues[ticket.namespace]
        return True


def build_ticket(run: RunSummary) -> Ticket:
    """The place of a Run that waits."""
    return Ticket(-run.priority, run.created, run.name, run.namespace, run.uid)


def may_start(run: RunSummary) -> bool:
    """Whether nothing but room keeps a Run from starting."""
    held = run.suspend or run.cancel or run.is_refused or run.is_deleted or run.is_awaiting_group
    return run.phase == "Queued" and not held
