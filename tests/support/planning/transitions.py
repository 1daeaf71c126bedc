"""The CRD's transition rules in Python, so that a test without an API server keeps to them.

They say what `longshore.schemas.run_rules` says in CEL.
"""

from longshore.api.runs import RunStatus, StepPhase, StepStatus

RUN_ENDS = {"Succeeded", "Failed", "Canceled"}
STEP_ENDS = {StepPhase.SUCCEEDED, StepPhase.FAILED, StepPhase.SKIPPED, StepPhase.CANCELED}


def check_transition(old: RunStatus, new: RunStatus) -> None:
    """Fails where the API server would refuse the write."""
    assert old.phase is None or new.phase is not None
    assert old.phase not in RUN_ENDS or new.phase == old.phase, f"the Run was {old.phase}, is {new.phase}"
    assert old.phase != "Running" or new.phase != "Queued"
    assert set(old.steps) <= set(new.steps), "a step's entry is gone"
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
