"""Owns which claims are made for volumes that the steps of a Run share. Must not decide which steps start.

That a claim is there is known by the pods on record: none is made before its claims are. One that is asked for
again is adopted, so what a crash forgets does no harm.
"""

from collections.abc import Iterable, Iterator

from longshore.api.containers import RunVolume
from longshore.api.step_statuses import StepReason
from longshore.api.steps import Step
from longshore.manifests.attempts import Attempt
from longshore.manifests.claims import build_claim
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.findings import Fault, Finding
from longshore.planning.observations import Refusal
from longshore.planning.plans import CreateClaim
from longshore.planning.runs.rounds import Round


def check_run_volumes(graph: Graph) -> Iterator[Finding]:
    """What steps say of one volume of the Run has to be the same."""
    first: dict[str, tuple[str, RunVolume]] = {}
    for name, step in graph.steps.items():
        for volume, wanted in _list_run_volumes(step):
            other, known = first.setdefault(volume, (name, wanted))
            if wanted != known:
                place = "finally" if name in graph.finals else "steps"
                message = f"is not what step {other!r} says of this volume; say the same, or give it another name"
                yield Finding(Fault.STEP, f"spec.{place}[{name}].volumes[{volume}].run", message)


def plan_claims(round_: Round, attempt: Attempt, paths: Iterable[str]) -> list[CreateClaim]:
    """Makes the claims that may not be there yet, for an attempt whose pod is that of these paths."""
    wanted = dict(pair for path in paths for pair in _list_run_volumes(round_.get_step(path)))
    return [
        CreateClaim(attempt.name_claim(volume), volume, build_claim(attempt, volume, fields))
        for volume, fields in wanted.items()
        if not _is_made(round_, volume)
    ]


def find_claim_refusal(round_: Round, path: str) -> Refusal | None:
    """What the API server said of a claim of the path's step, where it did not take one."""
    if not round_.observed.refusals:
        return None
    attempt = round_.situation.build_attempt(path, 1)
    claims = [attempt.name_claim(volume) for volume, _ in _list_run_volumes(round_.get_step(path))]
    return next((refusal for claim in claims if (refusal := round_.observed.refusals.get(claim))), None)


def find_claim_problem(round_: Round, path: str) -> tuple[StepReason, str] | None:
    """Why a claim of the path's step can't be made."""
    refusal = find_claim_refusal(round_, path)
    if refusal is None or refusal.kind == "Quota":
        return None
    is_taken = refusal.kind == "NameConflict"
    return (StepReason.NAME_CONFLICT if is_taken else StepReason.VOLUME_REJECTED), refusal.message


def _list_run_volumes(step: Step) -> list[tuple[str, RunVolume]]:
    return [(volume.name, volume.run) for volume in step.volumes or () if volume.run is not None]


def _is_made(round_: Round, volume: str) -> bool:
    """Whether a pod is on record that mounts the volume, or is made by this plan."""
    return any(
        status.pod is not None and any(name == volume for name, _ in _list_run_volumes(round_.get_step(path)))
        for path, status in round_.statuses.items()
    )
