"""Owns whether another attempt follows a failed one, and when. The infrastructure's faults count apart.

That people move steps off an Agent is nobody's fault: it counts for itself, and no limit ends it.
"""

from datetime import datetime, timedelta

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Backoff, Retry
from longshore.errors import ExpressionError
from longshore.planning.attempts.outcomes import Failed, Fault, shorten
from longshore.planning.expressions.expressions import evaluate_condition
from longshore.planning.times import parse_time, write_time

INFRA_BACKOFF = Backoff(seconds=2, factor=2, max_seconds=60)
# The same pod again would fail the same way.
NEVER_RETRIED = frozenset({
    StepReason.IMAGE_PULL_FAILED,
    StepReason.POD_REJECTED,
    StepReason.VOLUME_REJECTED,
    StepReason.CHILD_REJECTED,
    StepReason.DEPTH_EXCEEDED,
    StepReason.NAME_CONFLICT,
    StepReason.EXPRESSION_FAILED,
    StepReason.STORAGE_FULL,
})  # fmt: skip


def plan_failure(retry: Retry, status: StepStatus, failure: Failed, now: datetime) -> StepStatus:
    """What a failed attempt comes to: the next attempt, which waits for its backoff, or the step's failure."""
    ended = failure.ended
    failed = status.model_copy(
        update={
            "phase": StepPhase.FAILED,
            "reason": failure.reason,
            "message": failure.message or None,
            "exit_code": ended.exit_code if ended else None,
            "start_time": write_time(ended.started) if ended and ended.started else status.start_time,
            "completion_time": write_time(ended.finished if ended and ended.finished else now),
            "outputs": failure.outputs or None,
            "tests": failure.tests,
        }
    )
    try:
        is_retried = _is_retried(retry, failed, failure)
    except ExpressionError as error:
        parts = (failure.message, f"retry.when: {error}")
        return failed.model_copy(update={"message": shorten("; ".join(filter(None, parts)))})
    return _build_next(failed, failure) if is_retried else failed


def find_retry_time(retry: Retry, status: StepStatus) -> datetime | None:
    """When the next attempt of a step in backoff is due."""
    if status.completion_time is None:
        return None
    ended = parse_time(status.completion_time)
    if status.reason is StepReason.INFRA_BACKOFF:
        return ended + find_delay(INFRA_BACKOFF, max(status.infra_retries, 1))
    return ended + find_delay(retry.backoff, status.retries)


def find_delay(backoff: Backoff, retries: int) -> timedelta:
    """How long to wait before the retry with this number, counted from 1."""
    # Past 2**30 every delay is at its maximum; larger powers only cost time.
    seconds = backoff.seconds * backoff.factor ** min(retries - 1, 30)
    return timedelta(seconds=min(seconds, backoff.max_seconds))


def _is_retried(retry: Retry, failed: StepStatus, failure: Failed) -> bool:
    if failure.reason in NEVER_RETRIED:
        return False
    if failure.reason is StepReason.AGENT_DRAINED:
        return True
    if failure.fault is Fault.INFRASTRUCTURE:
        return failed.infra_retries < retry.infra_limit
    if failed.retries >= retry.limit:
        return False
    scope = {"exitCode": failed.exit_code, "reason": failure.reason.value, "attempt": failed.attempt}
    return retry.when is None or evaluate_condition(retry.when, scope)


def _build_next(failed: StepStatus, failure: Failed) -> StepStatus:
    """The next attempt. It keeps the last one's end, from which the backoff counts."""
    is_infra, is_moved = failure.fault is Fault.INFRASTRUCTURE, failure.reason is StepReason.AGENT_DRAINED
    is_late = failure.reason is StepReason.PENDING_DEADLINE_EXCEEDED
    code = "" if failed.exit_code is None else f", exit code {failed.exit_code}"
    return failed.model_copy(
        update={
            "phase": StepPhase.PENDING,
            "reason": StepReason.INFRA_BACKOFF if is_infra else StepReason.BACKOFF,
            "message": shorten(f"attempt {failed.attempt} failed ({failure.reason}{code}): {failure.message}"),
            "attempt": failed.attempt + 1,
            "retries": failed.retries + (not is_infra),
            "infra_retries": failed.infra_retries + (is_infra and not is_moved),
            "moves": failed.moves + is_moved,
            "agent": failed.agent if is_late else None,
            "pod": None,
            "run": None,
            "node": None,
            "queued_time": None,
            "ungated_time": None,
            "start_time": None,
            "outputs": None,
            "tests": None,
        }
    )
