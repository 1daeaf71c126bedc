"""Owns how a step's status is put together when it waits, starts or ends. Must not decide which."""

from collections.abc import Sequence
from datetime import datetime

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.manifests.attempts import Attempt
from longshore.planning.attempts.outcomes import shorten
from longshore.planning.times import write_time

MAX_LISTED = 10
"""How many steps a message names."""


def build_wait(status: StepStatus, reason: StepReason, message: str) -> StepStatus:
    """The step waits, and for what."""
    return status.model_copy(update={"reason": reason, "message": shorten(message)})


def build_started(status: StepStatus, attempt: Attempt, agent: str) -> StepStatus:
    """The attempt's pod is made, on this Agent."""
    return _build_begun(status, attempt.number).model_copy(update={"pod": attempt.pod, "agent": agent})


def build_started_run(status: StepStatus, attempt: int, run: str) -> StepStatus:
    """The attempt's child Run is made."""
    return _build_begun(status, attempt).model_copy(update={"run": run})


def _build_begun(status: StepStatus, attempt: int) -> StepStatus:
    return status.model_copy(
        update={
            "phase": StepPhase.PENDING,
            "reason": StepReason.STARTING,
            "message": None,
            "attempt": attempt,
            "exit_code": None,
            "completion_time": None,
        }
    )


def build_next_attempt(status: StepStatus, reason: StepReason, message: str) -> StepStatus:
    """The step will run again, as its next attempt."""
    return status.model_copy(
        update={
            "phase": StepPhase.PENDING,
            "reason": reason,
            "message": shorten(message),
            "attempt": status.attempt + 1,
            "pod": None,
            "run": None,
            "agent": None,
            "node": None,
            "queued_time": None,
            "ungated_time": None,
            "exit_code": None,
            "start_time": None,
            "completion_time": None,
            "outputs": None,
            "tests": None,
            "artifacts": None,
            "memo": None,
        }
    )


def build_end(
    status: StepStatus, phase: StepPhase, reason: StepReason, now: datetime, message: str | None = None
) -> StepStatus:
    """The step has ended without an attempt of its own."""
    text = shorten(message) if message else None
    return status.model_copy(
        update={"phase": phase, "reason": reason, "message": text, "completion_time": write_time(now)}
    )


def build_failure(status: StepStatus, reason: StepReason, message: str, now: datetime) -> StepStatus:
    """The step has failed without an attempt of its own."""
    return build_end(status, StepPhase.FAILED, reason, now, message)


def list_names(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    rest = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + rest


def write_ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
