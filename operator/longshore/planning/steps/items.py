"""Owns the entry of a fan-out: when it gets its items or slices, and what it is by theirs.

A step that has no items ends right here. Must not start attempts.
"""

from collections.abc import Iterable

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.errors import ExpressionError
from longshore.names import get_items, is_slice
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.runs.rounds import Round, find_waits
from longshore.planning.steps.slices import build_slice_paths
from longshore.planning.steps.statuses import build_end, build_failure
from longshore.planning.steps.transfers import leaves_artifacts

MAX_ENTRIES = 1000
"""How many steps and items a Run's status may hold."""


def recall_items(round_: Round) -> bool:
    """Give fan-outs the items whose attempts were made before a crash that left no record of them.

    Returns whether there are any.
    """
    found = False
    for name, step in round_.graph.steps.items():
        is_open = step.for_each is not None and not round_.is_done(name) and not round_.list_items(name)
        has_any = round_.observed.pods or round_.observed.children
        if not is_open or not has_any or find_waits(round_, name):
            continue
        try:
            items = _list_new_items(round_, name)
        except ExpressionError:
            continue
        for paths in (items, build_slice_paths(name, len(items))):
            if any(round_.has_begun(path, 1) for path in paths):
                _add(round_, paths)
                found = True
                break
    return found


def expand_step(round_: Round, path: str, status: StepStatus, step: Step) -> StepStatus | None:
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
        return _slice(round_, path, status, len(eaches))
    _add(round_, _list_new_items(round_, path))
    return gather_items(round_, path, status)


def _slice(round_: Round, name: str, status: StepStatus, count: int) -> StepStatus:
    """Cut a fan-out that the status can't hold into slices, which child Runs run."""
    paths = build_slice_paths(name, count)
    if obstacle := _find_obstacle(round_, name, len(paths)):
        limit = f"a Run holds {MAX_ENTRIES:,} steps and items"
        message = f"forEach: {count:,} items {obstacle}; {limit}, split it over Runs"
        return build_failure(status, StepReason.EXPRESSION_FAILED, message, round_.situation.now)
    _add(round_, paths)
    return gather_items(round_, name, status)


def _find_obstacle(round_: Round, name: str, count: int) -> str:
    """Why a fan-out can't be cut into so many slices, or empty."""
    if name in round_.graph.finals:
        return "in finally"
    if any(volume.run for volume in round_.graph.steps[name].volumes or ()):
        return "that share a volume of the Run"
    if leaves_artifacts(round_.graph, name) and any(
        name in (step.needs or ()) for step in round_.graph.steps.values()
    ):
        return "that leave artifacts for other steps"
    others = len(round_.statuses)
    return f"with {others:,} others" if others + count > MAX_ENTRIES else ""


def _list_new_items(round_: Round, name: str) -> list[str]:
    return [f"{name}[{round_.first_item + number}]" for number in range(len(round_.list_eaches(name)))]


def _add(round_: Round, paths: Iterable[str]) -> None:
    for path in paths:
        round_.statuses[path] = StepStatus(phase=StepPhase.PENDING, attempt=0)


def gather_items(round_: Round, name: str, status: StepStatus) -> StepStatus:
    """The entry of a fan-out, which tells of all its items."""
    paths = round_.list_items(name)
    items = [round_.statuses[path] for path in paths]
    count, done = _count_items(round_, paths)
    times = [entry.start_time for entry in (status, *items) if entry.start_time]
    has_begun = done > 0 or any(item.attempt > 0 for item in items)
    running = status.model_copy(
        update={
            "phase": StepPhase.RUNNING if has_begun else StepPhase.PENDING,
            "reason": None if has_begun else StepReason.STARTING,
            "message": f"{done} of {count} items done",
            "start_time": min(times, default=None),
        }
    )
    return running if done < count else _gather_end(round_, name, paths, running)


def _count_items(round_: Round, paths: list[str]) -> tuple[int, int]:
    """How many items there are, and how many of them have ended."""
    if not is_slice(paths[0]):
        return len(paths), sum(round_.statuses[path].phase in TERMINAL for path in paths)
    return sum(len(get_items(path)) for path in paths), sum(_count_done(round_, path) for path in paths)


def _count_done(round_: Round, path: str) -> int:
    """How many items of a slice have ended: as many as its child says, and all of them once it has ended."""
    status = round_.statuses[path]
    if status.phase in TERMINAL:
        return len(get_items(path))
    child = round_.observed.children.get(status.run or "")
    done = int((child.progress if child else "").partition("/")[0] or 0)
    return min(done, len(get_items(path)) - 1)


def _gather_end(round_: Round, name: str, paths: list[str], status: StepStatus) -> StepStatus:
    now, items = round_.situation.now, [round_.statuses[path] for path in paths]
    phases = round_.list_phases(name)
    failed = [path for path in paths if round_.statuses[path].phase is StepPhase.FAILED]
    if failed:
        first = round_.statuses[failed[0]]
        which = f"items {failed[0]}" if is_slice(failed[0]) else f"item {get_items(failed[0]).start}"
        message = (
            f"{phases.count(StepPhase.FAILED)} of {len(phases)} items failed; {which} ({first.reason}):"
            f" {first.message or ''}"
        )
        return build_failure(status, StepReason.ITEMS_FAILED, message, now)
    if all(phase == StepPhase.SKIPPED for phase in phases):
        reason = StepReason.WHEN_FALSE if is_slice(paths[0]) else items[0].reason
        return build_end(status, StepPhase.SKIPPED, reason or StepReason.WHEN_FALSE, now)
    # Items that a failure elsewhere kept from starting are skipped, but then the fan-out has not succeeded.
    cut = [item for item in items if item.phase is StepPhase.CANCELED or item.reason is StepReason.RUN_FAILED]
    if cut:
        return build_end(status, StepPhase.CANCELED, cut[0].reason or StepReason.RUN_CANCELED, now, cut[0].message)
    return build_end(status, StepPhase.SUCCEEDED, StepReason.COMPLETED, now, f"{len(phases)} items")
