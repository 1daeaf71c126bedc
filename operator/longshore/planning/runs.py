"""Owns the plan of one Run, from its acceptance to its end: a pure and total function of what was observed.

Acceptance writes the graph's snapshot before anything starts, so a Workflow may change or go at any moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from longshore.api.runs import Run, RunStatus, SourceStatus, StepPhase, StepReason, StepStatus
from longshore.api.workflows import WorkflowSpec
from longshore.names import get_step_name, is_slice
from longshore.planning.acceptance import check_run, parse_workflow
from longshore.planning.attempts import (
    CANCELS,
    TERMINAL,
    Situation,
    find_commit,
    find_deadline,
    follow_attempt,
    plan_stop,
)
from longshore.planning.budgets import OutputBudget
from longshore.planning.children import find_child_deadline, follow_child, plan_child
from longshore.planning.conclusions import conclude, find_suspended_seconds, finish, plan_notices
from longshore.planning.conditions import build_condition, find_condition, set_condition
from longshore.planning.debugs import plan_debug_stops
from longshore.planning.findings import Fault, Finding, write_message
from longshore.planning.graphs import Graph, build_graph
from longshore.planning.items import recall_items
from longshore.planning.loops import plan_repeat, plan_verification
from longshore.planning.memos import record_success
from longshore.planning.observations import Observed
from longshore.planning.outcomes import UNREACHABLE_AFTER
from longshore.planning.parameters import resolve_params
from longshore.planning.plans import Action, Plan
from longshore.planning.questions import find_question_id, follow_question
from longshore.planning.queues import plan_queued
from longshore.planning.reruns import check_rerun, take_over
from longshore.planning.rounds import Round, is_made
from longshore.planning.shares import find_pod, place_attempt
from longshore.planning.starts import plan_starts
from longshore.planning.summaries import FINISHED
from longshore.planning.times import parse_time

OWNER_DELAY = timedelta(seconds=1)
"""How long a slice waits to look again whether its owner has it on record: that is written right after."""
WORKFLOW_GRACE = timedelta(seconds=60)
"""How long a Run waits for a Workflow that is not there: both may come from one `kubectl apply`."""


def plan_run(run: Run, observed: Observed, now: datetime) -> Plan:
    """What to do now for a Run."""
    if run.metadata.deletion_timestamp or run.status.phase in FINISHED:
        return Plan(run.status)
    if not is_accepted(run):
        return _announce(run, _plan_acceptance(run, observed, now))
    if observed.graph is None or (run.spec.slice is not None and observed.inherited is None):
        return Plan(run.status)  # the owner of a slice is gone, and it will follow
    if run.status.phase == "Queued":
        return _announce(run, plan_queued(run, observed.graph.spec, observed.wait, now))
    return _announce(run, _plan_execution(run, observed.graph, observed, now))


def plan_refusal(run: Run, findings: list[Finding], now: datetime) -> Plan:
    """What to do for a Run whose spec can't even be read."""
    return _announce(run, Plan(_refuse(run, findings, now)))


def is_accepted(run: Run) -> bool:
    """Whether the Run has its snapshot."""
    condition = find_condition(run.status.conditions, "Accepted")
    return condition is not None and condition.status == "True"


def _announce(run: Run, plan: Plan) -> Plan:
    return replace(plan, notices=tuple(plan_notices(run.status, plan.status)))


def _plan_acceptance(run: Run, observed: Observed, now: datetime) -> Plan:
    """Take the snapshot, or say why not. A cancel that comes first ends the Run."""
    if run.spec.cancel is not None:
        return Plan(finish(run, run.status, "Canceled", "canceled before it was accepted", now))
    if run.spec.slice is not None:
        return _plan_slice(run, observed, now)
    reference = run.spec.workflow_ref
    raw = observed.workflow
    if raw is None:
        name = reference.name if reference else ""
        return _await_workflow(run, name, now)
    spec = parse_workflow(dict(raw))
    if not isinstance(spec, WorkflowSpec):
        return Plan(_refuse(run, spec, now))
    findings, earlier = check_run(run.spec, spec), observed.earlier
    if run.spec.rerun is not None:
        findings += check_rerun(run.spec.rerun, earlier, spec)
    if findings:
        return Plan(_refuse(run, findings, now))
    status = _accept(run, spec, raw, now)
    if earlier is not None:
        status = take_over(run.model_copy(update={"status": status}), build_graph(spec), earlier, now)
    return plan_queued(run.model_copy(update={"status": status}), spec, observed.wait, now)


