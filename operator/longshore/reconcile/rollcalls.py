"""Owns which Runs are still to be planned since this process began. Must not plan any.

Before all have said what they wait for, nobody knows whose turn it is.
"""

from collections import Counter
from collections.abc import Callable
from time import monotonic

from longshore.planning.runs.summaries import RunSummary
from longshore.reconcile.stores import RunStore

FIRST_PATIENCE = 5.0
"""Seconds until it is plain that there is no Run to plan."""
PATIENCE = 60.0
"""Seconds after which whoever can't be planned is waited for no more."""


class RollCall:
    """Calls Runs, each of which has to answer once; by the time of the first answer the store has to know all."""

    def __init__(
        self, runs: RunStore, is_called: Callable[[RunSummary], bool], clock: Callable[[], float] = monotonic
    ) -> None:
        self._runs = runs
        self._is_called = is_called
        self._clock = clock
        self._asked: float | None = None
        """When somebody asked first how long to wait."""
        self._missing: dict[str, str] | None = None
        """Namespaces by uid; None: nobody has answered yet."""
        self._counts: Counter[str] = Counter()

    def note(self, uid: str) -> str | None:
        """A Run was planned, or is not going to be. Returns the namespace whose last one it was."""
        namespace = self._find_missing().pop(uid, None)
        if namespace is None:
            return None
        self._counts[namespace] -= 1
        return None if self._counts[namespace] else namespace

    def is_complete(self, namespace: str) -> bool:
        """Whether all of a namespace have answered. Holds the call: the store has to know all."""
        return not self._find_missing() or not self._counts[namespace]

    def find_delay(self, namespace: str) -> float:
        """Seconds for which to wait for a namespace at most; 0: no more. Not all may be known by then."""
        if self._asked is None:
            self._asked = self._clock()
        waited = self._clock() - self._asked
        if self._missing is None:
            return max(0.0, FIRST_PATIENCE - waited)
        return 0.0 if self.is_complete(namespace) else max(0.0, PATIENCE - waited)

    def _find_missing(self) -> dict[str, str]:
        if self._missing is None:
            self._missing = {run.uid: run.namespace for run in self._runs.summaries() if self._is_called(run)}
            self._counts.update(self._missing.values())
        return self._missing


def is_awaiting_room(run: RunSummary) -> bool:
    """Whether an attempt of a Run waits for an Agent, by what is on record."""
    return run.is_waiting and not run.is_foreign


def is_going_on(run: RunSummary) -> bool:
    """Whether a Run may have anything to do with ConcurrencyGroups."""
    return not run.is_finished and not run.is_foreign
