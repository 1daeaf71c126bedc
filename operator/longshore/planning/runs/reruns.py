"""Owns what a rerun takes over from the earlier Run: steps that are done, items, the commit. Must not run any.

A step is never taken over whose needs run again, whatever was chosen.
"""

from collections.abc import Iterator
from datetime import datetime

from longshore.api.runs import Rerun, Run, RunStatus, SourceStatus
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.workflows import WorkflowSpec
from longshore.errors import ExpressionError
from longshore.names import get_items, is_slice
from longshore.planning.acceptance.graphs import Graph, build_graph
from longshore.planning.attempts.attempts import TERMINAL, Situation
from longshore.planning.attempts.outcomes import shorten
from longshore.planning.expressions.fanouts import Each
from longshore.planning.expressions.interpolations import interpolate
from longshore.planning.expressions.scopes import build_run_scope
from longshore.planning.findings import Fault, Finding
from longshore.planning.observations import Observed
from longshore.planning.runs.rounds import Round
from longshore.planning.runs.summaries import FINISHED
from longshore.planning.steps.ends import evaluate_when
from longshore.planning.steps.items import MAX_ENTRIES
from longshore.planning.steps.slices import build_slice_paths
from longshore.planning.steps.transfers import build_origin, leaves_artifacts
from longshore.planning.tables import StatusTable

# Others were skipped for a failure, or canceled: they are what a rerun is for.
_GENUINE_SKIPS = frozenset({
    StepReason.WHEN_FALSE, StepReason.NEED_SKIPPED, StepReason.NO_ITEMS, StepReason.REUSED,
})  # fmt: skip
_WAITING = StepStatus(phase=StepPhase.PENDING, reason=StepReason.AWAITING_NEEDS, attempt=0)


def check_rerun(rerun: Rerun, earlier: Run | None, spec: WorkflowSpec) -> Iterator[Finding]:
    """What is wrong with a rerun of a Run of this graph; `earlier` is None where that Run is gone."""
    if earlier is None:
        message = f"there is no Run {rerun.run!r} in this namespace; make a Run without rerun"
        yield Finding(Fault.EARLIER_RUN, "spec.rerun.run", message)
    elif earlier.status.phase not in FINISHED:
        message = f"Run {rerun.run!r} has not ended; wait for its end or cancel it, then make a new Run"
        yield Finding(Fault.RERUN, "spec.rerun.run", message)
    names = [step.name for step in (*spec.steps, *spec.finally_)]
    if (rerun.from_ == "Step") != (rerun.step is not None):
        yield Finding(Fault.RERUN, "spec.rerun.step", "goes with from: Step; set both or neither")
    elif rerun.step is not None and rerun.step not in names:
        message = f"there is no step {rerun.step!r}; there are: {', '.join(names)}"
        yield Finding(Fault.RERUN, "spec.rerun.step", message)


def take_over(run: Run, graph: Graph, earlier: Run, now: datetime) -> RunStatus:
    """The status of a Run that was just accepted, together with what it reuses of the earlier one."""
    rerun, snapshot = run.spec.rerun, earlier.status.workflow_spec
    if rerun is None or rerun.from_ == "All" or snapshot is None:
        return run.status
    before = build_graph(WorkflowSpec.model_validate(snapshot))
    new, old = _build_round(run, graph, now), _build_round(earlier, before, now)
    if graph.spec.source == before.spec.source:
        for name in new.list_main():
            if _may_reuse(name, rerun, new, old):
                new.statuses.put(reuse_step(name, new, old))
    update = {"steps": new.statuses, "source": _find_source(new, old)}
    return run.status.model_copy(update=update)


def reuse_step(name: str, new: Round, old: Round) -> dict[str, StepStatus]:
    """The entries that a step takes over, whose definition is the same: its own, or of a fan-out all items'.

    Items that run again are among them, and wait; empty where nothing is taken over.
    """
    status, items = old.statuses[name], old.list_items(name)
    if not items:
        is_whole = new.graph.steps[name].for_each is None or status.phase is StepPhase.SKIPPED
        return {name: _build_reused(name, status, old)} if is_whole and _is_reusable(status) else {}
    entries = _reuse_items(name, new, old)
    if len(entries) == len(items) and all(entry.phase in TERMINAL for entry in entries.values()):
        entries[name] = _build_reused(name, status, old)
    return entries


