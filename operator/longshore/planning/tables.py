"""Owns the statuses of a Run by path, with a note of those that have failed: every path asks for them again.

One that had to make way for another counts as failed: it has not done what others build upon. What is set to what
it is already stays the very same object, so that later on only what has changed is looked at.

Must not decide what follows from a failure.
"""

from collections.abc import Mapping

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.names import get_step_name


class StatusTable(dict[str, StepStatus]):
    """The statuses by path. Set one, or put several: other ways to change a dict would not be noted."""

    def __init__(self, statuses: Mapping[str, StepStatus]) -> None:
        super().__init__()
        self._failed: dict[str, set[str]] = {}
        self._items: dict[str, list[str]] = {}
        self.put(statuses)

    def __setitem__(self, path: str, status: StepStatus) -> None:
        known = self.get(path)
        if known is status or known == status:
            return
        super().__setitem__(path, status)
        if known is None and path.endswith("]"):
            self._items.setdefault(get_step_name(path), []).append(path)
        if is_failure(status):
            self._failed.setdefault(get_step_name(path), set()).add(path)
        elif failed := self._failed.get(get_step_name(path)):
            failed.discard(path)

    def put(self, statuses: Mapping[str, StepStatus]) -> None:
        """Set several."""
        for path, status in statuses.items():
            self[path] = status

    def copy(self) -> "StatusTable":
        """The same, to go on from."""
        table = StatusTable({})
        table.update(self)
        table._failed = {name: set(paths) for name, paths in self._failed.items()}
        table._items = {name: list(paths) for name, paths in self._items.items()}
        return table

    def list_items(self, name: str) -> list[str]:
        """The paths of a fan-out's items, or slices of them, in the order in which they came."""
        return list(self._items.get(name, ()))

    def has_failure(self, name: str) -> bool:
        """Whether a step or one of its items has failed."""
        return bool(self._failed.get(name))

    def list_failed(self) -> list[str]:
        """The steps that have failed; of a fan-out the whole."""
        return [name for name, paths in self._failed.items() if name in paths]


def is_failure(status: StepStatus) -> bool:
    """Whether the step failed, or was replaced."""
    is_replaced = status.phase is StepPhase.CANCELED and status.reason is StepReason.REPLACED
    return is_replaced or status.phase is StepPhase.FAILED
