"""Owns what of a Run's status has to be written, and how soon. Must not know when it is.

What is planned follows from what is on record and from pods, so most of a status may come late: a crash meanwhile
repeats nothing. Late means fewer: a short step's start and end, or the ends of many items, then share one write.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any

from longshore.api.runs import RunStatus
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.names import is_slice
from longshore.planning.attempts.attempts import STOPS, TERMINAL
from longshore.planning.attempts.standings import is_made
from longshore.planning.patches import build_merge_patch

_QUIET = dict.fromkeys(
    ("phase", "reason", "message", "start_time", "node", "exit_code", "completion_time", "outputs")
)


class Urgency(IntEnum):
    """How soon; the higher, the sooner."""

    WAITS = 0
    """Attempts merely start, run or wait for something else."""
    NEWS = 1
    """Attempts have begun or ended."""
    NOW = 2
    """What is done next stands on it being on record, or people wait for it."""


def build_status_patch(raw: Mapping[str, Any], old: RunStatus, new: RunStatus) -> dict[str, Any]:
    """What turns the status as the API server has it, which was read as `old`, into `new`, as a merge patch.

    Steps that have not changed are not looked at: there may be a thousand of them.
    """
    changed = list_changed(old, new)
    known = {path: step for path in changed if (step := raw.get("steps", {}).get(path)) is not None}
    steps = {path: new.steps[path] for path in changed if path in new.steps}
    before = {**raw, "steps": known} if "steps" in raw else raw
    after = new.model_copy(update={"steps": steps}) if new.steps else new
    return build_merge_patch(before, after.to_json())


def find_urgency(old: RunStatus, new: RunStatus) -> Urgency:
    """How soon what has changed is to be written."""
    if any(find(old) != find(new) for find in (_without_steps, _list_stops, _list_slices)):
        return Urgency.NOW
    changed = list_changed(old, new)
    return Urgency.NEWS if _without_waits(old, changed) != _without_waits(new, changed) else Urgency.WAITS


def list_changed(old: RunStatus, new: RunStatus) -> list[str]:
    """The paths of which the two tell differently, or may: a plan leaves what has not changed the same object."""
    steps = [path for path, step in new.steps.items() if old.steps.get(path) is not step]
    return [*steps, *(old.steps.keys() - new.steps.keys())]


def _without_steps(status: RunStatus) -> RunStatus:
    return status.model_copy(update={"steps": {}, "progress": None, "message": None})


def _list_slices(status: RunStatus) -> set[str | None]:
    """A slice begins once it is on record: it reads there what came before it."""
    return {step.run for path, step in status.steps.items() if is_slice(path)}


def _list_stops(status: RunStatus) -> set[tuple[str, str]]:
    """What is to end early: it is acted on only once it is on record."""
    return {
        (path, step.reason)
        for path, step in status.steps.items()
        if step.reason in STOPS and step.phase not in TERMINAL
    }


def _without_waits(status: RunStatus, paths: Iterable[str]) -> dict[str, StepStatus]:
    live = {step.pod for step in status.steps.values() if step.phase not in TERMINAL} - {None}
    return {path: _quieten(status.steps[path], live) for path in paths if path in status.steps}


def _quieten(step: StepStatus, live: set[str | None]) -> StepStatus:
    """The step without what may come late: that it waits for an Agent is news, and what is the matter is not."""
    if step.reason is StepReason.AWAITING_AGENT:
        return step.model_copy(update={"message": None})
    return step.model_copy(update=_QUIET) if _goes_on(step, live) else step


def _goes_on(step: StepStatus, live: set[str | None]) -> bool:
    """Whether an attempt goes on, or was well in a pod that goes on with others: that starts nothing new."""
    is_within = step.phase is StepPhase.SUCCEEDED and step.pod in live
    return is_within or (step.phase not in TERMINAL and is_made(step))
