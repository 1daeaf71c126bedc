"""Owns how a step goes on that is in the pod of a step before it: until its turn, in its turn, and when it leaves.

A stretch that shares a pod is split by the first of its steps that does not succeed: those after it leave, and
run in pods of their own. All of it follows from what is on record and what pods say, so a crash loses nothing.
Must not start attempts.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.planning.attempts.attempts import STOPS, TERMINAL
from longshore.planning.pods import STOPPED_FOR_ANOTHER, Pod
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.statuses import build_wait

Turn = Literal["Waits", "Now", "Left"]


def place_attempt(round_: Round, path: str, status: StepStatus) -> tuple[StepStatus, Turn]:
    """A step's status as to the pod that it shares with those before, and whether it is to be looked at now."""
    if not round_.graph.spec.fuse:
        return status, "Now"
    status = _enter(round_, path, status)
    if not _is_guest(round_, path, status):
        return status, "Now"
    turn = _find_turn(round_, path, status)
    if turn == "Waits":
        message = f"waits for {_find_host(round_, path)}"
        return build_wait(status, StepReason.AWAITING_NEEDS, message), turn
    if turn == "Left":
        return status.model_copy(update={"pod": None, "reason": StepReason.AWAITING_NEEDS}), turn
    return status, turn


def find_pod(round_: Round, path: str, status: StepStatus) -> Pod | None:
    """The pod of the attempt, as the step sees it.

    Where it was stopped by another step's deadline, that is the infrastructure's failure to this one.
    """
    name = status.pod or round_.situation.build_attempt(path, max(status.attempt, 1)).pod
    pod, step = round_.observed.find_pod(name, path), round_.get_step(path)
    if pod is None or pod.reason != "DeadlineExceeded" or not pod.has_served:
        return pod
    if status.reason in STOPS or _has_overrun(step, pod):
        return pod
    return replace(pod, reason=STOPPED_FOR_ANOTHER, message="the pod was stopped for a step that had just ended")


def _enter(round_: Round, path: str, status: StepStatus) -> StepStatus:
    """The first attempt is in the pod of the step before, where that says so: the record was lost in a crash."""
    host = _find_host(round_, path)
    if host is None or status.attempt > 0 or status.phase is not StepPhase.PENDING:
        return status
    pod = round_.observed.pods.get(round_.statuses[host].pod or "")
    is_in = pod is not None and path in pod.fused and not round_.has_begun(path, 1)
    return status.model_copy(update={"pod": pod.name, "attempt": 1}) if pod and is_in else status


def _is_guest(round_: Round, path: str, status: StepStatus) -> bool:
    own = round_.situation.build_attempt(path, max(status.attempt, 1)).pod
    return status.pod not in {None, own} and status.phase is StepPhase.PENDING


def _find_host(round_: Round, path: str) -> str | None:
    """The step before: the only one that is needed."""
    needs = round_.get_step(path).needs or ()
    return needs[0] if len(needs) == 1 and needs[0] in round_.statuses else None


def _find_turn(round_: Round, path: str, status: StepStatus) -> Turn:
    host = _find_host(round_, path)
    pod = round_.observed.pods.get(status.pod or "")
    if host is None or (pod is not None and path not in pod.fused):
        return "Left"
    before = round_.statuses[host]
    if before.pod != status.pod or (before.phase in TERMINAL and before.phase is not StepPhase.SUCCEEDED):
        return "Left"
    if before.phase is not StepPhase.SUCCEEDED:
        return "Waits"
    # Of a pod that failed, the step that ran is to blame, and none that never did.
    never_ran = pod is not None and pod.phase == "Failed" and not pod.view(path).step.has_run
    return "Left" if never_ran and status.reason not in STOPS else "Now"


def _has_overrun(step: Step, pod: Pod) -> bool:
    """Whether the step ran longer than it may, whoever stopped it."""
    ended, seconds = pod.step.ended, step.active_deadline_seconds
    if ended is None or ended.started is None or ended.finished is None or seconds is None:
        return False
    return ended.finished - ended.started >= timedelta(seconds=seconds)
