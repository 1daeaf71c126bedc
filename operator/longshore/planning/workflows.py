"""Owns what is said of a Workflow: whether Runs of it can start. Must not look at Runs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from longshore.api.steps import Step
from longshore.api.workflows import WorkflowSpec, WorkflowStatus
from longshore.manifests.attempts import Attempt
from longshore.manifests.pods import build_pod
from longshore.planning.acceptance import check_workflow, parse_workflow
from longshore.planning.conditions import build_condition, set_condition
from longshore.planning.findings import Finding, write_message
from longshore.planning.graphs import resolve_step

PROBE_IMAGE = "probe"


def plan_workflow(raw: Mapping[str, Any], judged: Sequence[Finding], now: datetime) -> WorkflowStatus:
    """The status of a Workflow, as the API server has it, whose templates were judged."""
    generation = raw["metadata"].get("generation", 0)
    status = WorkflowStatus.model_validate(raw.get("status", {}))
    spec = parse_workflow(raw.get("spec", {}))
    findings = [*check_workflow(spec), *judged] if isinstance(spec, WorkflowSpec) else spec
    if findings:
        reason, message = findings[0].fault.value, write_message(findings)
        condition = build_condition("Accepted", "False", reason, message, generation=generation)
    else:
        condition = build_condition("Accepted", "True", "Accepted", "Runs can start", generation=generation)
    conditions = set_condition(status.conditions, condition, now)
    return status.model_copy(update={"conditions": conditions, "observed_generation": generation})


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
