"""Owns how long places in ConcurrencyGroups take from one pod to the next, for the metric. Decides nothing."""

from collections.abc import Iterable
from time import monotonic


class Handovers:
    """When exits were seen that set places free, by the Run that the place went to."""

    def __init__(self) -> None:
        self._exits: dict[str, float] = {}
        self._passed: dict[str, float] = {}

    def note_exit(self, uid: str) -> None:
        """A step of a Run ended, just now."""
        self._exits[uid] = monotonic()

    def pass_on(self, freed: Iterable[str], granted: Iterable[str]) -> None:
        """Places of these Runs went to those."""
        exits = [self._exits.pop(uid) for uid in freed if uid in self._exits]
        if exits:
            self._passed.update(dict.fromkeys(granted, min(exits)))

    def take(self, uid: str) -> float | None:
        """Seconds since the exit by which this Run got its place, asked once; None: there was none."""
        seen = self._passed.pop(uid, None)
        return None if seen is None else monotonic() - seen

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone."""
        self._passed.pop(uid, None)
