"""Owns how a Run is accepted: it takes its graph's snapshot, or is told why it can't. Must not start anything.

The snapshot is written before anything starts, so a Workflow may change or go at any moment.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from longshore.api.runs import Run, RunStatus
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.workflows import WorkflowSpec
from longshore.names import PATH_ANNOTATION
from longshore.planning.acceptance.acceptance import check_run, parse_workflow
from longshore.planning.acceptance.artifacts import check_archive
from longshore.planning.acceptance.deadlocks import check_lineage
from longshore.planning.acceptance.graphs import build_graph
from longshore.planning.acceptance.parameters import resolve_params
from longshore.planning.conditions import build_condition, find_condition, set_condition
from longshore.planning.findings import Fault, Finding, write_message
from longshore.planning.observations import Observed
from longshore.planning.plans import Plan
from longshore.planning.runs.conclusions import finish
from longshore.planning.runs.queues import plan_queued
from longshore.planning.runs.reruns import check_rerun, take_over
from longshore.planning.times import parse_time

OWNER_DELAY = timedelta(seconds=1)
"""How long a slice waits to look again whether its owner has it on record: that is written right after."""
WORKFLOW_GRACE = timedelta(seconds=60)
"""How long a Run waits for a Workflow that is not there: both may come from one `kubectl apply`."""


def is_accepted(run: Run) -> bool:
    """Whether the Run has its snapshot."""
    condition = find_condition(run.status.conditions, "Accepted")
    return condition is not None and condition.status == "True"


def plan_acceptance(run: Run, observed: Observed, now: datetime) -> Plan:
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
        return Plan(build_refusal(run, spec, now))
    findings, earlier = check_run(run.spec, spec), observed.earlier
    if run.spec.rerun is not None:
        findings += check_rerun(run.spec.rerun, earlier, spec)
    if not findings:
        graph, path = build_graph(spec), run.metadata.annotations.get(PATH_ANNOTATION, "")
        findings = [*check_archive(graph, observed.archive), *check_lineage(graph, observed.lineage, path)]
    if findings:
        return Plan(build_refusal(run, findings, now))
    status = _accept(run, spec, raw, now)
    if earlier is not None:
        status = take_over(run.model_copy(update={"status": status}), build_graph(spec), earlier, now)
    return plan_queued(run.model_copy(update={"status": status}), spec, observed, now)


def _plan_slice(run: Run, observed: Observed, now: datetime) -> Plan:
    """Take the snapshot from the owner, once it has on record that it made this slice, and after what."""
    if not observed.lineage:
        message = "makes the Run a part of another one that owns it; only Longshore sets it, so remove it"
        return Plan(build_refusal(run, [Finding(Fault.SLICE, "spec.slice", message)], now))
    inherited = observed.inherited
    if inherited is None:
        waits = {"phase": "Queued", "message": f"waits for Run {observed.lineage[0].name} to tell of this slice"}
        return Plan(run.status.model_copy(update=waits), wake_at=now + OWNER_DELAY)
    snapshot = dict(inherited.snapshot)
    spec = WorkflowSpec.model_validate(snapshot)
    given = {"params": dict(inherited.params), "source": inherited.source}
    status = _accept(run, spec, snapshot, now).model_copy(update=given)
    return plan_queued(run.model_copy(update={"status": status}), spec, observed, now)


def _await_workflow(run: Run, name: str, now: datetime) -> Plan:
    created = parse_time(run.metadata.creation_timestamp) if run.metadata.creation_timestamp else now
    deadline = created + WORKFLOW_GRACE
    message = f"there is no Workflow {name!r} in this namespace; create it, or correct the name in a new Run"
    finding = Finding(Fault.WORKFLOW, "spec.workflowRef.name", message)
    if now >= deadline:
        return Plan(build_refusal(run, [finding], now))
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


def build_refusal(run: Run, findings: list[Finding], now: datetime) -> RunStatus:
    """The status of a Run that can't start: it fails without a pod."""
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
