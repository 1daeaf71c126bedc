"""Owns which steps start now, which never will, what the rest wait for. Must not look at running attempts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from longshore.api.runs import StepPhase, StepReason, StepStatus
from longshore.api.steps import Retry
from longshore.errors import ExpressionError
from longshore.manifests.pods import build_pod
from longshore.planning.attempts import TERMINAL, Situation
from longshore.planning.expressions import evaluate_condition
from longshore.planning.graphs import Graph
from longshore.planning.observations import Observed, Refusal
from longshore.planning.outcomes import shorten
from longshore.planning.plans import CreatePod
from longshore.planning.references import reads_outputs_of
from longshore.planning.retries import find_retry_time
from longshore.planning.scopes import Scope, build_scope, build_variables, render_checkout, render_step
from longshore.planning.times import write_time

BACKOFFS = frozenset({StepReason.BACKOFF, StepReason.INFRA_BACKOFF})
MAX_LISTED = 10
"""How many steps a message names."""
_REFUSED = {"Rejected": StepReason.POD_REJECTED, "NameConflict": StepReason.NAME_CONFLICT}


@dataclass(slots=True)
class Starts:
    """The statuses after this planning round, and the pods that it creates."""

    statuses: dict[str, StepStatus]
    creates: list[CreatePod] = field(default_factory=list)
    wake_at: list[datetime] = field(default_factory=list)


def plan_starts(
    graph: Graph, statuses: Mapping[str, StepStatus], observed: Observed, situation: Situation
) -> Starts:
    """Settle what can't start any more, then start what is ready, in order, as far as there is room."""
    starts = Starts(dict(statuses))
    while True:
        _settle(graph, starts.statuses, situation)
        ready = [name for name in graph.order if _is_ready(graph, starts, name, observed, situation)]
        failed = _start(graph, starts, ready, observed, situation)
        if not failed:
            return starts
        # A step that can't even start may fail the Run, which settles others: look again, with nothing started.
        starts = Starts({**statuses, **_ended(starts.statuses), **failed})


def has_failed(graph: Graph, statuses: Mapping[str, StepStatus]) -> bool:
    """Whether a step's failure fails the Run."""
    return any(
        statuses[name].phase is StepPhase.FAILED and step.on_error != "Continue"
        for name, step in graph.steps.items()
    )


def _ended(statuses: Mapping[str, StepStatus]) -> dict[str, StepStatus]:
    return {name: status for name, status in statuses.items() if status.phase in TERMINAL}


def _settle(graph: Graph, statuses: dict[str, StepStatus], situation: Situation) -> None:
    """End every step without a pod that will not start; in topological order, until nothing changes."""
    changed = True
    while changed:
        changed = False
        is_failing = has_failed(graph, statuses)
        for name in graph.order:
            status = statuses[name]
            if status.phase in TERMINAL or status.pod is not None:
                continue
            end = _find_end(graph, statuses, name, situation, is_failing=is_failing)
            if end is not None:
                statuses[name] = end
                changed = True


def _find_end(
    graph: Graph, statuses: Mapping[str, StepStatus], name: str, situation: Situation, *, is_failing: bool
) -> StepStatus | None:
    """How a step that has no pod ends without one, if it does."""
    step, status, now = graph.steps[name], statuses[name], situation.now
    needs = step.needs or []
    if situation.halt is not None:
        return _build_end(status, StepPhase.CANCELED, situation.halt, now)
    if is_failing and status.attempt > 0:
        return _build_end(status, StepPhase.CANCELED, StepReason.RUN_FAILED, now, status.message)
    if is_failing:
        failed = [need for need in graph.upstream[name] if statuses[need].phase is StepPhase.FAILED]
        reason = StepReason.NEED_FAILED if failed else StepReason.RUN_FAILED
        return _build_end(status, StepPhase.SKIPPED, reason, now, _list(sorted(failed)))
    if status.attempt > 0 or any(statuses[need].phase not in TERMINAL for need in needs):
        return None
    skipped = [need for need in sorted(graph.upstream[name]) if statuses[need].phase is StepPhase.SKIPPED]
    if unread := [need for need in skipped if reads_outputs_of(step, need)]:
        message = f"reads outputs of {_list(unread)}, skipped"
        return _build_end(status, StepPhase.SKIPPED, StepReason.NEED_SKIPPED, now, message)
    return _evaluate_when(graph, statuses, name, situation)


def _evaluate_when(
    graph: Graph, statuses: Mapping[str, StepStatus], name: str, situation: Situation
) -> StepStatus | None:
    step, status = graph.steps[name], statuses[name]
    if step.when is None:
        return None
    try:
        if evaluate_condition(step.when, build_scope(situation.run, statuses, graph.upstream[name])):
            return None
    except ExpressionError as error:
        return _build_failure(status, StepReason.EXPRESSION_FAILED, f"when: {error}", situation.now)
    return _build_end(status, StepPhase.SKIPPED, StepReason.WHEN_FALSE, situation.now, step.when)


