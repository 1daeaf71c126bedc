"""Owns what expressions see, and a step with its expressions evaluated. Must not decide whether it starts."""

import json
from collections.abc import Mapping
from typing import Any

from longshore.api.containers import Service
from longshore.api.runs import Run, RunStatus
from longshore.api.step_statuses import StepStatus
from longshore.api.steps import Cache, ChildWorkflow, Step
from longshore.api.workflows import GitSource
from longshore.errors import ExpressionError
from longshore.manifests.checkouts import Checkout
from longshore.names import build_param_variable
from longshore.planning.acceptance.services import UNEXPANDED, map_texts
from longshore.planning.expressions.interpolations import (
    escape_for_kubelet,
    interpolate,
    interpolate_for_kubelet,
    render_values,
    write_value,
)

Scope = Mapping[str, Any]
MAX_PARAMS_BYTES = 120 * 1024
"""Of a child Run, whose spec has to stay below 128 KiB."""
FINDING_VARIABLE = "LONGSHORE_FINDING"
"""What the check that sent a step back to work has found."""


def build_run_scope(run: Run) -> dict[str, Any]:
    """What an expression sees of the Run itself."""
    reference = run.spec.workflow_ref
    graph: Mapping[str, Any] = run.status.workflow_spec or {}
    # A parameter without a value is null. The status has no nulls: a merge patch takes them for removals.
    unset = {param["name"]: None for param in graph.get("params", ())}
    return {
        "params": unset | (run.status.params or {}),
        "run": {"name": run.spec.slice.run if run.spec.slice else run.metadata.name},
        "workflow": {"name": reference.name if reference else ""},
    }


def build_step_value(status: StepStatus) -> dict[str, Any]:
    """What an expression sees of a step."""
    return {"phase": status.phase.value, "exitCode": status.exit_code, "outputs": status.outputs or {}}


def render_step(step: Step, scope: Scope) -> Step:
    """The step with its expressions evaluated, ready for a manifest. Raises ExpressionError."""
    return step.model_copy(
        update={
            "image": interpolate(step.image or "", scope),
            "working_dir": None if step.working_dir is None else interpolate(step.working_dir, scope),
            "command": _render_all(step.command, scope),
            "args": _render_all(step.args, scope),
            "env": [
                variable
                if variable.value is None
                else variable.model_copy(update={"value": interpolate_for_kubelet(variable.value, scope)})
                for variable in step.env or ()
            ],
            "services": [_render_service(service, scope) for service in step.services or ()],
            "cache": [_render_cache(cache, scope) for cache in step.cache or ()],
        }
    )


def render_call(call: ChildWorkflow, scope: Scope) -> ChildWorkflow:
    """The call of a Workflow with its parameters evaluated. Raises ExpressionError."""
    params = render_values(call.params, scope)
    if (size := len(json.dumps(params))) > MAX_PARAMS_BYTES:
        raise ExpressionError(f"workflow.params: have {size:,} bytes of at most {MAX_PARAMS_BYTES:,}")
    return call.model_copy(update={"params": params})


def build_variables(params: Mapping[str, Any]) -> dict[str, str]:
    """PARAM_<NAME> for each parameter that has a value, escaped for the kubelet."""
    return {
        build_param_variable(name): escape_for_kubelet(write_value(value))
        for name, value in params.items()
        if value is not None
    }


def render_checkout(git: GitSource, status: RunStatus, scope: Scope, image: str) -> Checkout:
    """The checkout; once one step has its commit, all later ones get the same. Raises ExpressionError."""
    return Checkout(
        image=image,
        url=interpolate(git.url, scope),
        revision=status.source.commit if status.source else interpolate(git.revision, scope),
        depth=git.depth,
        submodules=git.submodules,
        secret=git.secret_ref.name if git.secret_ref else "",
    )


def _render_service(service: Service, scope: Scope) -> Service:
    def render(field: str, text: str) -> str:
        return (interpolate if field in UNEXPANDED else interpolate_for_kubelet)(text, scope)

    return service.model_copy(update={"container": map_texts(service.container, render)})


def _render_cache(cache: Cache, scope: Scope) -> Cache:
    key = interpolate(cache.key, scope)
    if not key.strip():
        raise ExpressionError(f"cache: the key of {cache.path} is empty: {cache.key}")
    return cache.model_copy(
        update={"key": key, "restore_keys": [interpolate(prefix, scope) for prefix in cache.restore_keys]}
    )


def _render_all(texts: list[str] | None, scope: Scope) -> list[str] | None:
    return None if texts is None else [interpolate_for_kubelet(text, scope) for text in texts]
