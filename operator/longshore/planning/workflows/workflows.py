"""Owns the plan of one Workflow: whether Runs of it can start, its schedule, its history. Must not apply it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from longshore.api.steps import Step
from longshore.api.workflows import WorkflowSpec, WorkflowStatus
from longshore.manifests.attempts import Attempt
from longshore.manifests.pods import build_pod
from longshore.planning.acceptance.acceptance import parse_workflow
from longshore.planning.acceptance.graphs import resolve_step
from longshore.planning.conditions import build_condition, set_condition
from longshore.planning.findings import write_message
from longshore.planning.plans import WorkflowPlan
from longshore.planning.runs.urgencies import Urgency
from longshore.planning.times import parse_time, write_time
from longshore.planning.workflows.retentions import plan_surplus
from longshore.planning.workflows.reviews import ObservedWorkflow
from longshore.planning.workflows.schedules import plan_schedule

PROBE_IMAGE = "probe"
MAX_DELETES = 20
"""How many Runs go at once: where a limit is new there may be thousands, and Runs that go on come first."""
DELETE_PAUSE = timedelta(seconds=1)


def plan_workflow(seen: ObservedWorkflow, now: datetime) -> WorkflowPlan:
    """What to do now for a Workflow."""
    if seen.metadata.deletion_timestamp:
        return WorkflowPlan(seen.status)
    plan = plan_schedule(seen, _conclude(seen, now), now)
    surplus = plan_surplus(seen)
    wakes = [plan.wake_at, now + DELETE_PAUSE if len(surplus) > MAX_DELETES else None]
    return WorkflowPlan(
        status=plan.status,
        actions=(*plan.actions, *surplus[:MAX_DELETES]),
        notices=plan.notices,
        wake_at=min((time for time in wakes if time is not None), default=None),
    )


def find_urgency(old: WorkflowStatus, new: WorkflowStatus) -> Urgency:
    """How soon a status has to be written; how many Runs there are can be late.

    So a hundred Runs that start and end in a burst are a few writes.
    """
    return Urgency.NOW if _without_counts(old) != _without_counts(new) else Urgency.WAITS


def _without_counts(status: WorkflowStatus) -> dict[str, Any]:
    return status.model_dump(exclude={"active", "last_run"})


def _conclude(seen: ObservedWorkflow, now: datetime) -> WorkflowStatus:
    """The status but for what the schedule does now."""
    generation, findings = seen.metadata.generation, seen.review.findings
    if findings:
        reason, message = findings[0].fault.value, write_message(findings)
        condition = build_condition("Accepted", "False", reason, message, generation=generation)
    else:
        condition = build_condition("Accepted", "True", "Accepted", "Runs can start", generation=generation)
    newest = max(seen.runs, key=lambda run: (run.created, run.name), default=None)
    changes = {
        "conditions": set_condition(seen.status.conditions, condition, now),
        "active": sum(not run.is_finished for run in seen.runs),
        "last_run": newest.name if newest else seen.status.last_run,
        "last_schedule_time": _find_last_time(seen, now),
        "observed_generation": generation,
    }
    return seen.status.model_copy(update=changes)


def _find_last_time(seen: ObservedWorkflow, now: datetime) -> str | None:
    """The latest time that a Run was made for, on record or seen."""
    last = seen.status.last_schedule_time
    times = [run.scheduled for run in seen.runs if run.scheduled is not None and run.scheduled <= now]
    return write_time(max([*times, *([parse_time(last)] if last else [])])) if times or last else None


def build_template_probes(raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By field, pods that tell whether each step's services and template fit a pod; none is ever run."""
    spec, metadata = parse_workflow(raw.get("spec", {})), raw["metadata"]
    if not isinstance(spec, WorkflowSpec):
        return {}
    probes = {}
    for part, steps in (("steps", spec.steps), ("finally", spec.finally_)):
        for step in steps:
            attempt = Attempt(
                metadata["namespace"], metadata["name"], metadata["uid"], metadata["name"], step.name, 1
            )
            for field, probe in _list_probes(resolve_step(step, spec.defaults)):
                probes[f"spec.{part}[{step.name}].{field}"] = build_pod(attempt, probe, {})
    return probes


def _list_probes(step: Step) -> Iterator[tuple[str, Step]]:
    """By field, the step with no more than what is asked about; expressions have no values yet."""
    bare = step.model_copy(update={"image": PROBE_IMAGE, "command": None, "args": None, "env": None})
    if step.services:
        images = {"image": PROBE_IMAGE}
        services = [
            service.model_copy(update={"container": service.container | images}) for service in step.services
        ]
        bare = bare.model_copy(update={"services": services})
        yield "services", bare.model_copy(update={"template": None})
    if step.template:
        yield "template", bare