def _plan_slice(run: Run, observed: Observed, now: datetime) -> Plan:
    """Take the snapshot from the owner, once it has on record that it made this slice, and after what."""
    if not observed.lineage:
        message = "makes the Run a part of another one that owns it; only Longshore sets it, so remove it"
        return Plan(_refuse(run, [Finding(Fault.SLICE, "spec.slice", message)], now))
    inherited = observed.inherited
    if inherited is None:
        waits = {"phase": "Queued", "message": f"waits for Run {observed.lineage[0].name} to tell of this slice"}
        return Plan(run.status.model_copy(update=waits), wake_at=now + OWNER_DELAY)
    snapshot = dict(inherited.snapshot)
    spec = WorkflowSpec.model_validate(snapshot)
    given = {"params": dict(inherited.params), "source": inherited.source}
    status = _accept(run, spec, snapshot, now).model_copy(update=given)
    return plan_queued(run.model_copy(update={"status": status}), spec, observed.wait, now)


def _await_workflow(run: Run, name: str, now: datetime) -> Plan:
    created = parse_time(run.metadata.creation_timestamp) if run.metadata.creation_timestamp else now
    deadline = created + WORKFLOW_GRACE
    message = f"there is no Workflow {name!r} in this namespace; create it, or correct the name in a new Run"
    finding = Finding(Fault.WORKFLOW, "spec.workflowRef.name", message)
    if now >= deadline:
        return Plan(_refuse(run, [finding], now))
    status = run.status.model_copy(
        update={
            "phase": "Queued",
            "conditions": _set_accepted(run, now, [finding]),
            "message": str(finding),
            "observed_generation": run.metadata.generation,
        }
    )
    return Plan(status, wake_at=deadline)


def _set_accepted(run: Run, now: datetime, findings: list[Finding]) -> list[Any]:
    generation = run.metadata.generation
    if findings:
        reason, message = findings[0].fault.value, write_message(findings)
        condition = build_condition("Accepted", "False", reason, message, generation=generation)
    else:
        condition = build_condition("Accepted", "True", "Accepted", generation=generation)
    return set_condition(run.status.conditions, condition, now)


def _refuse(run: Run, findings: list[Finding], now: datetime) -> RunStatus:
    """A Run that can't start fails without a pod."""
    conditions = _set_accepted(run, now, findings)
    status = run.status.model_copy(
        update={"conditions": conditions, "observed_generation": run.metadata.generation}
    )
    return finish(run, status, "Failed", write_message(findings), now)


def _accept(run: Run, spec: WorkflowSpec, raw: Mapping[str, Any], now: datetime) -> RunStatus:
    """The Run has all that it needs but room."""
    return run.status.model_copy(
        update={
            "conditions": _set_accepted(run, now, []),
            "workflow_spec": dict(raw),
            "params": resolve_params(spec.params, run.spec.params),
            "steps": {
                step.name: StepStatus(phase=StepPhase.PENDING, reason=StepReason.AWAITING_NEEDS, attempt=0)
                for step in (*spec.steps, *spec.finally_)
            },
            "progress": f"0/{len(spec.steps) + len(spec.finally_)}",
            "message": None,
            "observed_generation": run.metadata.generation,
        }
    )


def _plan_execution(run: Run, graph: Graph, observed: Observed, now: datetime) -> Plan:
    # 1. Is everything to end?
    halt, deadline = _find_halt(run, graph, now)
    # 2. What do pods and people say?
    run = _pin_source(run, graph, observed)
    statuses, questions = _list_statuses(run, graph), dict(run.status.questions)
    round_ = Round(graph, observed, Situation(run, now, halt), statuses, questions)
    recall_items(round_)
    while _follow(round_):
        pass
    # 3. What ends early, whose reason is on record? What sleeps on for nobody?
    round_.actions += [*_plan_stops(run, observed), *plan_debug_stops(round_)]
    round_.actions += _plan_children(round_)
    # 4. What starts, and what never will? By a verdict nothing does before that is on record.
    if not _has_new_verdict(run, round_):
        round_ = plan_starts(round_)
    # 5. What does it all mean?
    wakes = [*round_.wake_at, *deadline, *_find_wakes(round_)]
    return Plan(conclude(round_), tuple(round_.actions), wake_at=min(wakes, default=None))


def _has_new_verdict(run: Run, round_: Round) -> bool:
    """Whether an approval has just ended: after a crash a later answer might have it end in another way."""
    return any(
        status.phase in TERMINAL
        and round_.get_step(path).approval is not None
        and (path not in run.status.steps or run.status.steps[path].phase not in TERMINAL)
        for path, status in round_.statuses.items()
    )


def _list_statuses(run: Run, graph: Graph) -> dict[str, StepStatus]:
    """All entries in the graph's order: the API server's are in that of the alphabet."""
    known = run.status.steps
    missing = {name: StepStatus(phase=StepPhase.PENDING, attempt=0) for name in graph.order if name not in known}
    position = {name: index for index, name in enumerate(graph.order)}
    paths = sorted(known | missing, key=lambda path: (position[get_step_name(path)], _index(path)))
    return {path: known.get(path) or missing[path] for path in paths}


