"""Owns what the artifacts of an attempt make of its end: it counts once the archive has them, or never will.

Each wait has an end of its own, whatever the archive does. Must not start attempts.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from longshore.api.archives import Archived
from longshore.api.step_statuses import StepReason
from longshore.api.steps import Step
from longshore.planning.attempts.outcomes import Failed, Fault, Outcome, Succeeded, shorten
from longshore.planning.pods import Container, Pod

PATIENCE = timedelta(minutes=10)
"""How long a success waits for the archive, which may be moving to another node: to repeat the step costs more."""
SEAL = timedelta(seconds=60)
"""How long the archive may take to judge what it has got."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The container has ended, and the archive has not said yet that it has what that left."""


def seal_outcome(step: Step, pod: Pod, outcome: Outcome, deadline: datetime, now: datetime) -> Outcome | Unsealed:
    """What an outcome comes to by what the archive says, or after `deadline` without it."""
    if not _leaves_artifacts(step, pod) or not _is_own_end(outcome):
        return outcome
    if pod.archived is not None:
        return _judge(pod, outcome, pod.archived)
    if isinstance(outcome, Failed) and step.debug is not None:
        return outcome  # people are to look into the pod now, and it ends long after
    if now < deadline:
        return Unsealed()
    return _give_up(pod, outcome) if isinstance(outcome, Succeeded) else outcome


def find_seal_deadline(pod: Pod, patience: timedelta) -> datetime:
    """Until when the archive may say what it has; what was not sent by the sidecar's end never will be."""
    ends = [container.ended for container in (pod.step, pod.sidecar) if container and container.ended]
    last = max((ended.finished for ended in ends if ended.finished), default=pod.created)
    return last + (min(patience, SEAL) if _has_failed(pod.sidecar) else patience)


def find_patience(pod: Pod, upload: timedelta) -> timedelta:
    """How long an end that nobody hurries waits for the archive."""
    is_success = pod.step.ended is not None and pod.step.ended.exit_code == 0
    return PATIENCE if is_success else upload + SEAL


def _leaves_artifacts(step: Step, pod: Pod) -> bool:
    return bool(step.artifacts) and pod.step.ended is not None and pod.step.has_run


def _is_own_end(outcome: Outcome) -> bool:
    """Whether the step itself came to this: what the infrastructure broke off left nothing to wait for."""
    return isinstance(outcome, Succeeded) or (isinstance(outcome, Failed) and outcome.fault is Fault.STEP)


def _judge(pod: Pod, outcome: Outcome, archived: Archived) -> Outcome:
    """A failure stays what it is; a success is one only with all that it had to leave."""
    match outcome:
        case Succeeded(ended=ended) if archived.artifacts != "Stored":
            reason, fault = _find_reason(pod, archived)
            text = archived.message or f"not there: {', '.join(archived.missing)}"
            return Failed(reason, fault, shorten(text + _quote(pod.sidecar)), ended, tests=archived.tests)
        case Failed() if archived.artifacts == "Full":
            return _blame_room(pod, outcome, archived)
        case Succeeded() | Failed():
            return replace(outcome, tests=archived.tests)
        case _:
            return outcome


def _blame_room(pod: Pod, failure: Failed, archived: Archived) -> Failed:
    """Who writes to the claim itself may have failed of it; who is sent for did not notice."""
    is_own = pod.sidecar is not None or failure.reason is not StepReason.ERROR
    reason = failure.reason if is_own else StepReason.STORAGE_FULL
    message = shorten("; ".join(filter(None, [failure.message, archived.message])))
    return replace(failure, reason=reason, message=message, tests=archived.tests)


def _find_reason(pod: Pod, archived: Archived) -> tuple[StepReason, Fault]:
    """Why a success is none. What it did not write is its own fault, what was not sent is not."""
    if archived.artifacts == "Full":
        return StepReason.STORAGE_FULL, Fault.STEP
    is_unwritten = bool(archived.missing) and not _has_failed(pod.sidecar)
    return StepReason.ARTIFACT_LOST, Fault.STEP if is_unwritten else Fault.INFRASTRUCTURE


def _give_up(pod: Pod, success: Succeeded) -> Failed:
    text = "the archive did not say that it has the artifacts; see: kubectl describe deployment archive"
    if _has_failed(pod.sidecar):
        text = "the artifacts did not reach the archive"
    message = shorten(text + _quote(pod.sidecar))
    return Failed(StepReason.ARTIFACT_LOST, Fault.INFRASTRUCTURE, message, success.ended)


def _has_failed(sidecar: Container | None) -> bool:
    return sidecar is not None and sidecar.ended is not None and sidecar.ended.exit_code != 0


def _quote(sidecar: Container | None) -> str:
    """What the sidecar says of its failure."""
    if sidecar is None or sidecar.ended is None or not _has_failed(sidecar):
        return ""
    return f": {sidecar.ended.message.strip() or f'the sidecar ended with exit code {sidecar.ended.exit_code}'}"
