"""Owns which steps end without an attempt of their own: skipped, canceled, or as their items did.

Also where a fan-out gets its items, since a step that has none ends right there. Must not start attempts.
"""

from longshore.api.runs import StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.errors import ExpressionError
from longshore.names import get_step_name
from longshore.planning.attempts import TERMINAL
from longshore.planning.expressions import evaluate_condition, find_references
from longshore.planning.references import reads_outputs_of
from longshore.planning.rounds import Round, is_decided, is_made, is_started
from longshore.planning.statuses import build_end, build_failure, list_names

MAX_ENTRIES = 1000
"""How many steps and items a Run's status may hold."""


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


def recall_items(round_: Round) -> None:
    """Give fan-outs the items whose attempts were made before a crash that left no record of them."""
    for name, step in round_.graph.steps.items():
        is_open = step.for_each is not None and not round_.is_done(name) and not round_.list_items(name)
        has_any = round_.observed.pods or round_.observed.children
        if not is_open or not has_any or find_waits(round_, name):
            continue
        try:
            count = len(round_.list_eaches(name))
        except ExpressionError:
            continue
        if any(round_.has_begun(f"{name}[{index}]", 1) for index in range(count)):
            _add_items(round_, name)


def find_waits(round_: Round, name: str) -> list[str]:
    """The steps that have to end before this one; those of `finally` come after all others."""
    step = round_.graph.steps[name]
    before = [other for other in step.needs or () if other in round_.graph.steps]
    if name in round_.graph.finals:
        before += [other for other in round_.graph.steps if other not in round_.graph.finals]
    return [other for other in before if not round_.is_done(other)]


def _settle_path(round_: Round, path: str, status: StepStatus) -> StepStatus | None:
    if status.phase in TERMINAL or is_made(status):
        return None
    step, name = round_.get_step(path), get_step_name(path)
    if step.for_each is not None and path == name and round_.list_items(name):
        return _gather(round_, name, status)
    return _find_end(round_, path, status, step) or _expand(round_, path, status, step)


def _find_end(round_: Round, path: str, status: StepStatus, step: Step) -> StepStatus | None:
    """How a path that has no attempt ends without one, if it does."""
    now, name = round_.situation.now, get_step_name(path)
    if (halt := round_.find_halt(path)) is not None:
        return build_end(status, StepPhase.CANCELED, halt, now)
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


def _expand(round_: Round, path: str, status: StepStatus, step: Step) -> StepStatus | None:
    """Give a fan-out its items, once all that it needs has ended."""
    if step.for_each is None or path != step.name or find_waits(round_, path) or round_.is_suspended:
        return None
    now = round_.situation.now
    try:
        eaches = round_.list_eaches(path)
    except ExpressionError as error:
        return build_failure(status, StepReason.EXPRESSION_FAILED, str(error), now)
    if not eaches:
        return build_end(status, StepPhase.SKIPPED, StepReason.NO_ITEMS, now, "forEach gives no items")
    if len(round_.statuses) + len(eaches) > MAX_ENTRIES:
        message = (
            f"forEach: {len(eaches):,} items; a Run holds {MAX_ENTRIES:,} steps and items, split it over Runs"
        )
        return build_failure(status, StepReason.EXPRESSION_FAILED, message, now)
    _add_items(round_, path)
    return _gather(round_, path, status)


def _add_items(round_: Round, name: str) -> None:
    for index in range(len(round_.list_eaches(name))):
        round_.statuses[f"{name}[{index}]"] = StepStatus(phase=StepPhase.PENDING, attempt=0)


def _gather(round_: Round, name: str, status: StepStatus) -> StepStatus:
    """The entry of a fan-out, which tells of all its items."""
    items = [round_.statuses[item] for item in round_.list_items(name)]
    done = sum(item.phase in TERMINAL for item in items)
    times = [entry.start_time for entry in (status, *items) if entry.start_time]
    has_begun = done > 0 or any(item.attempt > 0 for item in items)
    running = status.model_copy(
        update={
            "phase": StepPhase.RUNNING if has_begun else StepPhase.PENDING,
            "reason": None if has_begun else StepReason.STARTING,
            "message": f"{done} of {len(items)} items done",
            "start_time": min(times, default=None),
        }
    )
    return running if done < len(items) else _gather_end(items, running, round_)


def _gather_end(items: list[StepStatus], status: StepStatus, round_: Round) -> StepStatus:
    now, phases = round_.situation.now, [item.phase for item in items]
    failed = [index for index, phase in enumerate(phases) if phase is StepPhase.FAILED]
    if failed:
        first = items[failed[0]]
        message = (
            f"{len(failed)} of {len(items)} items failed; item {failed[0]} ({first.reason}): {first.message or ''}"
        )
        return build_failure(status, StepReason.ITEMS_FAILED, message, now)
    if all(phase is StepPhase.SKIPPED for phase in phases):
        return build_end(status, StepPhase.SKIPPED, items[0].reason or StepReason.WHEN_FALSE, now)
    # Items that a failure elsewhere kept from starting are skipped, but then the fan-out has not succeeded.
    cut = [item for item in items if item.phase is StepPhase.CANCELED or item.reason is StepReason.RUN_FAILED]
    if cut:
        return build_end(status, StepPhase.CANCELED, cut[0].reason or StepReason.RUN_CANCELED, now)
    return build_end(status, StepPhase.SUCCEEDED, StepReason.COMPLETED, now, f"{len(items)} items")
