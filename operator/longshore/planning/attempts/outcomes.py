"""Owns what a pod says of its attempt: waiting, running, or ended, and whose fault it was.

Must not know what becomes of the attempt: retries, deadlines and cancel are decided elsewhere.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from longshore.api.archives import TestCounts
from longshore.api.step_statuses import StepReason
from longshore.names import CHECKOUT_CONTAINER, INPUTS_CONTAINER
from longshore.planning.attempts.losses import find_silence
from longshore.planning.attempts.outputs import parse_outputs
from longshore.planning.pods import FORGOTTEN, NEVER_RAN, STOPPED_FOR_ANOTHER, Container, Pod, Termination
from longshore.planning.pools.nodes import Node
from longshore.planning.steps.credentials import explain_missing, explain_setup, is_setup_slow

MAX_MESSAGE = 1024
UNREACHABLE_AFTER = timedelta(seconds=30)
"""How long past its grace a pod may be deleted before its node counts as unreachable."""
ROOT_HINT = (
    " (steps run as user 1000; for an image that needs root add: template: {spec: {securityContext:"
    " {runAsNonRoot: false, runAsUser: 0}}})"
)


class Fault(StrEnum):
    """Whose fault a failure is; each has its own retries."""

    STEP = "Step"
    INFRASTRUCTURE = "Infrastructure"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The container has not started."""

    reason: StepReason
    message: str = ""
    is_hopeless: bool = False
    """Whether waiting longer can't help."""


@dataclass(frozen=True, slots=True)
class Running:
    """The container runs."""

    since: datetime
    silence: str = ""
    """Why it may have ended and none could tell, where that is so."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The attempt is done."""

    outputs: dict[str, Any]
    ended: Termination | None
    tests: TestCounts | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed."""

    reason: StepReason
    fault: Fault
    message: str = ""
    ended: Termination | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
    tests: TestCounts | None = None


Outcome = Waiting | Running | Succeeded | Failed

# https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions, and Kueue's own.
_DISRUPTION_CONDITIONS = ("DisruptionTarget", "TerminationTarget")
_DISRUPTIONS = {
    "PreemptionByScheduler": StepReason.PREEMPTED,
    "DeletionByTaintManager": StepReason.NODE_LOST,
    "DeletionByPodGC": StepReason.NODE_LOST,
    "EvictionByEvictionAPI": StepReason.EVICTED,
    "TerminationByKubelet": StepReason.EVICTED,
    "WorkloadEvictedDueToPreempted": StepReason.PREEMPTED,
    "WorkloadEvictedDueToNodeFailures": StepReason.NODE_LOST,
}
_POD_REASONS = {
    "Evicted": StepReason.EVICTED,
    "Preempting": StepReason.PREEMPTED,
    "NodeLost": StepReason.NODE_LOST,
    "NodeShutdown": StepReason.NODE_LOST,
    "Shutdown": StepReason.NODE_LOST,
    "Terminated": StepReason.NODE_LOST,
    STOPPED_FOR_ANOTHER: StepReason.POD_LOST,
}
_WAITING = {
    "ErrImagePull": StepReason.IMAGE_PULL_BACKOFF,
    "ImagePullBackOff": StepReason.IMAGE_PULL_BACKOFF,
    "RegistryUnavailable": StepReason.IMAGE_PULL_BACKOFF,
    "CreateContainerConfigError": StepReason.CONFIG_MISSING,
    "CreateContainerError": StepReason.CONFIG_MISSING,
}
_BEFORE = {
    CHECKOUT_CONTAINER: (StepReason.SOURCE_FAILED, Fault.STEP),
    INPUTS_CONTAINER: (StepReason.ARTIFACT_LOST, Fault.INFRASTRUCTURE),
}
"""What it means that a container before the step failed."""
_HOPELESS = ("InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
# What registries and container runtimes say of an image that will not come by waiting.
_HOPELESS_PULL = re.compile(
    r"not found|manifest unknown|does not exist|pull access denied|unauthorized|authorization failed"
    r"|forbidden|denied|no match for platform|invalid reference|name unknown",
    re.IGNORECASE,
)
# A container that comes up in the ordinary course of things.
_STARTING = ("PodInitializing", "ContainerCreating")
_ROOT = re.compile(r"permission denied|operation not permitted|must be (run as )?root|are you root", re.IGNORECASE)


def observe_outcome(pod: Pod, declared_outputs: list[str], now: datetime, node: Node | None = None) -> Outcome:
    """What a pod says of its attempt. Its node, where that is known, says what the pod's silence means."""
    if pod.step.ended is not None:
        return _observe_end(pod, pod.step.ended, declared_outputs)
    if pod.phase == "Failed":
        return _observe_failure(pod)
    if pod.phase == "Succeeded":
        return Succeeded({}, None)
    if pod.deleted is not None and not pod.node:
        # Nothing schedules it any more; a finalizer, such as Kueue's, may keep it all the same.
        return _observe_failure(pod)
    silence = find_silence(node)
    if pod.deleted is None and pod.step.running is not None:
        return Running(pod.step.running, silence)
    if silence:
        return Waiting(StepReason.NODE_UNREACHABLE, silence)
    return _observe_waiting(pod, now) if pod.deleted is None else _observe_leaving(pod, pod.deleted, now)


