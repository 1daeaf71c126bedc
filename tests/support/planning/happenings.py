"""What may happen to a Run under way: to its pods, its operator, its quota, the time. Drawn at random by tests.

Each happening is a function of a simulation and a number, which picks the pod or the amount. One that does not
apply does nothing.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from longshore.archive.collect.plans import Delete, Situation, plan_pod
from longshore.archive.collect.pods import observe_pod
from longshore.archive.collect.runs import observe_run
from longshore.manifests.stretches import list_fused
from longshore.names import ARTIFACTS_CONTAINER, INPUTS_CONTAINER
from longshore.planning.plans import CreatePod, CreateRun
from longshore.planning.runs.admissions import Wait
from support.planning.children import FakeChild
from support.planning.pods import FakePod
from support.planning.simulations import Simulation, write_json

Happening = Callable[[Simulation, int], object]
Made = FakePod | FakeChild
T = TypeVar("T", FakePod, FakeChild, Made)


def _pick(simulation: Simulation, number: int, fits: Callable[[FakePod], bool]) -> FakePod | None:
    return _choose(list(simulation.pods.values()), number, fits)


def _pick_any(simulation: Simulation, number: int, fits: Callable[[Made], bool]) -> Made | None:
    heard = [pod for pod in simulation.pods.values() if simulation.hears(pod)]
    made: list[Made] = [*heard, *simulation.children.values()]
    return _choose(made, number, fits)


def _pick_heard(simulation: Simulation, number: int, fits: Callable[[FakePod], bool]) -> FakePod | None:
    return _pick(simulation, number, lambda pod: simulation.hears(pod) and fits(pod))


def _choose(made: list[T], number: int, fits: Callable[[T], bool]) -> T | None:
    fitting = [one for one in made if fits(one)]
    return fitting[number % len(fitting)] if fitting else None


def _can_start(made: Made) -> bool:
    return not made.has_ended and not made.is_running and not made.is_leaving and not made.is_gated


def _can_end(made: Made) -> bool:
    return made.is_running or _can_start(made)


def start(simulation: Simulation, number: int) -> None:
    """A container, on one of the nodes, or a child Run starts."""
    if made := _pick_any(simulation, number, _can_start):
        if isinstance(made, FakePod) and not made.node:
            made.schedule(f"node-{1 + number % 2}")
        if not isinstance(made, FakePod) or simulation.hears(made):
            made.start(simulation.now)


def succeed(simulation: Simulation, number: int) -> None:
    """A container or a child ends well, maybe before anyone saw it run, and has written the output."""
    if made := _pick_any(simulation, number, _can_end):
        made.end(simulation.now, 0, f"out={number % 3}")


def fail(simulation: Simulation, number: int) -> None:
    """A container or a child fails."""
    if made := _pick_any(simulation, number, _can_end):
        made.end(simulation.now, 1 + number % 3, "broken")


def evict(simulation: Simulation, number: int) -> None:
    """The kubelet evicts a pod."""
    if pod := _pick_heard(simulation, number, lambda pod: not pod.has_ended or pod.is_kept):
        if pod.is_running:
            pod.end(simulation.now, 137)
        simulation.now += timedelta(seconds=pod.is_kept)
        pod.set_condition("DisruptionTarget", "True", "TerminationByKubelet", at=simulation.now)
        pod.fail("Evicted", "The node was low on resource: memory.")


def delete_by_hand(simulation: Simulation, number: int) -> None:
    """Someone deletes a pod or a child Run that has not ended."""
    made = _pick_any(simulation, number, lambda made: not made.has_ended)
    match made:
        case FakePod(is_running=True):
            made.delete(simulation.now)
        case FakePod() | FakeChild():
            simulation.remove(made.name)


def vanish(simulation: Simulation, number: int) -> None:
    """A pod that is on record is gone when the operator looks; the archive may have seen how it ended."""
    statuses = simulation.run.status.steps.values()
    recorded = {status.pod for status in statuses if status.phase in {"Pending", "Running"}}
    if pod := _pick(simulation, number, lambda pod: pod.name in recorded):
        simulation.vanish(pod.name)


def recall(simulation: Simulation, number: int) -> None:
    """The archive says how a pod ended, or that it did not see it end."""
    if pod := _choose(list(simulation.sought.values()), number, lambda _: True):
        simulation.recall(pod.name)


def admit_pod(simulation: Simulation, number: int) -> None:
    """Kueue lifts the gate of a pod."""
    if pod := _pick(simulation, number, lambda pod: pod.is_gated and not pod.is_deleted):
        pod.ungate()


def preempt(simulation: Simulation, number: int) -> None:
    """Kueue takes a pod back; one that no node has stays, for its finalizer."""
    if pod := _pick(simulation, number, lambda pod: not pod.has_ended and not pod.is_leaving):
        pod.preempt(simulation.now)


def queue_pods(simulation: Simulation, number: int) -> None:
    """Kueue's webhook is there, or is not, when pods are made."""
    simulation.is_queued = bool(number % 2)


