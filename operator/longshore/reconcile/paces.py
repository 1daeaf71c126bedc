"""Owns when a status is written: at once, or together with what comes. Must not know what is in it.

Every write of a Run is sent to all who watch it, kopf and people's screens alike, and the API server runs all its
rules over the whole object. So all Runs share a number of writes a second that are not urgent; where few Runs go
on, each has its news on record at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from longshore.cluster.paces import TokenBucket
from longshore.planning.urgencies import Urgency


@dataclass(frozen=True, slots=True)
class Share:
    """Of all Runs together: writes a second in the long run and at once; seconds that each waits, and at most."""

    rate: float
    burst: int
    patience: float
    longest: float


SHARES = {
    Urgency.NEWS: Share(rate=20, burst=20, patience=0, longest=5),
    Urgency.WAITS: Share(rate=5, burst=20, patience=2, longest=10),
}


class StatusPace:
    """Says for each Run, by uid, how long its status may wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets = {urgency: TokenBucket(share.rate, share.burst) for urgency, share in SHARES.items()}
        self._due: dict[str, dict[Urgency, float]] = {}

    def find_delay(self, uid: str, urgency: Urgency) -> float:
        """Seconds until the status is to be written; 0: now."""
        if urgency is Urgency.NOW:
            return 0.0
        now, due = self._clock(), self._due.setdefault(uid, {})
        if urgency not in due:
            due[urgency] = now + self._book(urgency, now)
        return max(0.0, min(due.values()) - now)

    def forget(self, uid: str) -> None:
        """The status is written, or needs no writing any more."""
        self._due.pop(uid, None)

    def _book(self, urgency: Urgency, now: float) -> float:
        share = SHARES[urgency]
        return min(share.patience + self._buckets[urgency].reserve(now), share.longest)
