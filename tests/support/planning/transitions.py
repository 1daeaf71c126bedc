"""The CRD's transition rules in Python, so that a test without an API server keeps to them.

They say what `longshore.schemas.run_rules` says in CEL; and besides, which reasons go with which phase.
"""

from collections.abc import Callable

from longshore.api.runs import RunStatus
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus

RUN_ENDS = {"Succeeded", "Failed", "Canceled"}
STEP_ENDS = {StepPhase.SUCCEEDED, StepPhase.FAILED, StepPhase.SKIPPED, StepPhase.CANCELED}


STOPS = {
    StepReason.RUN_CANCELED,
    StepReason.RUN_DEADLINE_EXCEEDED,
    StepReason.DEADLINE_EXCEEDED,
    StepReason.PENDING_DEADLINE_EXCEEDED,
    StepReason.IMAGE_PULL_FAILED,
    StepReason.SOURCE_MOVED,
    StepReason.AGENT_DRAINED,
    StepReason.FAIL_FAST,
    StepReason.REPLACED,
}
"""Why a step is to end early; on record before it is done."""
LEAVING = {StepReason.STOPPING, StepReason.NODE_UNREACHABLE, StepReason.AWAITING_ARTIFACTS}
ENDS_OF_RUN = {
    StepReason.RUN_CANCELED,
    StepReason.RUN_DEADLINE_EXCEEDED,
    StepReason.RUN_FAILED,
    StepReason.FAIL_FAST,
    StepReason.REPLACED,
}
SUCCESSES = {StepReason.COMPLETED, StepReason.REUSED, StepReason.MEMOIZED}
NO_FAILURES = ENDS_OF_RUN | LEAVING | SUCCESSES | {StepReason.WHEN_FALSE, StepReason.NEED_SKIPPED}
REASONS: dict[StepPhase, Callable[[StepReason | None], bool]] = {
    StepPhase.PENDING: lambda reason: reason not in {None, StepReason.AWAITING_ARTIFACTS},
    StepPhase.RUNNING: lambda reason: reason is not StepReason.COMPLETED,
    StepPhase.SUCCEEDED: lambda reason: reason in SUCCESSES,
    StepPhase.FAILED: lambda reason: reason is not None and reason not in NO_FAILURES,
    StepPhase.SKIPPED: lambda reason: (
        reason is not None and reason in NO_FAILURES | {StepReason.NEED_FAILED, StepReason.NO_ITEMS}
    ),
    StepPhase.CANCELED: lambda reason: reason in ENDS_OF_RUN,
}


def check_transition(old: RunStatus, new: RunStatus) -> None:
    """Fails where the API server would refuse the write."""
    assert old.phase is None or new.phase is not None
    assert old.phase not in RUN_ENDS or new.phase == old.phase, f"the Run was {old.phase}, is {new.phase}"
    assert old.phase != "Running" or new.phase != "Queued"
    assert set(old.steps) <= set(new.steps), "a step's entry is gone"
    for name, status in new.steps.items():
        assert REASONS[status.phase](status.reason), f"{name}: {status.phase} for {status.reason}"
    for name, before in old.steps.items():
        _check_step(name, before, new.steps[name])


def _check_step(name: str, old: StepStatus, new: StepStatus) -> None:
    assert new.attempt >= old.attempt, f"{name}: attempt went down"
    if new.attempt != old.attempt:
        return
    if old.phase in STEP_ENDS:
        ends = [(status.phase, status.reason, status.exit_code, status.outputs) for status in (old, new)]
        assert ends[0] == ends[1], f"{name}: an end changed: {ends}"
    assert old.phase is not StepPhase.RUNNING or new.phase is not StepPhase.PENDING, f"{name}: went back"