def _is_ready(graph: Graph, starts: Starts, name: str, observed: Observed, situation: Situation) -> bool:
    """Whether the step's next attempt can be created now; else its status says what it waits for."""
    step, status, now = graph.steps[name], starts.statuses[name], situation.now
    if status.phase in TERMINAL or status.pod is not None:
        return False
    waits = [need for need in step.needs or () if starts.statuses[need].phase not in TERMINAL]
    if waits:
        starts.statuses[name] = _build_wait(status, StepReason.AWAITING_NEEDS, f"waits for {_list(waits)}")
        return False
    due = find_retry_time(step.retry or Retry(), status) if status.reason in BACKOFFS else None
    refusal = observed.refusals.get(situation.build_attempt(name, max(status.attempt, 1)).pod)
    if refusal is not None and refusal.kind == "Quota" and now < refusal.retry_at:
        starts.statuses[name] = _build_wait(status, StepReason.AWAITING_QUOTA, shorten(refusal.message))
        due = refusal.retry_at
    if due is not None and now < due:
        starts.wake_at.append(due)
        return False
    return True


def _start(
    graph: Graph, starts: Starts, ready: list[str], observed: Observed, situation: Situation
) -> dict[str, StepStatus]:
    """Create pods for as many as there is room for. Returns the steps that failed in place of starting."""
    limit = graph.spec.max_parallel_steps
    active = sum(status.pod is not None and status.phase not in TERMINAL for status in starts.statuses.values())
    room = len(ready) if limit is None else max(0, limit - active)
    failed: dict[str, StepStatus] = {}
    for name in ready[:room]:
        status = starts.statuses[name]
        attempt = situation.build_attempt(name, max(status.attempt, 1))
        try:
            create = _build_create(graph, starts.statuses, name, observed, situation)
        except ExpressionError as error:
            failed[name] = _build_failure(status, StepReason.EXPRESSION_FAILED, str(error), situation.now)
            continue
        refusal = observed.refusals.get(attempt.pod)
        if refusal is not None and refusal.kind in _REFUSED:
            failed[name] = _build_refused(status, refusal, situation.now)
            continue
        starts.creates.append(create)
        starts.statuses[name] = _build_started(status, attempt.number, attempt.pod)
    for name in ready[room:]:
        message = f"maxParallelSteps: {limit} steps run"
        starts.statuses[name] = _build_wait(starts.statuses[name], StepReason.AWAITING_SLOT, message)
    return failed


def _build_create(
    graph: Graph, statuses: Mapping[str, StepStatus], name: str, observed: Observed, situation: Situation
) -> CreatePod:
    run = situation.run
    scope = build_scope(run, statuses, graph.upstream[name])
    attempt = situation.build_attempt(name, max(statuses[name].attempt, 1))
    checkout = None
    if graph.spec.source is not None:
        checkout = render_checkout(graph.spec.source.git, run.status, _without_steps(scope), observed.runner_image)
    step = render_step(graph.steps[name], scope)
    manifest = build_pod(attempt, step, build_variables(run.status.params or {}), checkout)
    return CreatePod(attempt.pod, name, attempt.number, manifest)


def _without_steps(scope: Scope) -> Scope:
    return {root: value for root, value in scope.items() if root != "steps"}


def _build_started(status: StepStatus, attempt: int, pod: str) -> StepStatus:
    return status.model_copy(
        update={
            "phase": StepPhase.PENDING,
            "reason": StepReason.STARTING,
            "message": None,
            "attempt": attempt,
            "pod": pod,
            "exit_code": None,
            "completion_time": None,
        }
    )


def _build_wait(status: StepStatus, reason: StepReason, message: str) -> StepStatus:
    return status.model_copy(update={"reason": reason, "message": message})


def _build_end(
    status: StepStatus, phase: StepPhase, reason: StepReason, now: datetime, message: str | None = None
) -> StepStatus:
    return status.model_copy(
        update={"phase": phase, "reason": reason, "message": message or None, "completion_time": write_time(now)}
    )


def _build_failure(status: StepStatus, reason: StepReason, message: str, now: datetime) -> StepStatus:
    return _build_end(status, StepPhase.FAILED, reason, now, message)


def _build_refused(status: StepStatus, refusal: Refusal, now: datetime) -> StepStatus:
    return _build_failure(status, _REFUSED[refusal.kind], shorten(refusal.message), now)


def _list(steps: list[str]) -> str:
    rest = f" and {len(steps) - MAX_LISTED} more" if len(steps) > MAX_LISTED else ""
    return ", ".join(steps[:MAX_LISTED]) + rest
