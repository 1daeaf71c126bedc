"""Owns the plan of one Run, from its acceptance to its end: a pure and total function of what was observed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from longshore.api.runs import Run, SourceStatus
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.workflows import WorkflowSpec
from longshore.names import get_step_name, is_slice
from longshore.planning.acceptance.graphs import Graph, build_graph
from longshore.planning.attempts.attempts import (
    STOPS,
    TERMINAL,
    Situation,
    find_commit,
    find_deadline,
    find_seal_time,
    plan_stop,
)
from longshore.planning.attempts.outcomes import UNREACHABLE_AFTER
from longshore.planning.findings import Finding
from longshore.planning.groups.places import list_live_claims
from longshore.planning.observations import Observed
from longshore.planning.plans import Action, Plan
from longshore.planning.pools.pools import lift_limits
from longshore.planning.runs.conclusions import conclude, find_suspended_seconds, plan_notices
from longshore.planning.runs.progress import follow_all
from longshore.planning.runs.queues import plan_queued
from longshore.planning.runs.rounds import Round
from longshore.planning.runs.snapshots import build_refusal, is_accepted, plan_acceptance
from longshore.planning.runs.summaries import FINISHED
from longshore.planning.steps.children import find_child_deadline, plan_child
from longshore.planning.steps.credentials import SETUP_PATIENCE
from longshore.planning.steps.debugs import plan_debug_stops
from longshore.planning.steps.questions import find_question_id
from longshore.planning.steps.shares import find_pod
from longshore.planning.steps.starts import plan_starts
from longshore.planning.tables import StatusTable
from longshore.planning.times import parse_time


def plan_run(run: Run, observed: Observed, now: datetime) -> Plan:
    """What to do now for a Run."""
    if run.metadata.deletion_timestamp or run.status.phase in FINISHED:
        return Plan(run.status)
    if not is_accepted(run):
        return _announce(run, _plan_beginning(run, observed, now))
    if observed.graph is None or (run.spec.slice is not None and observed.inherited is None):
        return Plan(run.status)  # the owner of a slice is gone, and it will follow
    if run.status.phase == "Queued":
        return _announce(run, plan_queued(run, observed.graph.spec, observed, now))
    return _announce(run, _plan_execution(run, observed.graph, observed, now))


def plan_refusal(run: Run, findings: list[Finding], now: datetime) -> Plan:
    """What to do for a Run whose spec can't even be read."""
    return _announce(run, Plan(build_refusal(run, findings, now)))


def _plan_beginning(run: Run, observed: Observed, now: datetime) -> Plan:
    """Accept the Run, and start it with the same write where a crash would have it accepted the same way again."""
    begun = run
    if observed.pods or observed.children:
        # It began before such a crash: a cancel has to end that, and a limit comes too late.
        begun = run.model_copy(update={"spec": run.spec.model_copy(update={"cancel": None})})
        observed = replace(observed, wait=None, is_room_assured=True, groups=None)
    plan = plan_acceptance(begun, observed, now)
    is_its_own = run.spec.workflow_spec is not None and run.spec.rerun is None
    if plan.status.phase != "Running" or not is_its_own or not observed.is_room_assured:
        return plan
    graph = build_graph(WorkflowSpec.model_validate(plan.status.workflow_spec))
    return _plan_execution(run.model_copy(update={"status": plan.status}), graph, observed, now)


def _announce(run: Run, plan: Plan) -> Plan:
    return replace(plan, notices=tuple(plan_notices(run.status, plan.status)))


def _plan_execution(run: Run, graph: Graph, observed: Observed, now: datetime) -> Plan:
    # 1. Is everything to end?
    halt, deadline = _find_halt(run, graph, now)
    if run.spec.queue_name:
        observed = replace(observed, pool=lift_limits(observed.pool))
    # 2. What do pods and people say?
    run = _pin_source(run, graph, observed)
    statuses, questions = StatusTable(_list_statuses(run, graph)), dict(run.status.questions)
    round_ = Round(
        graph,
        observed,
        Situation(run, now, halt, observed.archive, observed.nodes, observed.pool.agents),
        statuses,
        questions,
    )
    follow_all(round_)
    # 3. What ends early, whose reason is on record? What sleeps on for nobody?
    round_.actions += [*_plan_stops(round_), *plan_debug_stops(round_)]
    round_.actions += _plan_children(round_)
    # 4. What starts, and what never will? By a verdict nothing does before that is on record.
    if not _has_new_verdict(run, round_):
        round_ = plan_starts(round_)
    # 5. What does it all mean?
    wakes = [*round_.wake_at, *deadline, *_find_wakes(round_)]
    plan = Plan(conclude(round_), tuple(round_.actions), wake_at=min(wakes, default=None))
    return replace(plan, waits=tuple(round_.waits), group_claims=(*round_.group_waits, *list_live_claims(round_)))


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


def _plan_stops(round_: Round) -> Iterator[Action]:
    """By what is on record: an early end is recorded before it is done."""
    for path, status in round_.situation.run.status.steps.items():
        if status.reason in STOPS:
            pod = round_.observed.find_pod(status.pod, path)
            yield from plan_stop(round_.get_step(path), status, pod, round_.situation)


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
                pod.kill_at,
                find_seal_time(status, pod, round_.get_situation(path)) if pod.step.ended else None,
                pod.deleted + UNREACHABLE_AFTER if pod.deleted else None,
                pod.setup_since + SETUP_PATIENCE if pod.setup_since else None,
            ]
        elif child := round_.observed.children.get(status.run or ""):
            times = [find_child_deadline(round_.get_step(path), child, now)]
        elif (question := round_.questions.get(find_question_id(path, status))) and question.deadline:
            times = [parse_time(question.deadline)]
        wakes += [time for time in times if time is not None and time > now]
    return wakes
