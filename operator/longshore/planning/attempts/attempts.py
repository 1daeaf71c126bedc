"""Owns how the attempt that a step is at goes on: what its pod says, its deadlines, and how it is ended early.

An early end is recorded first (the reason, while the phase stays), then done: so a crash between any two calls
forgets neither why nor what. Must not start attempts.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from longshore.api.runs import Run
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Retry, Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.pods import GRACE_PERIOD_SECONDS, PENDING_DEADLINE_SECONDS
from longshore.names import CHECKOUT_CONTAINER
from longshore.planning.attempts.losses import explain_absence
from longshore.planning.attempts.outcomes import (
    Failed,
    Fault,
    Running,
    Succeeded,
    Waiting,
    observe_outcome,
    shorten,
)
from longshore.planning.attempts.retries import plan_failure
from longshore.planning.attempts.seals import Unsealed, find_patience, find_seal_deadline, seal_outcome
from longshore.planning.observations import ArchiveUse
from longshore.planning.plans import Action, DeletePod, StopPod
from longshore.planning.pods import NEVER_RAN, Pod
from longshore.planning.pools.agents import AgentView, build_demand, can_take
from longshore.planning.pools.nodes import Node
from longshore.planning.times import parse_time, write_time

TERMINAL = frozenset({StepPhase.SUCCEEDED, StepPhase.FAILED, StepPhase.SKIPPED, StepPhase.CANCELED})
HALTS = frozenset({StepReason.RUN_CANCELED, StepReason.RUN_DEADLINE_EXCEEDED})
CANCELS = HALTS | {StepReason.FAIL_FAST, StepReason.REPLACED}
STOPS = CANCELS | {
    StepReason.DEADLINE_EXCEEDED,
    StepReason.PENDING_DEADLINE_EXCEEDED,
    StepReason.IMAGE_PULL_FAILED,
    StepReason.SOURCE_MOVED,
    StepReason.AGENT_DRAINED,
}
_FAULTLESS = frozenset({StepReason.SOURCE_MOVED, StepReason.AGENT_DRAINED})
"""Early ends that are none of the step's fault."""
KILL_GRACE_SECONDS = 1
_COMMIT = re.compile("[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Situation:
    """What the attempts of a Run have in common."""

    run: Run
    now: datetime
    halt: StepReason | None = None
    """Why everything that runs is to end, where it is."""
    archive: ArchiveUse | None = None
    """None: namespaces have none."""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """Those of its pods, by name, as far as anything is known of them."""
    agents: Mapping[str, AgentView] = field(default_factory=dict)
    """Those of its namespace, by name."""
    halt_message: str = ""

    def build_attempt(self, path: str, number: int) -> Attempt:
        """The attempt of a step of this Run."""
        metadata, reference = self.run.metadata, self.run.spec.workflow_ref
        workflow, queue = reference.name if reference else "", self.run.spec.queue_name or ""
        return Attempt(metadata.namespace, metadata.name, metadata.uid, workflow, path, number, queue)


def follow_attempt(step: Step, status: StepStatus, pod: Pod | None, situation: Situation) -> StepStatus:
    """The step's status after a look at its attempt's pod, which has been created (None: it is gone)."""
    now = situation.now
    if pod is None:
        reason, message = explain_absence(status.pod, situation.nodes.get(status.node or ""))
        return end_attempt(step, status, Failed(reason, Fault.INFRASTRUCTURE, message), situation)
    status = status.model_copy(
        update={
            "pod": pod.name,
            "agent": pod.agent or None,
            "node": pod.node or None,
            "attempt": max(status.attempt, 1),
            "ungated_time": _find_ungated_time(status, pod, now),
        }
    )
    if status.reason is StepReason.AWAITING_ARTIFACTS:
        pod = pod.forget_fate()
    outcome = observe_outcome(pod, step.outputs or [], now, situation.nodes.get(pod.node))
    match seal_outcome(step, pod, outcome, find_seal_time(status, pod, situation), now):
        case Unsealed():
            return _await_artifacts(status, pod, situation)
        case Waiting() as waiting:
            return _wait(step, status, pod, waiting, situation)
        case Running() as running:
            return _run(step, status, pod, running, situation)
        case Succeeded() | Failed(fault=Fault.STEP) as end if move := _find_move(pod, situation):
            # It was over before it could be stopped; what it did is not what the Run is about.
            return end_attempt(
                step, status, Failed(StepReason.SOURCE_MOVED, Fault.INFRASTRUCTURE, move, end.ended), situation
            )
        case Succeeded() as success:
            return succeed_attempt(status, success, now)
        case Failed() as failure:
            return end_attempt(step, status, failure, situation)


def plan_stop(step: Step, status: StepStatus, pod: Pod | None, situation: Situation) -> Iterator[Action]:
    """How a pod is ended whose early end is recorded in the persisted `status`."""
    if pod is None or status.reason not in STOPS or status.phase in TERMINAL or pod.step.ended:
        return
    is_waiting = pod.step.running is None and not pod.has_served
    is_immediate = situation.run.spec.cancel == "Immediate" and status.reason in CANCELS
    is_immediate |= pod.kill_at is not None and situation.now >= pod.kill_at
    if is_waiting or is_immediate:
        grace = KILL_GRACE_SECONDS if is_immediate else None
        is_slower = grace is not None and (pod.deletion_grace or 0) > grace
        if pod.deleted is None or is_slower:
            yield DeletePod(pod.name, pod.uid, grace)
    elif not is_stopped(pod):
        # Unlike a delete, this leaves the pod's log and exit code.
        grace = GRACE_PERIOD_SECONDS if step.grace_period_seconds is None else step.grace_period_seconds
        yield StopPod(pod.name, pod.uid, situation.now + timedelta(seconds=grace) if pod.sidecar else None)


def find_recorded_stop(status: StepStatus, situation: Situation) -> tuple[StepReason, str] | None:
    """Why an attempt is to end early: a cancel beats all, and what is recorded stays."""
    if situation.halt is not None and status.reason not in CANCELS:
        return situation.halt, situation.halt_message
    return (status.reason, status.message or "") if status.reason in STOPS else None


def record_stop(status: StepStatus, reason: StepReason, message: str = "") -> StepStatus:
    """The attempt is to end early, which the next plan does."""
    if status.reason is reason:
        return status
    return status.model_copy(update={"reason": reason, "message": message or None})


def succeed_attempt(status: StepStatus, success: Succeeded, now: datetime) -> StepStatus:
    """A good end."""
    ended = success.ended
    return status.model_copy(
        update={
            "phase": StepPhase.SUCCEEDED,
            "reason": StepReason.COMPLETED,
            "message": None,
            "exit_code": ended.exit_code if ended else None,
            "start_time": write_time(ended.started) if ended and ended.started else status.start_time,
            "completion_time": write_time(ended.finished if ended and ended.finished else now),
            "outputs": success.outputs or None,
            "tests": success.tests,
        }
    )


def end_attempt(step: Step, status: StepStatus, failure: Failed, situation: Situation) -> StepStatus:
    """A failed attempt; where its early end was recorded, that is why."""
    now = situation.now
    if status.reason in CANCELS:
        ended = failure.ended
        return status.model_copy(
            update={
                "phase": StepPhase.CANCELED,
                "message": None if status.reason in HALTS else status.message,
                "exit_code": ended.exit_code if ended else None,
                "completion_time": write_time(ended.finished if ended and ended.finished else now),
            }
        )
    if status.reason in STOPS:
        is_faultless = status.reason in _FAULTLESS or _can_move(step, status, situation)
        fault = Fault.INFRASTRUCTURE if is_faultless else Fault.STEP
        ended = failure.ended
        if ended is not None and ended.reason == NEVER_RAN:
            ended = None
        parts = (status.message, shorten(ended.message) if ended else None)
        failure = Failed(status.reason, fault, ": ".join(filter(None, parts)), ended, tests=failure.tests)
    return plan_failure(step.retry or Retry(), status, failure, now)


def _can_move(step: Step, status: StepStatus, situation: Situation) -> bool:
    """Whether what did not start in time on one Agent may on another."""
    if status.reason is not StepReason.PENDING_DEADLINE_EXCEEDED or status.agent is None:
        return False
    demand, others = build_demand(step), situation.agents.items()
    return any(name != status.agent and can_take(demand, agent) for name, agent in others)


def is_stopped(pod: Pod) -> bool:
    """Whether the pod was told to end."""
    return pod.deleted is not None or (pod.active_deadline is not None and pod.active_deadline <= 1)


def find_deadline(step: Step, status: StepStatus, pod: Pod) -> datetime | None:
    """When the attempt's next deadline passes. Time behind scheduling gates is not pending time."""
    if pod.step.ended is not None or pod.is_gated:
        return None
    if pod.step.running is not None:
        seconds = step.active_deadline_seconds
        return None if seconds is None else pod.step.running + timedelta(seconds=seconds)
    since = parse_time(status.ungated_time) if status.ungated_time else pod.created
    return since + timedelta(seconds=step.pending_deadline_seconds or PENDING_DEADLINE_SECONDS)


def find_seal_time(status: StepStatus, pod: Pod, situation: Situation) -> datetime:
    """Until when an attempt whose container has ended waits for the archive; one that was to end hardly does."""
    upload = timedelta(seconds=situation.archive.upload_seconds if situation.archive else 0)
    patience = find_patience(pod, upload)
    if find_recorded_stop(status, situation):
        patience = timedelta(0) if situation.run.spec.cancel == "Immediate" else min(patience, upload)
    return find_seal_deadline(pod, patience)


def _find_ungated_time(status: StepStatus, pod: Pod, now: datetime) -> str | None:
    """When the pod's gates were seen lifted, where it had any: Kubernetes keeps no record of it."""
    if status.ungated_time is not None or pod.is_gated or pod.step.running or pod.step.ended:
        return status.ungated_time
    return write_time(now) if pod.is_queued or status.reason is StepReason.GATED else None


def find_commit(pod: Pod) -> str | None:
    """The commit that the pod's checkout wrote, once it is done."""
    for container in pod.others:
        if container.name == CHECKOUT_CONTAINER and container.ended and container.ended.exit_code == 0:
            try:
                commit = json.loads(container.ended.message)["commit"]
            except (ValueError, KeyError, TypeError, RecursionError):
                return None
            return commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else None
    return None


def _wait(step: Step, status: StepStatus, pod: Pod, waiting: Waiting, situation: Situation) -> StepStatus:
    if stop := _find_stop(status, pod, situation):
        is_silent = waiting.reason is StepReason.NODE_UNREACHABLE
        return _tell_stop(status, *stop, waiting.message if is_silent else "")
    if waiting.is_hopeless:
        return record_stop(status, waiting.reason, waiting.message)
    deadline = find_deadline(step, status, pod)
    is_held = waiting.reason in {StepReason.STOPPING, StepReason.NODE_UNREACHABLE}
    if not is_held and deadline is not None and situation.now >= deadline:
        seconds = step.pending_deadline_seconds or PENDING_DEADLINE_SECONDS
        message = f"did not start within pendingDeadlineSeconds: {seconds}: {waiting.reason}: {waiting.message}"
        return record_stop(status, StepReason.PENDING_DEADLINE_EXCEEDED, message)
    # Once the container ran, the phase stays: it never goes back.
    return status.model_copy(update={"reason": waiting.reason, "message": waiting.message or None})


def _run(step: Step, status: StepStatus, pod: Pod, seen: Running, situation: Situation) -> StepStatus:
    running = status.model_copy(
        update={
            "phase": StepPhase.RUNNING,
            "start_time": write_time(seen.since),
            "reason": StepReason.NODE_UNREACHABLE if seen.silence else None,
            "message": seen.silence or None,
        }
    )
    if stop := _find_stop(status, pod, situation):
        return _tell_stop(running, *stop, seen.silence)
    deadline = find_deadline(step, status, pod)
    if deadline is not None and situation.now >= deadline:
        message = f"ran longer than activeDeadlineSeconds: {step.active_deadline_seconds}"
        return record_stop(running, StepReason.DEADLINE_EXCEEDED, message)
    return running


def _tell_stop(status: StepStatus, reason: StepReason, message: str, silence: str) -> StepStatus:
    """The attempt is to end early; where all of the Run is, what keeps this one from it is told."""
    recorded = record_stop(status, reason, message)
    return recorded.model_copy(update={"message": silence or None}) if reason in HALTS else recorded


def _await_artifacts(status: StepStatus, pod: Pod, situation: Situation) -> StepStatus:
    """The container has ended; what it left is on its way. An early end that is on record stays so."""
    started = pod.step.ended.started if pod.step.ended else None
    fields = {"phase": StepPhase.RUNNING, "start_time": write_time(started) if started else status.start_time}
    if stop := find_recorded_stop(status, situation):
        return record_stop(status.model_copy(update=fields), *stop)
    wait = {"reason": StepReason.AWAITING_ARTIFACTS, "message": "waits until the archive has its artifacts"}
    return status.model_copy(update=fields | wait)


def _find_stop(status: StepStatus, pod: Pod, situation: Situation) -> tuple[StepReason, str] | None:
    """Why the attempt is to end early, as its Run, the commit that it checked out, or its Agent has it."""
    if stop := find_recorded_stop(status, situation):
        return stop
    if move := _find_move(pod, situation):
        return StepReason.SOURCE_MOVED, move
    agent = situation.agents.get(status.agent or "")
    is_drained = agent is not None and agent.spec.drain
    return (StepReason.AGENT_DRAINED, f"agent {status.agent} is drained") if is_drained else None


def _find_move(pod: Pod, situation: Situation) -> str | None:
    """What is wrong with the commit that the pod checked out, where it is not the Run's."""
    source, commit = situation.run.status.source, find_commit(pod)
    if source is None or commit is None or commit == source.commit:
        return None
    return f"checked out {commit[:12]}, while this Run is at {source.commit[:12]}; the revision moved"
