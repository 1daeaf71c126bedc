"""Owns what is said of a Workflow: whether Runs of it can start. Must not look at Runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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
    """By field, pods that tell whether each step's template fits a pod; nothing of them is ever run."""
    spec, metadata = parse_workflow(raw.get("spec", {})), raw["metadata"]
    if not isinstance(spec, WorkflowSpec):
        return {}
    steps = {step.name: resolve_step(step, spec.defaults) for step in spec.steps}
    probes = {}
    for name, step in steps.items():
        if step.template:
            attempt = Attempt(metadata["namespace"], metadata["name"], metadata["uid"], metadata["name"], name, 1)
            # Expressions have no values yet, and the template is all that is asked about.
            bare = step.model_copy(update={"image": PROBE_IMAGE, "command": None, "args": None, "env": None})
            probes[f"spec.steps[{name}].template"] = build_pod(attempt, bare, {})
    return probes
