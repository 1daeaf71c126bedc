"""Owns which pods that sleep for people to look into are ended: those whose attempt did not fail by itself.

Only what is on record is ended, and a Run ends only after that: so none sleeps on that nobody will look into.
"""

from collections.abc import Mapping

from longshore import names
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.planning.attempts.attempts import STOPS, TERMINAL, is_stopped
from longshore.planning.plans import StopPod
from longshore.planning.pods import Pod
from longshore.planning.runs.rounds import Round


def plan_debug_stops(round_: Round) -> list[StopPod]:
    """Ends the pods whose attempt is on record as one that nobody wants to look into."""
    needless = find_needless(round_, round_.situation.run.status.steps)
    return [StopPod(pod.name, pod.uid) for pod in needless.values()]


def owes_debug_stops(round_: Round) -> bool:
    """Whether pods are still to be ended by a later plan, once what this one decides is on record."""
    told = {action.name for action in round_.actions if isinstance(action, StopPod)}
    return bool(find_needless(round_, round_.statuses).keys() - told)


def find_needless(round_: Round, statuses: Mapping[str, StepStatus]) -> dict[str, Pod]:
    """By name, pods that only sleep, whose attempts the statuses tell to be over and not worth a look."""
    asleep = {name: pod for name, pod in round_.observed.pods.items() if _is_asleep(pod)}
    found: dict[str, Pod] = {}
    for path, status in statuses.items() if asleep else ():
        if round_.get_step(path).debug is None:
            continue
        for number in range(1, status.attempt + 1):
            pod = asleep.get(round_.situation.build_attempt(path, number).pod)
            if pod is not None and _is_needless(pod, status, number):
                found[pod.name] = pod
    return found


def _is_asleep(pod: Pod) -> bool:
    """Whether the step's container has ended, its pod has not, and was not told to."""
    return pod.step.ended is not None and pod.phase not in names.POD_ENDS and not is_stopped(pod)


def _is_needless(pod: Pod, status: StepStatus, number: int) -> bool:
    if number < status.attempt:
        # An earlier attempt failed, or it was a round that went well.
        return pod.step.ended is not None and pod.step.ended.exit_code == 0
    if status.phase not in TERMINAL:
        # Its artifacts are sent when the pod ends.
        is_well = pod.step.ended is not None and pod.step.ended.exit_code == 0
        return is_well and status.reason is StepReason.AWAITING_ARTIFACTS
    return status.phase is not StepPhase.FAILED or status.reason in STOPS
