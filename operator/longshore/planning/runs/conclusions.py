"""Owns what all steps together mean for the Run: its phase, conditions, message, progress and Events."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from longshore.api.objects import Condition
from longshore.api.runs import Run, RunStatus
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.workflows import Phase
from longshore.errors import ExpressionError
from longshore.names import build_identifier
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.attempts.budgets import MAX_OUTPUT_BYTES
from longshore.planning.attempts.outcomes import shorten
from longshore.planning.conditions import ConditionStatus, build_condition, find_condition, set_condition
from longshore.planning.expressions.expressions import evaluate
from longshore.planning.expressions.scopes import Scope
from longshore.planning.plans import Notice
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.debugs import owes_debug_stops
from longshore.planning.steps.slices import OUTPUT, pack_values
from longshore.planning.steps.statuses import list_names
from longshore.planning.times import parse_time, write_duration, write_time

# What is worth a line in `kubectl get` while a Run goes on: the rest is the ordinary course of things.
_TROUBLES = frozenset({
    StepReason.AWAITING_AGENT,
    StepReason.AWAITING_GROUP,
    StepReason.AWAITING_QUOTA,
    StepReason.UNSCHEDULABLE,
    StepReason.IMAGE_PULL_BACKOFF,
    StepReason.CONFIG_MISSING,
    StepReason.AWAITING_VOLUMES,
    StepReason.SERVICE_NOT_READY,
    StepReason.SERVICE_CRASHED,
    StepReason.BACKOFF,
    StepReason.INFRA_BACKOFF,
    StepReason.NODE_UNREACHABLE,
})  # fmt: skip

_TOLD = frozenset({StepReason.REPLACED, StepReason.GROUP_FULL})
"""What befell a step for others' sake: that is worth an Event."""


def conclude(round_: Round) -> RunStatus:
    """The Run's status, given that of its steps."""
    run, now, steps = round_.situation.run, round_.situation.now, round_.statuses
    paths = list(round_.list_paths())
    done = sum(steps[path].phase in TERMINAL for path in paths)
    status = run.status.model_copy(
        update={
            "phase": "Running",
            "conditions": _set_waits(round_),
            "steps": dict(steps),
            "questions": round_.questions,
            "progress": f"{done}/{len(paths)}",
            "message": _find_message(steps),
            "suspended_seconds": find_suspended_seconds(run, now),
            "observed_generation": run.metadata.generation,
        }
    )
    if not all(map(round_.is_done, round_.graph.steps)) or owes_debug_stops(round_):
        return status
    phase, message = _find_end(round_)
    outputs: dict[str, Any] = {}
    if phase == "Succeeded" or run.spec.slice is not None:
        try:
            outputs = _evaluate_outputs(round_)
        except ExpressionError as error:
            phase, message = "Failed", f"outputs: {error}"
    return finish(run, status.model_copy(update={"outputs": outputs or None}), phase, message, now)


def find_suspended_seconds(run: Run, now: datetime) -> int | None:
    """For how long the Run has been suspended before now, not counting a suspension that goes on."""
    condition = find_condition(run.status.conditions, "Suspended")
    if condition is None or condition.status != "True" or run.spec.suspend:
        return run.status.suspended_seconds
    span = now - parse_time(condition.last_transition_time)
    return (run.status.suspended_seconds or 0) + max(0, int(span.total_seconds()))


def _set_waits(round_: Round) -> list[Condition]:
    """Conditions Suspended and AwaitingInput; one that never held is left out."""
    run, now = round_.situation.run, round_.situation.now
    asking = [path for path, status in round_.statuses.items() if status.reason is StepReason.AWAITING_INPUT]
    waits = {
        "Suspended": (round_.is_suspended, "spec.suspend is true"),
        "AwaitingInput": (bool(asking), f"people are asked by {list_names(asking)}"),
    }
    conditions = run.status.conditions
    for name, (holds, message) in waits.items():
        conditions = set_wait(run, conditions, name, message if holds else None, now)
    return conditions


