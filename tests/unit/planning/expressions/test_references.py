"""What an expression may read, and what is said of one that reads more."""

from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow
from longshore.planning.expressions.references import find_places, reads_outputs_of
from support.planning.runs import params, parse_step, step, workflow

Spec = dict[str, Any]


def check(raw: Spec) -> list[str]:
    findings = check_workflow(WorkflowSpec.model_validate(raw))
    return [f"{finding.fault}: {finding}" for finding in findings]


def expression_in(**fields: Any) -> Spec:
    """A graph of three steps; the last has these fields and needs the first."""
    first = step("first", outputs=["size", "kind"])
    return workflow(first, step("second"), step("last", needs="first", **fields), params=params(env="String"))


WRONG: dict[str, tuple[Spec, str, str, str]] = {
    "a when that can't be read": (
        expression_in(when="params.env =="),
        "InvalidExpression",
        "spec.steps[last].when",
        "'params.env ==' does not parse: 1:14: Syntax error: mismatched input '<EOF>'",
    ),
    "a text that can't be read": (
        expression_in(args=["x", "$(params.env +)"]),
        "InvalidExpression",
        "spec.steps[last].args[1]",
        "'params.env +' does not parse: 1:13: Syntax error: mismatched input '<EOF>'",
    ),
    "loops in loops": (
        expression_in(when="[1].all(x, [2].all(y, x))"),
        "InvalidExpression",
        "spec.steps[last].when",
        (
            "'[1].all(x, [2].all(y, x))' does not parse: all, exists, map and filter may not be nested;"
            " use an output of a step"
        ),
    ),
    "an unknown param": (
        expression_in(image="$(params.version)"),
        "InvalidReference",
        "spec.steps[last].image",
        "params.version: there is no such parameter; there are: env",
    ),
    "an unknown root": (
        expression_in(when="secrets.token != ''"),
        "InvalidReference",
        "spec.steps[last].when",
        "'secrets' is unknown; expressions read params, steps, run and workflow",
    ),
    "an unknown step": (
        expression_in(env=[{"name": "A", "value": "$(steps.third.phase)"}]),
        "InvalidReference",
        "spec.steps[last].env[A]",
        "steps.third.phase: there is no such step; there are: first, last, second",
    ),
    "a step that is not needed": (
        expression_in(command=["$(steps.second.phase)"]),
        "InvalidReference",
        "spec.steps[last].command[0]",
        "steps.second.phase: add 'second' to needs, near or far, to read it",
    ),
    "itself": (
        expression_in(workingDir="/$(steps.last.phase)"),
        "InvalidReference",
        "spec.steps[last].workingDir",
        "steps.last.phase: add 'last' to needs, near or far, to read it",
    ),
    "an unknown output": (
        expression_in(when='steps.first.outputs.weight == ""'),
        "InvalidReference",
        "spec.steps[last].when",
        "steps.first.outputs.weight: step 'first' declares no such output; it declares: kind, size",
    ),
    "an unknown field of a step": (
        expression_in(when='steps.first.status == ""'),
        "InvalidReference",
        "spec.steps[last].when",
        "steps.first.status: of a step there are: exitCode, outputs, phase",
    ),
    "a step as a whole": (
        expression_in(when="has(steps.first)"),
        "InvalidReference",
        "spec.steps[last].when",
        "steps.first: of a step there are: exitCode, outputs, phase",
    ),
    "an unknown field of the Run": (
        expression_in(when='run.uid == ""'),
        "InvalidReference",
        "spec.steps[last].when",
        "run.uid: only run.name can be read here",
    ),
    "each": (
        expression_in(when="each.item == 1"),
        "InvalidReference",
        "spec.steps[last].when",
        "each.item: each is known in a step with forEach or repeat only",
    ),
    "a retry that reads a param": (
        expression_in(retry={"when": "params.env == ''"}),
        "InvalidReference",
        "spec.steps[last].retry.when",
        "params: only attempt, exitCode, reason can be read here",
    ),
    "a retry that can't be read": (
        expression_in(retry={"when": "("}),
        "InvalidExpression",
        "spec.steps[last].retry.when",
        "'(' does not parse: 1:2: Syntax error: mismatched input '<EOF>'",
    ),
    "an output of the Run": (
        workflow(outputs=[{"name": "x", "value": "steps.build.outputs.x"}]),
        "InvalidReference",
        "spec.outputs[x].value",
        "steps.build.outputs.x: step 'build' declares no such output; it declares: none",
    ),
    "a revision that reads a step": (
        workflow(step("a"), source={"git": {"url": "https://a", "revision": "$(steps.a.phase)"}}),
        "InvalidReference",
        "spec.source.git.revision",
        "steps.a.phase: add 'a' to needs, near or far, to read it",
    ),
}


@pytest.mark.parametrize(("raw", "fault", "field", "message"), WRONG.values(), ids=WRONG)
def test_expressions_that_are_wrong(raw: Spec, fault: str, field: str, message: str) -> None:
    assert check(raw) == [f"{fault}: {field}: {message}"]


def test_a_hyphen_in_a_steps_name_is_an_underscore_in_cel() -> None:
    raw = workflow(step("a-b"), step("c", needs="a-b", when='steps["a-b"].phase == "Failed"'))
    assert check(raw) == [
        "InvalidReference: spec.steps[c].when: steps.a-b.phase: there is no such step; there are: a_b, c",
    ]


EVERYWHERE = {
    "when": "params.a",
    "image": "$(params.b)",
    "workingDir": "$(params.c)",
    "command": ["$(params.d)"],
    "args": ["x", "$(params.e)"],
    "env": [{"name": "F", "value": "$(params.f)"}, {"name": "G", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}],
    "script": "echo $(params.never)",
}


def test_all_places_of_expressions() -> None:
    places = find_places(parse_step(**EVERYWHERE))
    assert {place.field: place.sources for place in places} == {
        "when": ["params.a"],
        "image": ["params.b"],
        "workingDir": ["params.c"],
        "command[0]": ["params.d"],
        "args[0]": [],
        "args[1]": ["params.e"],
        "env[F]": ["params.f"],
    }


READS = {
    "by its name": ("steps.a_b.outputs.x", True),
    "by its name as a string": ('steps["a_b"].outputs.x', True),
    "all outputs": ("steps.a_b.outputs", True),
    "if it has one": ("has(steps.a_b.outputs.x)", True),
    "its phase": ("steps.a_b.phase", False),
    "another step's": ("steps.a.outputs.x", False),
    "in a text": ("'steps.a_b.outputs.x'", False),
}


@pytest.mark.parametrize(("source", "expected"), READS.values(), ids=READS)
def test_who_reads_outputs(source: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert reads_outputs_of(parse_step(when=source), "a-b") is expected
    assert reads_outputs_of(parse_step(args=[f"-$({source})-"]), "a-b") is expected