def _index(path: str) -> int:
    """Of an item its index, of a slice that of its first, of a step -1."""
    return int(path.partition("[")[2].partition(":")[0].rstrip("]") or -1)


def _plan_stops(run: Run, observed: Observed) -> Iterator[Action]:
    for path, status in run.status.steps.items():
        is_immediate = run.spec.cancel == "Immediate" and status.reason in CANCELS
        yield from plan_stop(status, observed.find_pod(status.pod, path), is_immediate=is_immediate)


def _plan_children(round_: Round) -> Iterator[Action]:
    """What goes down to child Runs, by what is on record of their steps."""
    situation = round_.situation
    for status in situation.run.status.steps.values():
        if status.run is not None:
            yield from plan_child(status, round_.observed.children.get(status.run), situation)


def _find_halt(run: Run, graph: Graph, now: datetime) -> tuple[StepReason | None, list[datetime]]:
    """Why all steps are to end, and else when the Run's deadline passes. A cancel beats all."""
    if run.spec.cancel is not None:
        return StepReason.RUN_CANCELED, []
    seconds, start = graph.spec.active_deadline_seconds, run.status.start_time
    if seconds is None or start is None or run.spec.suspend:
        return None, []
    deadline = parse_time(start) + timedelta(seconds=seconds + (find_suspended_seconds(run, now) or 0))
    return (StepReason.RUN_DEADLINE_EXCEEDED, []) if now >= deadline else (None, [deadline])


def _follow(round_: Round) -> bool:
    """Look at all attempts. Returns whether a next round has begun already, before a crash: look again."""
    before, budget = dict(round_.statuses), OutputBudget(round_.statuses)
    for path in list(round_.list_paths()):
        _follow_path(round_, path)
        if before[path].phase not in TERMINAL:
            round_.statuses[path] = budget.charge(round_.statuses[path])
            plan_repeat(round_, path)
            record_success(round_, path)
    for name in round_.graph.order:
        plan_verification(round_, name)
    return any(
        status.attempt > before[path].attempt and not is_made(status) and round_.has_begun(path, status.attempt)
        for path, status in round_.statuses.items()
    )


def _follow_path(round_: Round, path: str) -> None:
    """Look at the pod or the child Run of a path's attempt, or at what people answered.

    It may have been created and not recorded, before a crash; and so may that of a retry after it.
    """
    step, situation = round_.get_step(path), replace(round_.situation, halt=round_.find_halt(path))
    status = round_.statuses[path]
    if step.approval is not None:
        round_.statuses[path] = follow_question(round_.questions, path, status, situation)
        return
    status, turn = place_attempt(round_, path, status)
    while status.phase not in TERMINAL and turn != "Waits":
        number = max(status.attempt, 1)
        if not is_made(status) and not round_.has_begun(path, number):
            break
        attempt = situation.build_attempt(path, number)
        if round_.has_child(path):
            status = follow_child(step, status, round_.observed.children.get(attempt.child), situation)
        else:
            status = follow_attempt(step, status, find_pod(round_, path, status), situation)
        if status.attempt == number:
            break
    round_.statuses[path] = status


def _pin_source(run: Run, graph: Graph, observed: Observed) -> Run:
    """Record the commit that the first checkout found; all later ones get the same."""
    if graph.spec.source is None or run.status.source is not None:
        return run
    pods = sorted(observed.pods.values(), key=lambda pod: (pod.created, pod.name))
    runs = {status.run for path, status in run.status.steps.items() if is_slice(path)}
    slices = [child.commit for name, child in observed.children.items() if name in runs]
    found = [*map(find_commit, pods), *slices]
    commit = next(filter(None, found), None)
    if commit is None:
        return run
    status = run.status.model_copy(update={"source": SourceStatus(commit=commit)})
    return run.model_copy(update={"status": status})


def _find_wakes(round_: Round) -> list[datetime]:
    """When time alone changes what pods and people mean."""
    now, wakes = round_.situation.now, []
    for path, status in round_.statuses.items():
        if status.phase in TERMINAL:
            continue
        times: list[datetime | None] = []
        is_started = status.pod is not None and status.reason is not StepReason.AWAITING_NEEDS
        if is_started and (pod := find_pod(round_, path, status)):
            times = [
                find_deadline(round_.get_step(path), status, pod),
                pod.deleted + UNREACHABLE_AFTER if pod.deleted else None,
            ]
        elif child := round_.observed.children.get(status.run or ""):
            times = [find_child_deadline(round_.get_step(path), child, now)]
        elif (question := round_.questions.get(find_question_id(path, status))) and question.deadline:
            times = [parse_time(question.deadline)]
        wakes += [time for time in times if time is not None and time > now]
    return wakes