def _observe_leaving(pod: Pod, deleted: datetime, now: datetime) -> Waiting:
    if now >= deleted + UNREACHABLE_AFTER:
        return Waiting(StepReason.NODE_UNREACHABLE, f"node {pod.node} does not say that the pod has ended")
    return Waiting(StepReason.STOPPING, "the pod is being deleted")


def find_infrastructure_reason(pod: Pod) -> StepReason | None:
    """Why the infrastructure ended the pod, where it did."""
    return _find_disruption(pod) or (StepReason.POD_DELETED if pod.deleted is not None else None)


def has_disruption(pod: Pod) -> bool:
    """Whether something is about to end the pod for others' sake, or has."""
    return _find_disruption_condition(pod) is not None


def _find_disruption(pod: Pod) -> StepReason | None:
    condition = _find_disruption_condition(pod)
    return (
        _POD_REASONS.get(pod.reason) if condition is None else _DISRUPTIONS.get(condition[0], StepReason.EVICTED)
    )


def _find_disruption_condition(pod: Pod) -> tuple[str, str] | None:
    """Reason and message, where something is about to end the pod, or has."""
    found = (pod.conditions.get(name, ("False", "", "")) for name in _DISRUPTION_CONDITIONS)
    return next(((reason, message) for status, reason, message in found if status == "True"), None)


def _observe_end(pod: Pod, ended: Termination, declared: list[str]) -> Outcome:
    is_done = _has_ended_before(pod, ended)
    if pod.phase == "Failed" and pod.reason == "DeadlineExceeded":
        return Failed(StepReason.DEADLINE_EXCEEDED, Fault.STEP, shorten(pod.message), ended)
    # A container that ends in good order when it is evicted has not done its work: the pod is Failed.
    if ended.exit_code == 0 and (is_done or not (pod.phase == "Failed" and _find_disruption(pod))):
        outputs = parse_outputs(ended.message, declared, pod.container_count)
        if outputs.fault is not None:
            return Failed(outputs.fault, Fault.STEP, outputs.message, ended)
        return Succeeded(outputs.values, ended)
    if not is_done and (reason := find_infrastructure_reason(pod)):
        return Failed(reason, Fault.INFRASTRUCTURE, _describe(pod), ended)
    if ended.reason == NEVER_RAN:
        return Failed(StepReason.NODE_LOST, Fault.INFRASTRUCTURE, shorten(ended.message), ended)
    if ended.reason == FORGOTTEN:
        message = f"node {pod.node} came up again without the container, as after a power cut"
        return Failed(StepReason.NODE_LOST, Fault.INFRASTRUCTURE, message, ended)
    if ended.reason == "OOMKilled":
        message = "the container used more memory than resources.limits.memory allows"
        return Failed(StepReason.OOM_KILLED, Fault.INFRASTRUCTURE, message, ended)
    message = shorten(ended.message)
    return Failed(StepReason.ERROR, Fault.STEP, message + (ROOT_HINT if _ROOT.search(message) else ""), ended)


