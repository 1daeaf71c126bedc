"""Owns what a change of a Run means for others: its Workflow counts it, and once finished it may go."""

from longshore.handlers.events import Marks
from longshore.planning.runs.summaries import RunSummary


class RunChanges:
    """Marks whom a change concerns, whether a watch told of it or we wrote it ourselves."""

    def __init__(self, workflow_queue: Marks, retention_queue: Marks) -> None:
        self._workflow_queue = workflow_queue
        self._retention_queue = retention_queue

    def see(self, old: RunSummary | None, new: RunSummary | None) -> None:
        """A Run came, where there is no `old`, went, where there is no `new`, or is another now."""
        run = new or old
        if run is None or (old is not None and new is not None and old.phase == new.phase):
            return
        if run.workflow and not run.owner:
            self._workflow_queue.mark(f"{run.namespace}/{run.workflow}")
        if run.is_finished and run.ttl is not None:
            self._retention_queue.mark(run.uid)
