"""Owns how soon a status has to be written. Must not know when it is.

What is planned follows from what is on record and from pods, so most of a status may come late: a crash meanwhile
repeats nothing. Late means fewer: a short step's start and end, or the ends of many items, then share one write.
"""

from enum import IntEnum

from longshore.api.runs import RunStatus, StepPhase, StepReason, StepStatus
from longshore.names import is_slice
from longshore.planning.attempts import STOPS, TERMINAL
from longshore.planning.rounds import is_made

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


def find_urgency(old: RunStatus, new: RunStatus) -> Urgency:
    """How soon what has changed is to be written."""
    if any(find(old) != find(new) for find in (_without_steps, _list_stops, _list_slices)):
        return Urgency.NOW
    return Urgency.NEWS if _without_waits(old) != _without_waits(new) else Urgency.WAITS


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


def _without_waits(status: RunStatus) -> RunStatus:
    live = {step.pod for step in status.steps.values() if step.phase not in TERMINAL} - {None}
    steps = {path: _quieten(step, live) for path, step in status.steps.items()}
    return status.model_copy(update={"steps": steps, "message": None, "progress": None})


def _quieten(step: StepStatus, live: set[str | None]) -> StepStatus:
    """The step without what may come late: that it waits for an Agent is news, and what is the matter is not."""
    if step.reason is StepReason.AWAITING_AGENT:
        return step.model_copy(update={"message": None})
    return step.model_copy(update=_QUIET) if _goes_on(step, live) else step


def _goes_on(step: StepStatus, live: set[str | None]) -> bool:
    """Whether an attempt goes on, or was well in a pod that goes on with others: that starts nothing new."""
    is_within = step.phase is StepPhase.SUCCEEDED and step.pod in live
    return is_within or (step.phase not in TERMINAL and is_made(step))
