"""Owns memoization: what makes two successes the same, and which earlier one a step reuses in place of starting.

The record is the Runs themselves: a success of a step with `memoize` has its identity in its status, for as long
as its Run is there. What reused one is no record of its own, so ages count from the success. Must not keep any.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.errors import ExpressionError
from longshore.names import get_step_name
from longshore.planning.expressions.interpolations import interpolate
from longshore.planning.findings import Fault, Finding
from longshore.planning.observations import Memo
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.statuses import build_end
from longshore.planning.times import parse_time, write_time


def check_memoize(prefix: str, step: Step) -> Iterator[Finding]:
    """What is wrong with a step's memoize."""
    if step.memoize is None:
        return
    field = f"{prefix}.memoize"
    for kind in ("agent", "approval"):
        if getattr(step, kind) is not None:
            message = f"is for a step with an image or a workflow, not with {kind}; remove it"
            yield Finding(Fault.STEP, field, message)
    if step.repeat is not None:
        yield Finding(Fault.STEP, field, "can't be had together with repeat, whose rounds all differ; remove one")


def list_memos(raw: Mapping[str, Any]) -> Iterator[tuple[str, Memo]]:
    """The successes on record in a Run, as the API server has it, each by its identity."""
    for path, step in raw.get("status", {}).get("steps", {}).items():
        if "memo" in step and step.get("reason") == StepReason.COMPLETED:
            completed = parse_time(step["completionTime"])
            outcome = step.get("exitCode"), step.get("outputs")
            yield step["memo"], Memo(raw["metadata"]["name"], path, completed, *outcome)


def record_success(round_: Round, path: str) -> None:
    """Have a success found by later ones. One whose key can't be told any more is none's but its own."""
    status = round_.statuses[path]
    if round_.get_step(path).memoize is None or status.reason is not StepReason.COMPLETED:
        return
    try:
        round_.statuses[path] = status.model_copy(update={"memo": _build_identity(round_, path)})
    except ExpressionError:
        return


def recall_success(round_: Round, path: str) -> StepStatus | None:
    """The end of a step that an earlier success stands for. Raises ExpressionError.

    Before its first attempt only: what failed, or was sent back by a check, is to be done.
    """
    step, status, now = round_.get_step(path), round_.statuses[path], round_.situation.now
    if step.memoize is None or status.attempt > 0 or _must_run(round_, path):
        return None
    memos = round_.observed.memos.get(_build_identity(round_, path), {}).values()
    memo = max(memos, key=lambda memo: (memo.completed, memo.run, memo.path), default=None)
    if memo is None or _is_too_old(memo, step.memoize.max_age_seconds, now):
        return None
    message = f"reuses {memo.run}/{memo.path} of {write_time(memo.completed)}"
    end = build_end(status, StepPhase.SUCCEEDED, StepReason.MEMOIZED, now, message)
    return end.model_copy(update={"outputs": memo.outputs, "exit_code": memo.exit_code})


def _must_run(round_: Round, path: str) -> bool:
    """Whether a rerun was made for just this."""
    rerun = round_.situation.run.spec.rerun
    return rerun is not None and (rerun.from_ == "All" or rerun.step == get_step_name(path))


def _is_too_old(memo: Memo, max_age_seconds: int | None, now: datetime) -> bool:
    return max_age_seconds is not None and now - memo.completed > timedelta(seconds=max_age_seconds)


def _build_identity(round_: Round, path: str) -> str:
    """The same for successes that may stand for one another: of one Workflow, source, definition and key."""
    step, source = round_.get_step(path), round_.graph.spec.source
    reference = round_.situation.run.spec.workflow_ref
    parts = [
        reference.name if reference else "",
        source.to_json() if source else None,
        step.model_copy(update={"memoize": None}).to_json(),
        interpolate(step.memoize.key if step.memoize else "", round_.build_scope(path)),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
