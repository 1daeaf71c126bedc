"""Owns what is said of a Workflow: whether Runs of it can start. Must not look at Runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from longshore.api.workflows import WorkflowSpec, WorkflowStatus
from longshore.planning.acceptance import check_workflow, parse_workflow
from longshore.planning.conditions import build_condition, set_condition
from longshore.planning.findings import write_message


def plan_workflow(raw: Mapping[str, Any], now: datetime) -> WorkflowStatus:
    """The status of a Workflow, as the API server has it."""
    generation = raw["metadata"].get("generation", 0)
    status = WorkflowStatus.model_validate(raw.get("status", {}))
    spec = parse_workflow(raw.get("spec", {}))
    findings = check_workflow(spec) if isinstance(spec, WorkflowSpec) else spec
    if findings:
        reason, message = findings[0].fault.value, write_message(findings)
        condition = build_condition("Accepted", "False", reason, message, generation=generation)
    else:
        condition = build_condition("Accepted", "True", "Accepted", "Runs can start", generation=generation)
    conditions = set_condition(status.conditions, condition, now)
    return status.model_copy(update={"conditions": conditions, "observed_generation": generation})
