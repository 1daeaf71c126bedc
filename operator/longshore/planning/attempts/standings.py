"""Owns what a step's status tells of its present attempt. Must not look at anything else."""

from longshore.api.step_statuses import StepReason, StepStatus
from longshore.api.steps import Step


def find_round(status: StepStatus) -> int:
    """Which round of a repeat an attempt belongs to, counted from 0: failures and moves do not count."""
    return max(0, status.attempt - 1 - status.retries - status.infra_retries - status.moves)


def is_decided(step: Step, status: StepStatus) -> bool:
    """Whether the present attempt only goes on with what was decided to run: a retry, or a round of a repeat."""
    if status.attempt == 0:
        return False
    return status.completion_time is not None or (step.repeat is not None and find_round(status) > 0)


def is_made(status: StepStatus) -> bool:
    """Whether the pod or the child Run of the present attempt was made, by what is on record."""
    return status.pod is not None or status.run is not None


def is_started(status: StepStatus) -> bool:
    """Whether the present attempt has begun: its pod or child Run was made, or people are asked."""
    return is_made(status) or status.reason is StepReason.AWAITING_INPUT