def fill(simulation: Simulation, number: int) -> None:
    """Other Runs take all the room, or leave it."""
    simulation.room = Wait("NamespaceFull", "waits for room", place=number) if number % 2 else None


def fail_to_pull(simulation: Simulation, number: int) -> None:
    """An image can't be pulled, now or ever."""
    if pod := _pick_heard(simulation, number, _can_start):
        said = "manifest unknown: manifest unknown" if number % 2 else "dial tcp: i/o timeout"
        pod.schedule().wait("ErrImagePull", said)


def _find_service(pod: FakePod) -> str:
    """The service of a step, which comes last; empty where it has none."""
    last = pod.raw["spec"].get("initContainers", [{"name": ""}])[-1]["name"]
    return "" if last in {INPUTS_CONTAINER, ARTIFACTS_CONTAINER} else str(last)


def crash_service(simulation: Simulation, number: int) -> None:
    """The service of a step that has one crashes before the step starts, or takes its time."""
    if pod := _pick_heard(simulation, number, lambda pod: _can_start(pod) and bool(_find_service(pod))):
        service = _find_service(pod.schedule())
        if number % 2:
            pod.crash(service, simulation.now, number % 3, "no\nway")
        else:
            pod.serve(service, simulation.now, is_started=False)


def seal(simulation: Simulation, number: int) -> None:
    """The archive says what it has of an attempt: all, or what it lacks, or that it is full."""
    if pod := _pick(simulation, number, lambda pod: pod.is_unsealed):
        tests = {"passed": number, "failed": number % 2}
        verdicts: list[dict[str, Any]] = [
            {"artifacts": "Stored", "tests": tests},
            {"artifacts": "Stored"},
            {"artifacts": "Lost", "missing": ["out"], "tests": tests},
            {"artifacts": "Lost", "message": "it did not arrive"},
            {"artifacts": "Full"},
        ]
        pod.seal(**verdicts[number % len(verdicts)])


def send(simulation: Simulation, number: int) -> None:
    """The sidecar of an attempt that has ended ends, well or not; the archive may never say so."""
    if pod := _pick(simulation, number, lambda pod: pod.is_unsealed):
        pod.send(simulation.now, number % 2, "the archive does not answer")


def obey(simulation: Simulation, number: int) -> None:
    """The kubelet ends a pod that was told to end, or an operator a child Run."""
    children = list(simulation.children.values())
    if child := _choose(children, number, lambda child: child.is_leaving and not child.has_ended):
        child.end(simulation.now, reason="Canceled")
    if pod := _pick_heard(simulation, number, lambda pod: pod.is_leaving and (not pod.is_dead or pod.is_kept)):
        was_deleted, was_running = pod.is_deleted, pod.is_running
        if was_running:
            pod.end(simulation.now, (0, 143)[number % 2])
        if not was_deleted:
            pod.fail("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
        elif not was_running or number % 3:
            simulation.remove(pod.name)


def collect(simulation: Simulation, number: int) -> None:
    """The archive, which has every log, deletes a pod whose end it finds on record."""
    run = observe_run({"status": write_json(simulation.run.status)})
    situation = Situation(run, has_logs=True, now=simulation.now, upload=timedelta(minutes=5))

    def is_over(pod: FakePod) -> bool:
        seen = observe_pod(pod.raw)
        assert seen is not None, f"{pod.name} is nobody's"
        return plan_pod(seen, situation) == Delete()

    if pod := _pick(simulation, number, is_over):
        simulation.remove(pod.name)


def let_time_pass(simulation: Simulation, number: int) -> None:
    """Time passes."""
    simulation.now += timedelta(seconds=number)


def reconcile(simulation: Simulation, _: int) -> None:
    """The operator acts until it has nothing to do."""
    simulation.settle()


def crash(simulation: Simulation, number: int) -> None:
    """The operator crashes in the midst of its calls: those whose bit is set arrive."""
    simulation.act(lambda index: bool(number >> (index % 5) & 1))


def lose_status(simulation: Simulation, _: int) -> None:
    """The operator crashes after all its calls, before it writes the status."""
    simulation.act(lambda _: True)


def cancel(simulation: Simulation, number: int) -> None:
    """Someone cancels the Run, or is not content with how slowly it ends."""
    simulation.request_cancel("Immediate" if number % 2 or simulation.run.spec.cancel else "Graceful")


def change_quota(simulation: Simulation, number: int) -> None:
    """The namespace's quota is used up, or is not any more."""
    simulation.refuse = lambda _: "Quota" if number % 2 else None


def reject(simulation: Simulation, number: int) -> None:
    """A policy turns away the pods of one step."""
    step = f"s{number % 5}"
    simulation.refuse = lambda create: "Rejected" if step in _list_steps(create) else None


def _list_steps(create: CreatePod | CreateRun) -> list[str]:
    return list(list_fused(create.manifest)) or [create.path]


COMMON: tuple[Happening, ...] = (start, succeed, fail, obey, collect)
RARE: tuple[Happening, ...] = (
    evict, delete_by_hand, fail_to_pull, cancel, change_quota, reject, queue_pods, admit_pod, preempt, vanish,
    recall,
)  # fmt: skip
