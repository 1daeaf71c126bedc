"""Owns letting Runs start where there is room: keeps the line up to date, and marks who may leave it.

Must not decide who that is, nor write: the Run's own reconcile does. What it keeps is made anew from the Runs.
"""

from collections.abc import Callable

from longshore.planning.runs.admissions import Limits, Wait, find_wait, plan_admission
from longshore.planning.runs.lines import Line
from longshore.planning.runs.summaries import RunSummary
from longshore.reconcile.stores import RunStore


class Admissions:
    """The line in front of the limits; without limits it does nothing, and costs nothing."""

    def __init__(self, runs: RunStore, limits: Limits) -> None:
        self._runs = runs
        self._limits = limits
        self._line: Line | None = None
        self._mark: Callable[[str], None] = lambda _: None

    def start(self, mark: Callable[[str], None]) -> None:
        """Have `mark` called with the uid of each Run that may start from then on."""
        if self._limits.is_set:
            self._mark = mark
            self._runs.listen(self._see)

    @property
    def is_limited(self) -> bool:
        """Whether a Run may have to wait for others."""
        return self._limits.is_set

    def find_wait(self, uid: str) -> Wait | None:
        """Why a Run that has not started may not do so now; None: it may."""
        summary = self._runs.get_summary(uid)
        if summary is None or self._line is None:
            return None
        return find_wait(summary, self._line, self._limits)

    def _see(self, old: RunSummary | None, new: RunSummary | None) -> None:
        """Take in a change. Before the first, the store knew all Runs: with fewer there would seem to be room."""
        if self._line is None:
            self._line = Line(self._runs.summaries())
        elif not (self._line.update(new) if new else old and self._line.remove(old.uid)):
            return
        for uid in plan_admission(self._line, self._limits):
            self._line.start(uid)
            self._mark(uid)
