"""Owns which of the Runs that wait may start, across all Runs. Must not look into any one of them.

The record of who has room is the phase of each Run, so there is none to lose; a Run that was told to start takes
room from that moment on. Runs of another Run take none: a parent would wait for a child that waits for it.
"""

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Literal

from longshore.planning.runs.lines import Line, build_ticket
from longshore.planning.runs.summaries import RunSummary


@dataclass(frozen=True, slots=True)
class Limits:
    """How many Runs may go on at once; None: any number."""

    cluster: int | None = None
    namespace: int | None = None
    """In each namespace."""

    @property
    def is_set(self) -> bool:
        """Whether there is any."""
        return self.cluster is not None or self.namespace is not None


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a Run may not start now."""

    reason: Literal["NamespaceFull", "ClusterFull", "AwaitingTurn", "AwaitingGroup", "Suspended"]
    message: str
    place: int = 0
    """In the line, counted from 1; 0: it is not in it."""


def plan_admission(line: Line, limits: Limits) -> list[str]:
    """The uids of the Runs that may start now, first to last."""
    room = _find_room(limits.cluster, line.count())
    if room == 0:
        return []
    firsts = [
        islice(queue, _find_room(limits.namespace, line.count(namespace)))
        for namespace, queue in line.queues.items()
    ]
    return [ticket.uid for ticket in islice(merge(*firsts), room)]


def find_wait(run: RunSummary, line: Line, limits: Limits) -> Wait | None:
    """Why a Run that has not started may not do so now; None: it may."""
    if run.owner or line.is_active(run.uid):
        return None
    if run.suspend:
        return Wait("Suspended", "spec.suspend is true")
    ticket, going, all_going = build_ticket(run), line.count(run.namespace), line.count()
    if limits.namespace is not None and going >= limits.namespace:
        message = f"waits for room: {going} of {limits.namespace} Runs of this namespace go on"
        return Wait("NamespaceFull", message, line.find_place(ticket, run.namespace))
    if limits.cluster is not None and all_going >= limits.cluster:
        message = f"waits for room: {all_going} of {limits.cluster} Runs of the cluster go on"
        return Wait("ClusterFull", message, line.find_place(ticket))
    return Wait("AwaitingTurn", "waits for its turn")


def _find_room(limit: int | None, active: int) -> int | None:
    """How many more; None: any number."""
    return None if limit is None else max(0, limit - active)
