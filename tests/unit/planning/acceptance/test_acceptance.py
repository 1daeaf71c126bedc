"""What only the whole graph can tell: each finding, and the words that people read."""

from typing import Any

import pytest
from longshore.api.runs import RunSpec
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_run, check_workflow, parse_workflow
from longshore.planning.findings import Fault, Finding, write_message
from support.planning.runs import bare_step, params, step, workflow

Spec = dict[str, Any]


def check(raw: Spec) -> list[str]:
    spec = parse_workflow(raw)
    findings = check_workflow(spec) if isinstance(spec, WorkflowSpec) else spec
    return [f"{finding.fault}: {finding}" for finding in findings]


FINE: dict[str, Spec] = {
    "one step": workflow(),
    "a diamond": workflow(step("a"), step("b", needs="a"), step("c", needs="a"), step("d", needs="b c")),
    "needs declared later": workflow(step("b", needs="a"), step("a")),
    "an image from defaults": workflow(bare_step("a", script="true"), defaults={"image": "alpine:3"}),
    "a script of 64 KiB": workflow(step(script="x" * 65536)),
    "all that reads": workflow(
        step("build-it", outputs=["wheel"]),
        step(
            "test",
            needs="build-it",
            when='steps.build_it.phase == "Succeeded" && params.run_tests',
            image="python:$(params.version)",
            command=["sh"],
            args=["-c", "$(steps.build_it.outputs.wheel) $(HOME)"],
            workingDir="/src/$(run.name)",
            env=[{"name": "CODE", "value": "$(steps.build_it.exitCode) of $(workflow.name)"}],
            retry={"limit": 2, "when": 'exitCode != 2 && reason == "Error" && attempt < 3'},
        ),
        params=params(run_tests="Boolean", version={"default": "3.12"}),
        outputs=[{"name": "wheel", "value": "steps.build_it.outputs.wheel"}],
        source={"git": {"url": "https://git.local/$(params.version).git", "revision": "$(params.version)"}},
    ),
    "git over ssh": workflow(source={"git": {"url": "ssh://git@git.local/app.git"}}),
    "git, short": workflow(source={"git": {"url": "git@git.local:app.git"}}),
    "a URL from a param": workflow(source={"git": {"url": "$(params.url)"}}, params=params(url="String")),
}


@pytest.mark.parametrize("raw", FINE.values(), ids=FINE)
def test_graphs_that_are_accepted(raw: Spec) -> None:
    assert check(raw) == []


WRONG: dict[str, tuple[Spec, str, str, str]] = {
    "two of a name": (
        workflow(step("a"), step("a")),
        "InvalidStep",
        "spec.steps",
        "two steps have the same name; rename one",
    ),
    "an unknown need": (
        workflow(step("a"), step("b", needs="x")),
        "UnknownNeed",
        "spec.steps[b].needs",
        "there is no step 'x'; there are: a, b",
    ),
    "needs itself": (
        workflow(step("a", needs="a")),
        "Cycle",
        "spec.steps",
        "needs form a cycle: a -> a; remove one",
    ),
    "a cycle": (
        workflow(step("a", needs="c"), step("b", needs="a"), step("c", needs="b")),
        "Cycle",
        "spec.steps",
        "needs form a cycle: a -> b -> c -> a; remove one",
    ),
    "a cycle by defaults": (
        workflow(step("a"), defaults={"needs": ["a"]}),
        "Cycle",
        "spec.steps",
        "needs form a cycle: a -> a; remove one",
    ),
    "nothing to run": (
        workflow(bare_step("a")),
        "InvalidStep",
        "spec.steps[a]",
        "needs exactly one of image, agent, workflow, approval; has none",
    ),
    "a script over 64 KiB": (
        workflow(step("a", script="ü" * 32769)),
        "TooLarge",
        "spec.steps[a].script",
        "has 65,538 bytes of at most 65,536; put it into the image or a repository",
    ),
    "a script and a command": (
        workflow(step("a", script="true", command=["x"])),
        "InvalidStep",
        "spec.steps[a].script",
        "takes the place of command and args; remove those",
    ),
    "a template": (
        workflow(step("a", template={"spec": {"restartPolicy": "Always"}})),
        "InvalidTemplate",
        "spec.steps[a].template.spec.restartPolicy",
        "belongs to Longshore; remove it",
    ),
    "a template of defaults": (
        workflow(step("a"), defaults={"template": {"kind": "Pod"}}),
        "InvalidTemplate",
        "spec.steps[a].template.kind",
        "is no field of a PodTemplateSpec; there are: metadata, spec",
    ),
    "a param named by a keyword": (
        workflow(params=params(**{"in": "String"})),
        "InvalidExpression",
        "spec.params[0].name",
        "'in' is a keyword of CEL; choose another name",
    ),
    "an output named by a keyword": (
        workflow(step("a", outputs=["true"])),
        "InvalidExpression",
        "spec.steps[a].outputs",
        "'true' is a keyword of CEL; choose another name",
    ),
    "an output of defaults named by a keyword": (
        workflow(step("a"), defaults={"outputs": ["for"]}),
        "InvalidExpression",
        "spec.steps[a].outputs",
        "'for' is a keyword of CEL; choose another name",
    ),
    "a URL of the file system": (
        workflow(source={"git": {"url": "file:///etc"}}),
        "InvalidStep",
        "spec.source.git.url",
        "'file:///etc' is not an http, https or ssh URL",
    ),
}


