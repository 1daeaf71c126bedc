"""Owns which fields of the contract are not reconciled yet: they are refused by name, never ignored."""

from collections.abc import Iterator

from longshore.api.runs import RunSpec
from longshore.api.steps import Step
from longshore.api.workflows import WorkflowSpec
from longshore.planning.findings import Fault, Finding

_WORKFLOW_FIELDS = (
    "triggers", "hooks", "limits",
)  # fmt: skip
_STEP_FIELDS = (
    "agent", "model", "stall_seconds", "limits",
)  # fmt: skip


def check_workflow_support(spec: WorkflowSpec) -> Iterator[Finding]:
    """Fields of a Workflow, and of `defaults`, that this version does not reconcile."""
    yield from _check("spec", spec, _WORKFLOW_FIELDS)


def check_step_support(prefix: str, step: Step) -> Iterator[Finding]:
    """Fields of a step, after defaults, that this version does not reconcile."""
    yield from _check(prefix, step, _STEP_FIELDS)
    if step.on_error == "Ask":
        yield _finding(f"{prefix}.onError: Ask")


def check_run_support(spec: RunSpec) -> Iterator[Finding]:
    """Fields of a Run that this version does not reconcile."""
    if spec.rerun is not None and spec.rerun.attempt is not None:
        yield _finding("spec.rerun.attempt")


def _check(prefix: str, model: WorkflowSpec | Step, names: tuple[str, ...]) -> Iterator[Finding]:
    fields = type(model).model_fields
    for name in names:
        value = getattr(model, name)
        if value != fields[name].default and value != []:
            yield _finding(f"{prefix}.{fields[name].alias or name}")


def _finding(field: str) -> Finding:
    return Finding(Fault.UNSUPPORTED, field, "this version of Longshore does not run it yet; remove it")
