"""Owns which files an attempt finds of the steps that it needs, and how its own travel. Must not judge them."""

from collections.abc import Iterator
from datetime import timedelta

from longshore.api.archives import Input, PodArtifacts
from longshore.api.step_statuses import Origin, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.manifests.checkouts import Checkout
from longshore.manifests.pods import find_base
from longshore.manifests.transfers import Transfer
from longshore.names import ARTIFACTS_CLAIM, get_items
from longshore.planning.acceptance.artifacts import uses_archive
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.runs.rounds import Round, tell_wait

LOOK = timedelta(seconds=2)
"""How soon it is looked again whether a volume is given away."""
_NOT_OPEN = (
    f"claim {ARTIFACTS_CLAIM} comes as root's, and the archive has not given it to the steps yet; where that takes"
    " long: kubectl describe deployment,replicaset --selector app.kubernetes.io/component=archive"
)


def leaves_artifacts(graph: Graph, name: str) -> bool:
    """Whether a step declares artifacts, and has a pod to leave them in."""
    step = graph.steps.get(name)
    return step is not None and step.image is not None and bool(step.artifacts)


def has_inputs(graph: Graph, name: str) -> bool:
    """Whether a step that this one needs declares artifacts."""
    return any(leaves_artifacts(graph, need) for need in graph.steps[name].needs or ())


def find_archive_problem(round_: Round, path: str) -> tuple[StepReason, str] | None:
    """Why a path can't start that needs the archive: it was there when the Run was accepted."""
    step = round_.get_step(path)
    if round_.observed.archive is not None or not (uses_archive(step) or list_inputs(round_, path)):
        return None
    return StepReason.ARTIFACT_LOST, "the archive has been switched off since this Run was accepted"


def awaits_volume(round_: Round, path: str) -> bool:
    """Whether a path's step mounts a volume that could not be written yet; then the status says so."""
    archive = round_.observed.archive
    if archive is None or archive.is_open or not (round_.get_step(path).artifacts or list_inputs(round_, path)):
        return False
    tell_wait(round_, path, StepReason.AWAITING_VOLUMES, _NOT_OPEN)
    round_.wake_at.append(round_.situation.now + LOOK)
    return True


def plan_transfer(round_: Round, path: str, step: Step, checkout: Checkout | None) -> Transfer | None:
    """How the files of a path's next attempt travel; `step` has its expressions evaluated. None: it has none."""
    archive, inputs = round_.observed.archive, list_inputs(round_, path)
    if archive is None or not (step.artifacts or step.cache or inputs):
        return None
    files = PodArtifacts(
        transport=archive.transport, declared=step.artifacts or [], inputs=inputs, caches=step.cache or []
    )
    attempt = round_.situation.build_attempt(path, max(round_.statuses[path].attempt, 1))
    image, base = round_.observed.runner_image, find_base(step, checkout)
    return Transfer(attempt, files, image, archive.upload_seconds, base)


def list_inputs(round_: Round, path: str) -> list[Input]:
    """Where the artifacts are of what a path needs: each of its last attempt, or of an item's."""
    inherited = round_.observed.inherited
    if inherited is not None:
        return list(inherited.inputs)
    needs = round_.get_step(path).needs or ()
    return [found for need in needs if leaves_artifacts(round_.graph, need) for found in _list_left(round_, need)]


def build_origin(status: StepStatus, run_uid: str) -> Origin | None:
    """Which attempt left the artifacts of a step, as its Run has it; None: none did."""
    if status.artifacts is not None:
        return status.artifacts
    return Origin(run_uid=run_uid, attempt=status.attempt) if status.pod and status.attempt else None


def _list_left(round_: Round, name: str) -> Iterator[Input]:
    for path in round_.list_items(name) or [name]:
        origin = build_origin(round_.statuses[path], round_.situation.run.metadata.uid)
        if origin is not None:
            index = next(iter(get_items(path)), None)
            yield Input(step=name, index=index, run_uid=origin.run_uid, path=path, attempt=origin.attempt)