@pytest.mark.parametrize(("raw", "fault", "field", "message"), WRONG.values(), ids=WRONG)
def test_graphs_that_are_not(raw: Spec, fault: str, field: str, message: str) -> None:
    assert check(raw) == [f"{fault}: {field}: {message}"]


def test_all_findings_are_told() -> None:
    raw = workflow(step("a", when="("), bare_step("b", needs=["x"]), source={"git": {"url": "ftp://a"}})
    assert [line.partition(":")[0] for line in check(raw)] == [
        "InvalidStep",
        "UnknownNeed",
        "InvalidExpression",
        "InvalidStep",
    ]


SHAPES: dict[str, tuple[Any, str, str]] = {
    "no steps": ({"steps": []}, "spec.steps", "List should have at least 1 item after validation, not 0"),
    "a word for a number": (
        {"steps": [step()], "maxParallelSteps": "many"},
        "spec.maxParallelSteps",
        "Input should be a valid integer, unable to parse string as an integer",
    ),
    "a bad name": (
        {"steps": [step("Not A Label")]},
        "spec.steps.0.name",
        "String should match pattern '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'",
    ),
    "no name": ({"steps": [{"image": "a"}]}, "spec.steps.0.name", "Field required"),
}


@pytest.mark.parametrize(("raw", "field", "message"), SHAPES.values(), ids=SHAPES)
def test_fields_that_can_not_be_read(raw: Spec, field: str, message: str) -> None:
    assert parse_workflow(raw) == [Finding(Fault.SCHEMA, field, message)]


def run_findings(raw: Spec, **spec: Any) -> list[str]:
    run = RunSpec.model_validate({"workflowRef": {"name": "release"}, **spec})
    return [str(finding) for finding in check_run(run, WorkflowSpec.model_validate(raw))]


def test_a_run_is_checked_with_its_graph_and_its_params() -> None:
    raw = workflow(step(needs="x"), params=params(env={"required": True}))
    assert run_findings(raw, params={"size": 1}) == [
        "spec.steps[build].needs: there is no step 'x'; there are: build",
        "spec.params.size: there is no such parameter; there are: env",
        "spec.params.env: is required; give a value of type String",
    ]


def test_a_run_of_128_kib() -> None:
    raw = workflow(params=params(text="String"))
    overhead = len('{"workflowRef": {"name": "release"}, "params": {"text": ""}}')
    assert run_findings(raw, params={"text": "x" * (131072 - overhead)}) == []
    assert run_findings(raw, params={"text": "x" * (131073 - overhead)}) == [
        "spec: has 131,073 bytes of at most 131,072"
    ]


def test_a_message_names_five_findings_and_counts_the_rest() -> None:
    findings = [Finding(Fault.STEP, f"spec.steps[{index}]", "is wrong") for index in range(7)]
    assert write_message(findings[:1]) == "spec.steps[0]: is wrong"
    assert write_message(findings).startswith("spec.steps[0]: is wrong; spec.steps[1]: is wrong; ")
    assert write_message(findings).endswith("spec.steps[4]: is wrong (and 2 more)")


def test_a_message_has_at_most_1024_characters() -> None:
    findings = [Finding(Fault.STEP, "spec", "x" * 2000)] * 6
    assert len(write_message(findings)) == 1024
    assert write_message(findings).endswith(" (and 1 more)")
