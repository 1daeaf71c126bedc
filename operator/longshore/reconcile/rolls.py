"""Owns which Runs are still to be planned since this process began to lead. Must not plan any.

Before all have said what they wait for, nobody knows whose turn it is.
"""

from collections import defaultdict
from collections.abc import Callable

from longshore.reconcile.stores import RunStore

FIRST_PATIENCE = 5.0
"""Seconds until it is plain that there is no Run to plan."""
PATIENCE = 60.0
"""Seconds after which whoever can't be planned is waited for no more."""


class Roll:
    """Calls the Runs that go on, namespace by namespace; each has to answer once."""

    def __init__(self, runs: RunStore, clock: Callable[[], float]) -> None:
        self._runs = runs
        self._clock = clock
        self._began: float | None = None
        self._missing: dict[str, set[str]] | None = None
        """By namespace; None: no Run was planned yet, and so not all of them may be known."""

    def note(self, namespace: str, uid: str) -> bool:
        """A Run was planned, or goes on no more. Returns whether all of its namespace are through by that."""
        if self._missing is None:
            self._missing = self._call()
        missing = self._missing.get(namespace, set())
        missing.discard(uid)
        if missing:
            return False
        return self._missing.pop(namespace, None) is not None

    def find_delay(self, namespace: str) -> float:
        """Seconds for which to wait for Runs of a namespace at most; 0: all are through."""
        if self._began is None:
            self._began = self._clock()
        waited = self._clock() - self._began
        if self._missing is None:
            return max(0.0, FIRST_PATIENCE - waited)
        return max(0.0, PATIENCE - waited) if namespace in self._missing else 0.0

    def _call(self) -> dict[str, set[str]]:
        missing: defaultdict[str, set[str]] = defaultdict(set)
        for run in self._runs.summaries():
            if not run.is_finished and not run.is_foreign:
                missing[run.namespace].add(run.uid)
        return dict(missing)