def _build_round(run: Run, graph: Graph, now: datetime) -> Round:
    """A round to read from: nothing is planned in it."""
    return Round(graph, Observed(graph), Situation(run, now), StatusTable(run.status.steps))


def _may_reuse(name: str, rerun: Rerun, new: Round, old: Round) -> bool:
    """Whether a step is the same as it was, was not chosen to run, and needs nothing that runs again."""
    step = new.graph.steps[name]
    is_same = name not in old.graph.finals and old.graph.steps.get(name) == step and name in old.statuses
    if not is_same or name == rerun.step or (step.approval is not None and not _is_same_request(new, old)):
        return False
    # At this point only what is taken over is done.
    return all(new.is_done(need) for need in step.needs or ())


def _is_same_request(new: Round, old: Round) -> bool:
    """Whether what people approved is what is asked for now: else a rerun would be a way around them."""
    now, then = new.situation.run, old.situation.run
    return now.spec.workflow_ref == then.spec.workflow_ref and now.status.params == then.status.params


def _reuse_items(name: str, new: Round, old: Round) -> dict[str, StepStatus]:
    """An entry for each item; those whose value is the same, and that were done, are taken over."""
    try:
        now, then = new.list_eaches(name), old.list_eaches(name)
    except ExpressionError:
        return {}
    is_skipped = evaluate_when(new, name, new.statuses[name], new.graph.steps[name]) is not None
    paths = _list_paths(name, len(now), old)
    if is_skipped or len(new.statuses) + len(paths) > MAX_ENTRIES:
        return {}
    same = [path for path in paths if _pick(now, path) == _pick(then, path)]
    done = [path for path in same if path in old.statuses and _is_reusable(old.statuses[path])]
    entries = dict.fromkeys(paths, _WAITING)
    return entries | {path: _build_reused(name, old.statuses[path], old) for path in done} if done else {}


def _list_paths(name: str, count: int, old: Round) -> list[str]:
    """The paths of a fan-out of so many items: of slices, where the earlier Run had those."""
    if is_slice(old.list_items(name)[0]):
        return build_slice_paths(name, count)
    return [f"{name}[{index}]" for index in range(count)]


def _pick(eaches: list[Each], path: str) -> list[Each]:
    """What `each` is in the items of a path."""
    items = get_items(path)
    return eaches[items.start : items.stop]


def _is_reusable(status: StepStatus) -> bool:
    if status.phase is StepPhase.SKIPPED:
        return status.reason in _GENUINE_SKIPS
    return status.phase is StepPhase.SUCCEEDED


def _build_reused(name: str, status: StepStatus, old: Round) -> StepStatus:
    """The outcome without an attempt: there is no pod of it in this Run, and its first attempt may come yet.

    Of what was reused already the message stays, as it names the Run that has the log.
    """
    said = f"reused from run {old.situation.run.metadata.name}" + (f": {status.message}" if status.message else "")
    return StepStatus(
        phase=status.phase,
        reason=StepReason.REUSED,
        message=status.message if status.reason is StepReason.REUSED else shorten(said),
        attempt=0,
        exit_code=status.exit_code,
        start_time=status.start_time,
        completion_time=status.completion_time,
        outputs=status.outputs,
        tests=status.tests,
        artifacts=build_origin(status, old.situation.run.metadata.uid)
        if leaves_artifacts(old.graph, name)
        else None,
    )


def _find_source(new: Round, old: Round) -> SourceStatus | None:
    """The commit of the earlier Run, unless another repository or revision is asked for now."""
    try:
        is_same = _render_source(new) == _render_source(old)
    except ExpressionError:
        return None  # each step will fail with this
    return old.situation.run.status.source if is_same else None


def _render_source(round_: Round) -> tuple[str, str] | None:
    source, scope = round_.graph.spec.source, build_run_scope(round_.situation.run)
    return (
        None if source is None else (interpolate(source.git.url, scope), interpolate(source.git.revision, scope))
    )
