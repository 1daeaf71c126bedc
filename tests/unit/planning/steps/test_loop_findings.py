"""What is wrong with a forEach, a repeat and a verify, and with what their expressions read."""

from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow
from support.planning.runs import bare_step, step, workflow

Spec = dict[str, Any]


def check(needs: str = "a", **fields: Any) -> Spec:
    return step("check", needs=needs, verify={"step": "a", "max": 1}, **fields)


def repeat(until: str, **fields: Any) -> Spec:
    return step("a", repeat={"until": until, "max": 2}, outputs=["done"], **fields)


def matrix(**fields: Any) -> list[Spec]:
    return [step("a", forEach={"matrix": fields})]


NO_IDENTIFIER = "so it has to match [a-z_][a-z0-9_]* and be no keyword of CEL"
WRONG: dict[str, tuple[list[Spec], str]] = {
    "repeat of a fan-out": (
        [step("a", forEach={"items": "[1]"}, repeat={"until": "true", "max": 1})],
        "InvalidStep: spec.steps[a].repeat: can't be had together with forEach; put it into a Workflow",
    ),
    "items and a matrix": (
        [step("a", forEach={"items": "[1]", "matrix": {"os": [1]}})],
        "InvalidStep: spec.steps[a].forEach.items: can't be had together with matrix, include and exclude",
    ),
    "items and include": (
        [step("a", forEach={"items": "[1]", "include": [{"os": 1}]})],
        "InvalidStep: spec.steps[a].forEach.items: can't be had together with matrix, include and exclude",
    ),
    "items and exclude": (
        [step("a", forEach={"items": "[1]", "exclude": [{"os": 1}]})],
        "InvalidStep: spec.steps[a].forEach.items: can't be had together with matrix, include and exclude",
    ),
    "a large matrix": (
        matrix(a=[*range(100)], b=[*range(51)]),
        "TooLarge: spec.steps[a].forEach.matrix: has 5,100 combinations of at most 5,000; split it over Runs",
    ),
    "neither items nor a matrix": (
        [step("a", forEach={})],
        (
            "InvalidStep: spec.steps[a].forEach.matrix: has no keys, so the step would never run;"
            " add one, or use items"
        ),
    ),
    "a key without values": (
        matrix(os=[]),
        "InvalidStep: spec.steps[a].forEach.matrix.os: is empty, so the step would never run; add a value",
    ),
    "a key that is no identifier": (
        matrix(**{"my-os": [1]}),
        f"InvalidStep: spec.steps[a].forEach.matrix.my-os: is read as each.my-os, {NO_IDENTIFIER}",
    ),
    "a key that is a keyword": (
        matrix(**{"in": [1]}),
        f"InvalidStep: spec.steps[a].forEach.matrix.in: is read as each.in, {NO_IDENTIFIER}",
    ),
    "a key that is taken": (
        matrix(index=[1]),
        ("InvalidStep: spec.steps[a].forEach.matrix.index: each.index is the item's number; choose another name"),
    ),
    "a check of what it does not need": (
        [step("a"), check(needs="")],
        (
            "InvalidStep: spec.steps[check].verify.step: 'a' is not among the steps that this one needs,"
            " near or far; add it to needs"
        ),
    ),
    "a check of itself": (
        [step("a", verify={"step": "a", "max": 1})],
        (
            "InvalidStep: spec.steps[a].verify.step: 'a' is not among the steps that this one needs,"
            " near or far; add it to needs"
        ),
    ),
    "a check over a fan-out": (
        [step("a"), step("fan", needs="a", forEach={"items": "[1]"}), check(needs="fan")],
        (
            "InvalidStep: spec.steps[check].verify: step 'fan' would run again, but has forEach;"
            " verify can't repeat a fan-out"
        ),
    ),
    "a check over a repeat": (
        [step("a"), step("loop", needs="a", repeat={"until": "true", "max": 2}), check(needs="loop")],
        (
            "InvalidStep: spec.steps[check].verify: step 'loop' would run again, but has repeat;"
            " put it into a step that needs no check"
        ),
    ),
    "a check that is retried": (
        [step("a"), check(retry={"limit": 1})],
        "InvalidStep: spec.steps[check].verify: takes the place of retry.limit; remove that",
    ),
    "an unknown key of each in a fan-out": (
        [step("a", forEach={"items": "[1]"}, args=["$(each.os)"])],
        "InvalidReference: spec.steps[a].args[0]: each.os: each has here: index, item",
    ),
    "an unknown key of each in a matrix": (
        [step("a", forEach={"matrix": {"os": [1]}, "include": [{"v": 1}]}, when="each.item == 1")],
        "InvalidReference: spec.steps[a].when: each.item: each has here: index, os, v",
    ),
    "an unknown key of each in a repeat": (
        [step("a", repeat={"until": "each.item == 1", "max": 1})],
        "InvalidReference: spec.steps[a].repeat.until: each.item: each has here: index",
    ),
    "each where nothing loops": (
        [step("a", args=["$(each.index)"])],
        "InvalidReference: spec.steps[a].args[0]: each.index: each is known in a step with forEach or repeat only",
    ),
    "each in the items themselves": (
        [step("a", forEach={"items": "[each.index]"})],
        (
            "InvalidReference: spec.steps[a].forEach.items: each.index:"
            " each is known in a step with forEach or repeat only"
        ),
    ),
    "itself outside of until": (
        [repeat("true", when="steps.a.phase == ''")],
        "InvalidReference: spec.steps[a].when: steps.a.phase: add 'a' to needs, near or far, to read it",
    ),
    "run.phase before the end": (
        [repeat("run.phase == ''")],
        "InvalidReference: spec.steps[a].repeat.until: run.phase: only run.name can be read here",
    ),
}


