"""Owns which Runs that wait for room were planned since the process began: before all were, no line is known."""

from collections import Counter

from longshore.reconcile.stores import RunStore


class RollCall:
    """The Runs that have still to be planned once; by the time of the first answer, the store has to know all."""

    def __init__(self, runs: RunStore) -> None:
        self._runs = runs
        self._missing: dict[str, str] | None = None
        """Namespaces by uid."""
        self._counts: Counter[str] = Counter()

    def note(self, uid: str) -> str | None:
        """A Run was planned, or is not going to be. Returns the namespace whose last one it was."""
        namespace = self._find_missing().pop(uid, None)
        if namespace is None:
            return None
        self._counts[namespace] -= 1
        return None if self._counts[namespace] else namespace

    def is_complete(self, namespace: str) -> bool:
        """Whether all Runs of a namespace were planned that waited for room when the process began."""
        return not self._find_missing() or not self._counts[namespace]

    def _find_missing(self) -> dict[str, str]:
        if self._missing is None:
            waiting = [run for run in self._runs.summaries() if run.is_waiting and not run.is_foreign]
            self._missing = {run.uid: run.namespace for run in waiting}
            self._counts.update(self._missing.values())
        return self._missing
