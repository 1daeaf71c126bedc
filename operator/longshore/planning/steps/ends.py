"""Owns which steps end without an attempt of their own: skipped, canceled, or as their items did.

Must not start attempts.
"""

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.errors import ExpressionError
from longshore.names import get_step_name
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.attempts.standings import is_decided, is_made, is_started
from longshore.planning.expressions.expressions import evaluate_condition, find_references
from longshore.planning.expressions.references import reads_outputs_of
from longshore.planning.runs.rounds import Round, find_waits
from longshore.planning.steps.items import expand_step, gather_items
from longshore.planning.steps.statuses import build_end, build_failure, list_names


def settle(round_: Round) -> None:
    """End all that will not start, and give fan-outs their items, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for name in round_.graph.order:
            for path in (*round_.list_items(name), name):
                status = round_.statuses[path]
                settled = _settle_path(round_, path, status)
                if settled is not None and settled != status:
                    round_.statuses[path] = settled
                    changed = True


def _settle_path(round_: Round, path: str, status: StepStatus) -> StepStatus | None:
    if status.phase in TERMINAL or is_made(status):
        return None
    step, name = round_.get_step(path), get_step_name(path)
    if step.for_each is not None and path == name and round_.list_items(name):
        return gather_items(round_, name, status)
    return _find_end(round_, path, status, step) or expand_step(round_, path, status, step)


def _find_end(round_: Round, path: str, status: StepStatus, step: Step) -> StepStatus | None:
    """How a path that has no attempt ends without one, if it does."""
    now, name = round_.situation.now, get_step_name(path)
    if (halt := round_.find_halt(path)) is not None:
        message = round_.find_replacement(path) if halt is StepReason.REPLACED else ""
        return build_end(status, StepPhase.CANCELED, halt, now, message)
    if failed := round_.list_obstacles(name):
        return _end_after_failure(round_, path, status, failed)
    if is_started(status) or is_decided(step, status) or find_waits(round_, name):
        return None
    upstream = sorted(round_.graph.upstream[name])
    skipped = [other for other in upstream if round_.statuses[other].phase is StepPhase.SKIPPED]
    if unread := [other for other in skipped if reads_outputs_of(step, other)]:
        message = f"reads outputs of {list_names(unread)}, skipped"
        return build_end(status, StepPhase.SKIPPED, StepReason.NEED_SKIPPED, now, message)
    return evaluate_when(round_, path, status, step)


def _end_after_failure(round_: Round, path: str, status: StepStatus, failed: list[str]) -> StepStatus:
    now, upstream = round_.situation.now, round_.graph.upstream[get_step_name(path)]
    if status.attempt > 1 or is_started(status):  # the first attempt may have been left undone in a shared pod
        return build_end(status, StepPhase.CANCELED, StepReason.RUN_FAILED, now, status.message)
    needed = sorted(upstream.intersection(failed))
    reason = StepReason.NEED_FAILED if needed else StepReason.RUN_FAILED
    return build_end(status, StepPhase.SKIPPED, reason, now, list_names(needed))


def evaluate_when(round_: Round, path: str, status: StepStatus, step: Step) -> StepStatus | None:
    """Skip where `when` is false: of a fan-out each item by itself where it reads `each`, else the whole."""
    if step.when is None:
        return None
    is_item = path != step.name
    if step.for_each is not None and is_item is not _reads_each(step.when):
        return None
    try:
        if evaluate_condition(step.when, round_.build_scope(path)):
            return None
    except ExpressionError as error:
        return build_failure(status, StepReason.EXPRESSION_FAILED, f"when: {error}", round_.situation.now)
    return build_end(status, StepPhase.SKIPPED, StepReason.WHEN_FALSE, round_.situation.now, step.when)


def _reads_each(source: str) -> bool:
    return any(reference.root == "each" for reference in find_references(source))