def find_wrongs(*steps: Spec, **fields: Any) -> list[str]:
    findings = check_workflow(WorkflowSpec.model_validate(workflow(*steps, **fields)))
    return [f"{finding.fault}: {finding}" for finding in findings]


@pytest.mark.parametrize(("steps", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_refused(steps: list[Spec], expected: str) -> None:
    assert find_wrongs(*steps) == [expected]


def test_a_check_at_the_end_has_no_step_to_go_back_to() -> None:
    message = "InvalidStep: spec.finally[check].verify: at the end there is no step to go back to"
    assert find_wrongs(step("b"), **{"finally": [step("a"), check()]}) == [message]


RIGHT: dict[str, list[Spec]] = {
    "items": [step("a", forEach={"items": "[1]"}, when="each.item == each.index", image="x:$(each.item)")],
    "a matrix": [
        step(
            "a", forEach={"matrix": {"os": [1]}, "include": [{"v": 1}]}, args=["$(each.os)$(each.v)$(each.index)"]
        )
    ],
    "a matrix of included rows": [step("a", forEach={"include": [{"v": 1}]}, args=["$(each.v)"])],
    "a matrix as large as may be": matrix(a=[*range(100)], b=[*range(50)]),
    "a repeat": [repeat("each.index == 2 && steps.a.outputs.done == '' && steps.a.exitCode == 0")],
    "an approval in a fan-out": [
        bare_step("a", forEach={"items": "[1]"}, approval={"message": "ship $(each.item)?"})
    ],
    "a check far from its step": [step("a"), step("b", needs="a"), check(needs="b", retry={"infraLimit": 1})],
}


@pytest.mark.parametrize("steps", RIGHT.values(), ids=RIGHT)
def test_what_is_accepted(steps: list[Spec]) -> None:
    assert find_wrongs(*steps) == []


def test_the_end_may_read_the_runs_phase() -> None:
    assert find_wrongs(step("a"), **{"finally": [step("b", when="run.phase == 'Failed'")]}) == []
