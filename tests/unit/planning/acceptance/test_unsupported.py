"""Each field of the contract that is not reconciled yet is refused by name, and none is missing from the list."""

from typing import Any

import pytest
from longshore.api.runs import RunSpec
from longshore.api.steps import Step
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_run, check_workflow
from support.planning.runs import bare_step, step, workflow

SAID = "this version of Longshore does not run it yet; remove it"

WORKFLOW_FIELDS: dict[str, Any] = {
    "triggers": [{"name": "push", "secretRef": {"name": "hook"}}],
    "hooks": [{"phases": ["Failed"], "webhook": {"url": "https://a"}}],
    "limits": {"tokens": 1},
}
STEP_FIELDS: dict[str, Any] = {
    "model": {"provider": "openai"},
    "stallSeconds": 5,
    "limits": {},
}
KINDS: dict[str, Any] = {
    "agent": {"prompt": "do it"},
}


def check(raw: dict[str, Any]) -> list[str]:
    return [str(finding) for finding in check_workflow(WorkflowSpec.model_validate(raw))]


@pytest.mark.parametrize(("field", "value"), WORKFLOW_FIELDS.items(), ids=WORKFLOW_FIELDS)
def test_fields_of_a_workflow(field: str, value: Any) -> None:
    assert check(workflow(**{field: value})) == [f"spec.{field}: {SAID}"]


@pytest.mark.parametrize(("field", "value"), STEP_FIELDS.items(), ids=STEP_FIELDS)
def test_fields_of_a_step(field: str, value: Any) -> None:
    assert check(workflow(step(**{field: value}))) == [f"spec.steps[build].{field}: {SAID}"]


@pytest.mark.parametrize(("field", "value"), STEP_FIELDS.items(), ids=STEP_FIELDS)
def test_fields_of_defaults(field: str, value: Any) -> None:
    assert check(workflow(step(), defaults={field: value})) == [f"spec.steps[build].{field}: {SAID}"]


@pytest.mark.parametrize(("field", "value"), KINDS.items(), ids=KINDS)
def test_other_kinds_of_steps(field: str, value: Any) -> None:
    assert check(workflow(bare_step(**{field: value}))) == [f"spec.steps[build].{field}: {SAID}"]


def test_asking_on_error() -> None:
    assert check(workflow(step(onError="Ask"))) == [f"spec.steps[build].onError: Ask: {SAID}"]


def test_a_checkpoint_of_an_attempt() -> None:
    rerun = {"run": "before", "from": "Step", "step": "build", "attempt": 1}
    run = RunSpec.model_validate({"workflowRef": {"name": "release"}, "rerun": rerun})
    findings = check_run(run, WorkflowSpec.model_validate(workflow()))
    assert list(map(str, findings)) == [f"spec.rerun.attempt: {SAID}"]


def test_what_says_nothing_is_no_use_of_a_field() -> None:
    quiet: dict[str, Any] = {
        "agents": [],
        "requiredTags": [],
        "credentials": [],
        "cache": [],
        "artifacts": [],
    }
    assert check(workflow(step(**quiet), suspend=False, fuse=False, hooks=[], triggers=[])) == []


RECONCILED = {
    "needs", "when", "image", "command", "args", "script", "env", "envFrom", "workingDir", "resources", "volumes",
    "outputs", "retry", "activeDeadlineSeconds", "pendingDeadlineSeconds", "gracePeriodSeconds", "onError",
    "template", "name", "forEach", "repeat", "verify", "approval", "memoize", "workflow", "services", "debug",
    "artifacts", "cache", "agents", "requiredTags", "credentials", "concurrency",
}  # fmt: skip


def test_every_field_of_a_step_is_reconciled_or_refused() -> None:
    fields = {field.alias or name for name, field in Step.model_fields.items()}
    assert fields == RECONCILED | set(STEP_FIELDS) | set(KINDS)


def test_every_field_of_a_workflow_is_reconciled_or_refused() -> None:
    fields = {field.alias or name for name, field in WorkflowSpec.model_fields.items()}
    used = {
        "params",
        "source",
        "defaults",
        "steps",
        "outputs",
        "maxParallelSteps",
        "activeDeadlineSeconds",
        "queuedDeadlineSeconds",
        "finally",
        "schedule",
        "suspend",
        "ttlSecondsAfterFinished",
        "successfulRunsHistoryLimit",
        "failedRunsHistoryLimit",
        "fuse",
        "concurrency",
    }
    assert fields == used | set(WORKFLOW_FIELDS)


def test_every_field_of_a_run_is_reconciled_or_refused() -> None:
    fields = {field.alias or name for name, field in RunSpec.model_fields.items()}
    assert fields == {
        "workflowRef",
        "workflowSpec",
        "params",
        "cancel",
        "createdBy",
        "suspend",
        "answers",
        "rerun",
        "slice",
        "priority",
        "queueName",
        "managedBy",
    }
