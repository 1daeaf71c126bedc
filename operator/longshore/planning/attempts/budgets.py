"""Owns how much the outputs of a Run's steps may hold together. Must not know what one step may write.

The status is one object, which is sent anew to all who watch it with each of its writes.
"""

import json
from collections.abc import Mapping
from functools import cached_property

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.planning.attempts.attempts import TERMINAL

MAX_OUTPUT_BYTES = 128 * 1024
"""Bytes of JSON."""


class OutputBudget:
    """What is left for the outputs of steps that end, given those that ended before."""

    def __init__(self, statuses: Mapping[str, StepStatus]) -> None:
        self._statuses = dict(statuses)
        self._added = 0

    def charge(self, status: StepStatus) -> StepStatus:
        """The status of a step that has just ended: failed where its outputs are too much.

        A slice has outputs although it failed: those of its items that did not.
        """
        size = _measure(status)
        if status.phase not in TERMINAL or not size:
            return status
        if self._before + self._added + size > MAX_OUTPUT_BYTES:
            message = (
                f"the outputs of this Run's steps would have more than {MAX_OUTPUT_BYTES:,} bytes together;"
                " leave large results as an artifact"
            )
            failed = {"phase": StepPhase.FAILED, "reason": StepReason.OUTPUTS_TOO_LARGE, "message": message}
            return status.model_copy(update={**failed, "outputs": None})
        self._added += size
        return status

    @cached_property
    def _before(self) -> int:
        return sum(map(_measure, self._statuses.values()))


def _measure(status: StepStatus) -> int:
    return len(json.dumps(status.outputs, ensure_ascii=False).encode()) if status.outputs else 0
