"""Owns what a Workflow is planned from: its spec, what is wrong with it, and its Runs. Must not decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longshore.api.objects import Metadata
from longshore.api.workflows import WorkflowSpec, WorkflowStatus
from longshore.planning.acceptance.acceptance import check_workflow, parse_workflow
from longshore.planning.findings import Finding
from longshore.planning.observations import Refusal
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.workflows.crons import check_schedule


@dataclass(frozen=True, slots=True)
class Review:
    """One generation of a spec, read and checked."""

    spec: WorkflowSpec | None
    """None: it can't even be read."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ObservedWorkflow:
    """All that a plan is made from."""

    metadata: Metadata
    status: WorkflowStatus
    review: Review
    runs: Sequence[RunSummary] = ()
    """Its Runs, but for the children of others."""
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    """Names of Runs that the API server did not take -> why."""


def review_workflow(raw: Mapping[str, Any]) -> Review:
    """What is wrong with the spec of a Workflow, its schedule among it."""
    spec = parse_workflow(raw.get("spec", {}))
    if not isinstance(spec, WorkflowSpec):
        return Review(None, tuple(spec))
    return Review(spec, (*check_workflow(spec), *check_schedule(spec)))
