"""Owns which caches go when there are too many: those that nobody has used for longest. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A cache: its key, its bytes, and when it was last used, as text that sorts."""

    key: str
    size: int
    used: str


def plan_evictions(entries: Iterable[Entry], limit: int) -> list[Entry]:
    """Those that go so that the rest has at most `limit` bytes."""
    ordered = sorted(entries, key=lambda entry: (entry.used, entry.key))
    total = sum(entry.size for entry in ordered)
    evicted = []
    for entry in ordered:
        if total <= limit:
            break
        evicted.append(entry)
        total -= entry.size
    return evicted
