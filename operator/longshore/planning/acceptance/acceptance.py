"""Owns what only the whole graph can tell: whether a Workflow or a Run can start, and what is wrong if not.

The operator, the plugin's lint and the tests all ask here, so they say the same.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from longshore.api.runs import RunSpec
from longshore.api.steps import Step
from longshore.api.workflows import WorkflowSpec
from longshore.names import CEL_KEYWORDS
from longshore.planning.acceptance.artifacts import check_artifacts
from longshore.planning.acceptance.deadlocks import check_groups
from longshore.planning.acceptance.graphs import KINDS, Graph, build_graph, find_cycle, resolve_step
from longshore.planning.acceptance.parameters import check_declarations, check_params
from longshore.planning.acceptance.services import check_services
from longshore.planning.acceptance.templates import check_template
from longshore.planning.acceptance.unsupported import check_run_support, check_step_support, check_workflow_support
from longshore.planning.expressions.interpolations import find_expressions
from longshore.planning.expressions.references import View, check_expression, check_step_expressions
from longshore.planning.findings import Fault, Finding
from longshore.planning.steps.claims import check_run_volumes
from longshore.planning.steps.credentials import check_credentials
from longshore.planning.steps.loops import check_loops
from longshore.planning.steps.memos import check_memoize

_CONTAINER_FIELDS = (
    "working_dir", "env", "env_from", "resources", "services", "volumes", "grace_period_seconds", "debug",
    "template", "artifacts", "cache", "agents", "required_tags", "credentials",
)  # fmt: skip
MAX_SPEC_BYTES = 128 * 1024
MAX_SCRIPT_BYTES = 64 * 1024


def parse_workflow(raw: dict[str, Any]) -> WorkflowSpec | list[Finding]:
    """The spec of a Workflow, or what is wrong with its fields."""
    try:
        return WorkflowSpec.model_validate(raw)
    except ValidationError as error:
        return find_invalid_fields(error)


def find_invalid_fields(error: ValidationError, prefix: str = "spec") -> list[Finding]:
    """What pydantic found, in the words of a manifest."""
    return [
        Finding(Fault.SCHEMA, ".".join([prefix, *map(str, entry["loc"])]), entry["msg"])
        for entry in error.errors(include_url=False, include_input=False)
    ]


def check_workflow(spec: WorkflowSpec) -> list[Finding]:
    """What is wrong with a graph; empty where Runs of it can start."""
    steps = {step.name: resolve_step(step, spec.defaults) for step in spec.steps}
    finals = {step.name: resolve_step(step, spec.defaults) for step in spec.finally_}
    all_steps = steps | finals
    findings = [
        *check_workflow_support(spec),
        *check_declarations(spec.params),
        *_check_identifiers(spec, all_steps),
        *_check_calls(spec),
    ]
    if len(all_steps) < len(spec.steps) + len(spec.finally_):
        findings.append(Finding(Fault.STEP, "spec.steps", "two steps have the same name; rename one"))
    for field, part in (("spec.steps", steps), ("spec.finally", finals)):
        findings += [found for name, step in part.items() for found in _check_step(f"{field}[{name}]", step, part)]
        if cycle := find_cycle(part):
            message = f"needs form a cycle: {' -> '.join(cycle)}; remove one"
            findings.append(Finding(Fault.CYCLE, field, message))
    if any(finding.fault is Fault.CYCLE for finding in findings):
        return findings
    return [*findings, *_check_graph(build_graph(spec))]


def _check_graph(graph: Graph) -> Iterator[Finding]:
    """What is wrong between the steps of a graph without cycles."""
    for name, step in graph.steps.items():
        prefix = f"spec.finally[{name}]" if name in graph.finals else f"spec.steps[{name}]"
        yield from check_step_expressions(prefix, step, graph)
        yield from check_loops(prefix, step, graph)
        yield from check_memoize(prefix, step)
    yield from check_run_volumes(graph)
    yield from check_groups(graph)
    yield from _check_outputs(graph)
    yield from _check_source(graph)


def check_run(spec: RunSpec, workflow: WorkflowSpec) -> list[Finding]:
    """What is wrong with a Run of this graph; empty where it can start."""
    size = len(json.dumps(spec.to_json()))
    findings = list(check_run_support(spec))
    if size > MAX_SPEC_BYTES:
        findings.append(Finding(Fault.TOO_LARGE, "spec", f"has {size:,} bytes of at most {MAX_SPEC_BYTES:,}"))
    return [*findings, *check_workflow(workflow), *check_params(workflow.params, spec.params)]


def _check_identifiers(spec: WorkflowSpec, steps: dict[str, Step]) -> Iterator[Finding]:
    for index, param in enumerate(spec.params):
        if param.name in CEL_KEYWORDS:
            yield _keyword(f"spec.params[{index}].name", param.name)
    for name, step in steps.items():
        for output in step.outputs or ():
            if output in CEL_KEYWORDS:
                yield _keyword(f"spec.steps[{name}].outputs", output)


def _keyword(field: str, name: str) -> Finding:
    return Finding(Fault.EXPRESSION, field, f"{name!r} is a keyword of CEL; choose another name")


def _check_step(prefix: str, step: Step, steps: dict[str, Step]) -> Iterator[Finding]:
    yield from check_step_support(prefix, step)
    yield from _check_kind(prefix, step)
    yield from check_template(prefix, step.template)
    yield from check_services(prefix, step)
    yield from check_artifacts(prefix, step)
    yield from check_credentials(prefix, step)
    for need in step.needs or ():
        if need not in steps:
            message = f"there is no step {need!r}; there are: {', '.join(steps)}"
            yield Finding(Fault.UNKNOWN_NEED, f"{prefix}.needs", message)


def _check_kind(prefix: str, step: Step) -> Iterator[Finding]:
    kinds = [name for name in KINDS if getattr(step, name) is not None]
    if len(kinds) != 1:
        given = " and ".join(kinds) or "none"
        yield Finding(Fault.STEP, prefix, f"needs exactly one of image, agent, workflow, approval; has {given}")
    if step.script is not None and (step.command or step.args):
        yield Finding(Fault.STEP, f"{prefix}.script", "takes the place of command and args; remove those")
    if step.script is not None and (size := len(step.script.encode())) > MAX_SCRIPT_BYTES:
        message = f"has {size:,} bytes of at most {MAX_SCRIPT_BYTES:,}; put it into the image or a repository"
        yield Finding(Fault.TOO_LARGE, f"{prefix}.script", message)


def _check_calls(spec: WorkflowSpec) -> Iterator[Finding]:
    """What a step with a workflow says of a container, which it has not; what defaults say is for the others."""
    fields = type(spec.steps[0]).model_fields if spec.steps else {}
    for place, steps in (("spec.steps", spec.steps), ("spec.finally", spec.finally_)):
        for step in steps:
            given = [name for name in _CONTAINER_FIELDS if step.workflow and getattr(step, name) not in (None, [])]
            for name in given:
                message = "is for a container, and a step with workflow has none; hand it down in workflow.params"
                yield Finding(Fault.STEP, f"{place}[{step.name}].{fields[name].alias or name}", message)


def _check_outputs(graph: Graph) -> Iterator[Finding]:
    for output in graph.spec.outputs:
        field = f"spec.outputs[{output.name}].value"
        yield from check_expression(field, output.value, View(graph, frozenset(graph.steps)))


def _check_source(graph: Graph) -> Iterator[Finding]:
    """The checkout comes before any step, so it may read no step."""
    if graph.spec.source is None:
        return
    git = graph.spec.source.git
    for name, text in (("url", git.url), ("revision", git.revision)):
        for source in find_expressions(text):
            yield from check_expression(f"spec.source.git.{name}", source, View(graph, frozenset()))
    if "$(" not in git.url and not git.url.startswith(("http://", "https://", "ssh://", "git@")):
        yield Finding(Fault.STEP, "spec.source.git.url", f"{git.url!r} is not an http, https or ssh URL")