def _has_ended_before(pod: Pod, ended: Termination) -> bool:
    """Whether the container had ended before its pod was to: another container kept that."""
    since = pod.disrupted
    if since is None and pod.deleted is not None:
        since = pod.deleted - timedelta(seconds=pod.deletion_grace or 0)
    return since is not None and ended.finished is not None and ended.finished < since


def _observe_failure(pod: Pod) -> Failed:
    """The pod failed before its step's container ended, or ever started."""
    if pod.reason == "DeadlineExceeded":
        return Failed(StepReason.DEADLINE_EXCEEDED, Fault.STEP, shorten(pod.message))
    if reason := find_infrastructure_reason(pod):
        return Failed(reason, Fault.INFRASTRUCTURE, _describe(pod))
    for container in pod.others:
        if container.ended is not None and container.ended.exit_code != 0:
            reason, fault = _BEFORE.get(container.name, (StepReason.ERROR, Fault.STEP))
            text = shorten(container.ended.message) or f"container {container.name} failed"
            return Failed(reason, fault, text, container.ended)
    return Failed(StepReason.POD_LOST, Fault.INFRASTRUCTURE, _describe(pod))


def _observe_waiting(pod: Pod, now: datetime) -> Waiting:
    for container in (*pod.others, *pod.services, *filter(None, [pod.sidecar]), pod.step):
        if container.waiting in _HOPELESS:
            return Waiting(StepReason.IMAGE_PULL_FAILED, _explain(container), is_hopeless=True)
        if reason := _WAITING.get(container.waiting):
            is_hopeless = reason is StepReason.IMAGE_PULL_BACKOFF and bool(
                _HOPELESS_PULL.search(container.message)
            )
            reason = StepReason.IMAGE_PULL_FAILED if is_hopeless else reason
            return Waiting(reason, explain_missing(pod, container.message) or _explain(container), is_hopeless)
    status, reason_, message = pod.conditions.get("PodScheduled", ("", "", ""))
    if pod.is_gated:
        return Waiting(StepReason.GATED, shorten(message))
    # Once the gates are lifted, the condition says so only when the scheduler has tried.
    if status == "False" and reason_ != "SchedulingGated":
        return Waiting(StepReason.UNSCHEDULABLE, shorten(message))
    if is_setup_slow(pod, now):
        return Waiting(StepReason.AWAITING_VOLUMES, explain_setup(pod))
    return next(filter(None, map(_observe_service, pod.services)), Waiting(StepReason.STARTING))


def _observe_service(service: Container) -> Waiting | None:
    """Why the step waits for a service, where it does; one that ended before is in trouble until it is ready."""
    if ended := service.ended or service.before:
        return None if service.is_started else Waiting(StepReason.SERVICE_CRASHED, _describe_crash(service, ended))
    if service.waiting and service.waiting not in _STARTING:
        return Waiting(StepReason.SERVICE_CRASHED, shorten(f"service {_name(service)}"))
    if service.running and not service.is_started:
        text = f"service {service.name} runs, and its probe has not passed yet"
        return Waiting(StepReason.SERVICE_NOT_READY, text)
    return None


def _describe_crash(service: Container, ended: Termination) -> str:
    lines = ended.message.strip().splitlines()
    said = f": {lines[-1].strip()}" if lines else ""
    return shorten(f"service {service.name} ended with exit code {ended.exit_code} and is started anew{said}")


def _explain(container: Container) -> str:
    return shorten(f"container {_name(container)}")


def _name(container: Container) -> str:
    return f"{container.name}: {container.waiting}: {container.message}"


def _describe(pod: Pod) -> str:
    _, disruption = _find_disruption_condition(pod) or ("", "")
    return shorten(disruption or pod.message or pod.reason or "the pod was deleted")


def shorten(message: str) -> str:
    """The end of a message, whose last lines say the most."""
    text = message.strip()
    return text if len(text) <= MAX_MESSAGE else f"...{text[3 - MAX_MESSAGE :]}"