def set_wait(
    run: Run, conditions: list[Condition], name: str, message: str | None, now: datetime
) -> list[Condition]:
    """The conditions with one that holds for as long as there is a message; one that never held is left out."""
    if message is None and find_condition(conditions, name) is None:
        return conditions
    status: ConditionStatus = "False" if message is None else "True"
    condition = build_condition(name, status, name, message or "", generation=run.metadata.generation)
    return set_condition(conditions, condition, now)


def finish(run: Run, status: RunStatus, phase: Phase, message: str, now: datetime) -> RunStatus:
    """The status of a Run that has ended."""
    generation = run.metadata.generation
    conditions = status.conditions
    for name in [*{"Succeeded": ["Complete"], "Failed": ["Failed"]}.get(phase, []), "Finished"]:
        condition = build_condition(name, "True", phase, message, generation=generation)
        conditions = set_condition(conditions, condition, now)
    start = parse_time(status.start_time) if status.start_time else now
    return status.model_copy(
        update={
            "phase": phase,
            "conditions": conditions,
            "message": message or None,
            "completion_time": write_time(now),
            "duration": write_duration(now - start),
        }
    )


def plan_notices(old: RunStatus, new: RunStatus) -> Iterator[Notice]:
    """Events about the Run: its end where that is not success. A success is told by the status alone."""
    if new.phase != old.phase and new.phase in {"Failed", "Canceled"}:
        yield Notice("Warning", f"Run{new.phase}", new.message or new.phase)
    for path, status in new.steps.items():
        if status.reason in _TOLD and (path not in old.steps or old.steps[path].reason is not status.reason):
            yield Notice("Normal", str(status.reason), f"step {path!r}: {status.message}")


def _find_end(round_: Round) -> tuple[Phase, str]:
    run, steps = round_.situation.run, round_.statuses
    outcome = round_.find_outcome(round_.graph.order)
    if outcome == "Canceled" and run.spec.cancel is not None:
        return outcome, f"canceled by spec.cancel: {run.spec.cancel}"
    if any(status.reason is StepReason.RUN_DEADLINE_EXCEEDED for status in steps.values()):
        return outcome, f"ran longer than activeDeadlineSeconds: {round_.graph.spec.active_deadline_seconds}"
    return outcome, (_find_message(steps) or "") if outcome != "Succeeded" else ""


def _find_message(steps: Mapping[str, StepStatus]) -> str | None:
    """What to know first: the first failure, else the first trouble."""
    for name, status in steps.items():
        if status.phase is StepPhase.FAILED and status.reason is not None:
            return shorten(f"step {name!r} failed ({_describe(status)}){_tail(status)}")
    for name, status in steps.items():
        if status.reason is StepReason.REPLACED:
            return shorten(f"step {name!r} was replaced{_tail(status)}")
    for name, status in steps.items():
        if status.reason in _TROUBLES and status.phase not in TERMINAL:
            return shorten(f"step {name!r} waits ({status.reason}){_tail(status)}")
    return None


def _describe(status: StepStatus) -> str:
    code = "" if status.exit_code is None else f", exit code {status.exit_code}"
    return f"{status.reason}{code}"


def _tail(status: StepStatus) -> str:
    """The last line of a step's message: of a log, the one that says most."""
    lines = [line for line in (status.message or "").splitlines() if line.strip()]
    return f": {lines[-1].strip().removeprefix('waits: ').removeprefix('waits for ')}" if lines else ""


def _evaluate_outputs(round_: Round) -> dict[str, Any]:
    """Those of the graph; of a slice what became of its items, also where some failed."""
    scope, part = round_.build_full_scope(), round_.situation.run.spec.slice
    texts = {output.name: _write_json(output.value, scope) for output in round_.graph.spec.outputs}
    if part is not None:
        texts = {OUTPUT: json.dumps(pack_values(scope["steps"][build_identifier(part.step)]))}
    size = sum(len(text.encode()) for text in texts.values())
    if size > MAX_OUTPUT_BYTES:
        raise ExpressionError(f"have {size:,} bytes of at most {MAX_OUTPUT_BYTES:,}")
    return {name: json.loads(text) for name, text in texts.items()}


def _write_json(source: str, scope: Scope) -> str:
    """The value of CEL as JSON, which is all that a status can hold."""
    value = evaluate(source, scope)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError as error:
        raise ExpressionError(f"{source}: {error}") from None
