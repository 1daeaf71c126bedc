"""Owns when a status is written: at once, or together with what comes. Must not know what is in it.

Every write of a Run is sent to all who watch it, kopf and people's screens alike, and the API server runs all its
rules over the whole object. So all Runs share a number of writes a second that are not urgent; where few Runs go
on, each has its news on record at once. And a large Run rests after each write, as etcd keeps every version whole.
"""

from collections.abc import Callable
from dataclasses import dataclass

from longshore.cluster.paces import TokenBucket
from longshore.planning.runs.urgencies import Urgency


@dataclass(frozen=True, slots=True)
class Share:
    """Of all Runs together: writes a second in the long run and at once; seconds that each waits, and at most."""

    rate: float
    burst: int
    patience: float
    longest: float


SHARES = {
    Urgency.NEWS: Share(rate=5, burst=20, patience=0, longest=10),
    Urgency.WAITS: Share(rate=4, burst=20, patience=2, longest=15),
}


BYTES_RATE = 256 * 1024
"""Bytes a second of one Run's object that are written, in the long run."""
STEP_BYTES = 256
"""What a step's entry takes, about."""
SMALL = 64
"""Steps of a Run that need not rest."""


class StatusPace:
    """Says for each Run, by uid, how long its status may wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets = {urgency: TokenBucket(share.rate, share.burst) for urgency, share in SHARES.items()}
        self._due: dict[str, dict[Urgency, float]] = {}
        self._rested: dict[str, float] = {}

    def find_delay(self, uid: str, urgency: Urgency) -> float:
        """Seconds until the status is to be written; 0: now."""
        if urgency is Urgency.NOW:
            return 0.0
        now, due = self._clock(), self._due.setdefault(uid, {})
        if urgency not in due:
            due[urgency] = max(now + self._book(urgency, now), self._rested.get(uid, now))
        return max(0.0, min(due.values()) - now)

    def note_write(self, uid: str, steps: int) -> None:
        """The status, with so many steps, is written."""
        self._due.pop(uid, None)
        self._rested[uid] = self._clock() + max(0, steps - SMALL) * STEP_BYTES / BYTES_RATE

    def note_rest(self, uid: str) -> None:
        """There is nothing to write any more."""
        self._due.pop(uid, None)

    def forget(self, uid: str) -> None:
        """The Run has ended, or is gone."""
        self._due.pop(uid, None)
        self._rested.pop(uid, None)

    def _book(self, urgency: Urgency, now: float) -> float:
        share = SHARES[urgency]
        return min(share.patience + self._buckets[urgency].reserve(now), share.longest)
