"""How many pods ran at once, by the start and end that their containers say. Asks nobody but the pods."""

from collections.abc import Iterable, Iterator
from typing import Any

from longshore.planning.times import parse_time

Pod = dict[str, Any]


def count_most(pods: Iterable[Pod]) -> int:
    """How many containers ran at the same time at most; one that ends as another starts makes way for it."""
    changes = sorted(change for pod in pods for change in _list_changes(pod))
    active = most = 0
    for _, change in changes:
        active += change
        most = max(most, active)
    return most


def _list_changes(pod: Pod) -> Iterator[tuple[float, int]]:
    for container in pod.get("status", {}).get("containerStatuses", ()):
        state = container.get("state", {})
        ended, running = state.get("terminated"), state.get("running")
        if ended and ended.get("startedAt"):
            yield parse_time(ended["startedAt"]).timestamp(), 1
            yield parse_time(ended["finishedAt"]).timestamp(), -1
        elif running:
            yield parse_time(running["startedAt"]).timestamp(), 1
