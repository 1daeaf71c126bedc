"""Owns which step of a Run holds up another, traced to the root: a need's need, or who has its place.

Must not say it in words.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from longshore.cli.views.fanouts import is_item
from longshore.names import get_step_name
from longshore.planning.acceptance.graphs import Graph

Status = Mapping[str, Any]
TERMINAL = frozenset({"Succeeded", "Failed", "Skipped", "Canceled"})
_BEFORE = {"phase": "Pending", "reason": "AwaitingNeeds"}


class Urgency(IntEnum):
    """How much somebody has to do before a step goes on."""

    RUNNING = 0
    STARTING = 1
    BACKOFF = 2
    QUEUED = 3
    TROUBLE = 4
    SUSPENDED = 5
    PERSON = 6


_URGENCIES = {
    "Starting": Urgency.STARTING,
    "NextRound": Urgency.STARTING,
    "VerificationFailed": Urgency.STARTING,
    "AwaitingNeeds": Urgency.STARTING,
    "AwaitingSlot": Urgency.STARTING,
    "Backoff": Urgency.BACKOFF,
    "InfraBackoff": Urgency.BACKOFF,
    "Suspended": Urgency.SUSPENDED,
    "AwaitingInput": Urgency.PERSON,
}


def is_queued(status: Status) -> bool:
    """Whether it waits for what the steps of all Runs share: an Agent, a group, room in the cluster."""
    reason = status.get("reason")
    return reason in {"AwaitingAgent", "AwaitingGroup"} or (reason == "AwaitingSlot" and "queuedTime" in status)


def get_urgency(status: Status) -> Urgency:
    """How much is to be done for a step that has not ended, by itself."""
    if is_queued(status):
        return Urgency.QUEUED
    if status.get("reason"):
        return _URGENCIES.get(status["reason"], Urgency.TROUBLE)
    return Urgency.RUNNING if status["phase"] == "Running" else Urgency.STARTING


@dataclass(frozen=True, slots=True)
class Steps:
    """The statuses of a Run by path, and the graph that they are of."""

    statuses: Mapping[str, Status]
    graph: Graph
    stuck: Container[str] = frozenset()
    """Paths whose child Run waits for something itself."""

    def list_items(self) -> Mapping[str, list[str]]:
        """The items of each fan-out that has any."""
        items: defaultdict[str, list[str]] = defaultdict(list)
        for path in filter(is_item, self.statuses):
            items[get_step_name(path)].append(path)
        return items

    def is_open(self, path: str) -> bool:
        """Whether a path has not ended."""
        return self.get(path)["phase"] not in TERMINAL

    def get(self, path: str) -> Status:
        """A status; of a step that no operator has written yet too."""
        return self.statuses.get(path, _BEFORE)

    def list_before(self, name: str) -> Iterator[str]:
        """The steps that have not ended and have to before this one; those of `finally` come after all others."""
        before = list(self.graph.steps[name].needs or ())
        if name in self.graph.finals:
            before += [other for other in self.graph.order if other not in self.graph.finals]
        return (other for other in before if other in self.graph.steps and self.is_open(other))

    def get_urgency(self, path: str) -> Urgency:
        """How much is to be done for a path that nothing holds up but itself."""
        return max(get_urgency(self.get(path)), Urgency.TROUBLE if path in self.stuck else Urgency.RUNNING)

    def find_holder(self, name: str) -> str | None:
        """Of the attempts that have the places of a step, the one that gives its own back most easily."""
        active = [path for path in self.statuses if self.get(path).get("pod") and self.is_open(path)]
        for_each = self.graph.steps[name].for_each
        own = [path for path in active if get_step_name(path) == name]
        if for_each is not None and for_each.max_parallel is not None and len(own) >= for_each.max_parallel:
            active = own
        return min(active, key=self.get_urgency, default=None)


def trace_blockers(steps: Steps) -> dict[str, str]:
    """For each path that has not ended the one that it waits for in the end; itself where nothing is before it."""
    roots: dict[str, str] = {}
    items = steps.list_items()
    # Needs come first in the order, so their roots are known.
    for name in filter(steps.is_open, steps.graph.order):
        own = [path for path in items.get(name, ()) if steps.is_open(path)]
        before = list(steps.list_before(name))
        roots |= _find_roots(steps, name, own or ([] if before else [name]))
        if own or before:
            # The one for which most is to be done: the others go on by themselves.
            roots[name] = max((roots[path] for path in own or before), key=steps.get_urgency)
    return roots


def _find_roots(steps: Steps, name: str, paths: Sequence[str]) -> dict[str, str]:
    """What the paths of a step wait for that has no needs left: themselves, or who has their place."""
    slotless = (path for path in paths if steps.get(path).get("reason") == "AwaitingSlot")
    queued = {path for path in slotless if not is_queued(steps.get(path))}
    holder = steps.find_holder(name) if queued else None
    return {path: holder if path in queued and holder else path for path in paths}
