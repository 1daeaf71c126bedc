"""Which $(...) is ours, what is written for it, and what CEL may not do."""

import subprocess
import sys
import time
from typing import Any

import pytest
from longshore.errors import ExpressionError
from longshore.planning.expressions.expressions import (
    compile_expression,
    evaluate,
    evaluate_condition,
    find_references,
)
from longshore.planning.expressions.interpolations import find_expressions, interpolate, interpolate_for_kubelet
from support.planning.kubelets import expand

SCOPE: dict[str, Any] = {
    "params": {"x": "value", "n": 3, "list": ["a", "b"], "object": {"a b": "c"}, "none": None, "word": "(:"},
    "run": {"name": "nightly"},
    "workflow": {"name": "release"},
    "steps": {"build": {"phase": "Succeeded", "exitCode": 0, "outputs": {"wheel": "a.whl"}}},
}

OURS = {
    "a root and a dot": ("$(params.x)", ["params.x"]),
    "blanks around it": ("$( params.x )", ["params.x"]),
    "an index": ('$(params["x"])', ['params["x"]']),
    "anywhere in the expression": ("$(size(params.list))", ["size(params.list)"]),
    "behind another operand": ('$("v" + params.x)', ['"v" + params.x']),
    "parentheses in it": ("$(params.n > (1 + 2) ? (1) : (2))", ["params.n > (1 + 2) ? (1) : (2)"]),
    "a parenthesis in a string": ('$(params.x + ")")', ['params.x + ")"']),
    "a parenthesis in a raw string": (r'$(params.x + r"\" + ")")', [r'params.x + r"\" + ")"']),
    "a quote in a string": ("""$(params.x + "it's)")""", ['''params.x + "it's)"''']),
    "two": ("a$(params.x)b$(run.name)c", ["params.x", "run.name"]),
    "side by side": ("$(params.x)$(run.name)", ["params.x", "run.name"]),
    "in what is the shell's": ("$(cat $(params.x))", ["params.x"]),
    "after an apostrophe": ("$(echo don't) $(params.x) isn't", ["params.x"]),
    "after two dollars": ("$$$(params.x)", ["params.x"]),
    "a root alone, which is told": ("$(params) $(run)", ["params", "run"]),
    "a string that is not closed": ('$(params.x + ")', ['params.x + "']),
    "can't be read, but begins with a root": ("$(params.x +)", ["params.x +"]),
    "a variable of the kubelet": ("$(HOME)", []),
    "a command": ("$(date +%s)", []),
    "a word that begins like a root": ("$(parameters.x) $(runs.x)", []),
    "a file's name with a root in it": ("$(cat my.params.x)", []),
    "text that is no CEL": ("$(cat params.txt please)", []),
    "escaped": ("$$(params.x)", []),
    "escaped twice": ("$$$$(params.x)", []),
    "not closed": ("$(params.x", []),
    "braces": ("${params.x}", []),
    "nothing": ("$()", []),
    "no parenthesis": ("$params.x", []),
    "marks of our own": ("$(x params[§7§])", []),
}


@pytest.mark.parametrize(("text", "sources"), OURS.values(), ids=OURS)
def test_which_expressions_are_ours(text: str, sources: list[str]) -> None:
    assert find_expressions(text) == sources


WRITTEN = {
    "text around": ("-$(params.x)-", "-value-"),
    "a number": ("$(params.n)", "3"),
    "a float": ("$(params.n * 1)$(1.5 + double(params.n))", "34.5"),
    "a boolean": ("$(params.n == 3)", "true"),
    "a list": ("$(params.list)", '["a", "b"]'),
    "an object": ("$(params.object)", '{"a b": "c"}'),
    "null": ("$(params.none)", "null"),
    "unicode": ('$(params.x + "ü🚢")', "valueü🚢"),
    "an output": ("$(steps.build.outputs.wheel)", "a.whl"),
    "an exit code": ("$(steps.build.exitCode + 1)", "1"),
    "names": ("$(workflow.name)/$(run.name)", "release/nightly"),
    "a duration": ('$(duration("90s") + duration("1s") == duration("91s") && params.n == 3)', "true"),
    "what is not ours": ("$(HOME) $$(params.x) ${A} `b` $", "$(HOME) $$(params.x) ${A} `b` $"),
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_values_are_written(text: str, expected: str) -> None:
    assert interpolate(text, SCOPE) == expected


def scope_with(value: str) -> dict[str, Any]:
    return {"params": {"x": value}}


HOSTILE = [
    "$(HOME)",
    "$$",
    "$",
    "$(",
    ")",
    "$$(HOME)",
    "`id`",
    "$(params.y)",
    "'; id; '",
    '"',
    "a\nb",
    "\\",
    "${HOME}",
]
AROUND = {
    "alone": ("{}", "{}"),
    "before a variable": ("{}$(HOME)", "{}/root"),
    "after a variable": ("$(HOME){}", "/root{}"),
    "before what looks like one": ("{}(HOME)", "{}(HOME)"),
    "in a command of the shell": ("$(cat {})", "$(cat {})"),
    "in the name of a variable": ("$({})", "$({})"),
    "after an open parenthesis": ("$(HOME{}", "$(HOME{}"),
    "after two dollars": ("$${}", "${}"),
    "between two variables": ("$(HOME)$(A{})$(HOME)", "/root$(A{})/root"),
}


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(("text", "expected"), AROUND.values(), ids=AROUND)
def test_a_value_passes_the_kubelet_unchanged(text: str, expected: str, value: str) -> None:
    written = interpolate_for_kubelet(text.format("$(params.x)"), scope_with(value))
    assert expand(written, {"HOME": "/root", "A": "a", value: "secret"}) == expected.format(value)


FAULTS = {
    "params.x +": "Syntax error",
    "params.missing": "there is no 'missing'",
    "params.none.field": "No such overload",
    "1 / 0 == 1": "division by zero",
    "params.list[9]": "index out of bounds",
    'params.x.matches("(")': "not a valid regex",
    "nonsense(params.x)": "Undefined variable or function",
    'params.n + "1"': "No such overload",
}


@pytest.mark.parametrize(("source", "said"), FAULTS.items())
def test_what_has_no_value_is_an_expression_error(source: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        evaluate(source, SCOPE)


@pytest.mark.parametrize(
    ("value", "shown"), [('"yes"', '"yes"'), ("1", "1"), ("null", "null"), ("[true]", r"\[true\]")]
)
def test_a_condition_is_true_or_false(value: str, shown: str) -> None:
    with pytest.raises(ExpressionError, match=f"gives {shown}, not true or false"):
        evaluate_condition(value, SCOPE)


NESTED = [
    "params.list.map(x, params.list.map(y, y))",
    "params.list.all(x, params.list.exists(y, true))",
    "params.list.filter(x, size(params.list.map(y, y)) > 0)",
    "params.list.map(x, x).filter(y, y in params.list.map(z, z))",
    "[params.list.map(x, {'a': params.list.exists_one(y, true)})]",
    "params.list\n.\nmap\n(x, params.list . all (y, true))",
    "params.list.map(x, // '\n params.list.map(y, y)) // '",
    "params.list. // '\n map(x, params.list.map(y, y)) // '",
    r"params.list.map(x, r'\' == '' || params.list.exists(y, true) || x == '\'')",
]


@pytest.mark.parametrize("source", NESTED)
def test_loops_in_loops_are_refused(source: str) -> None:
    with pytest.raises(ExpressionError, match="may not be nested"):
        compile_expression(source)


NOT_NESTED = [
    "params.list.map(x, x).filter(y, y != '')",
    "params.list.map(x, '.map(y, .map(')",
    "[params.list.map(x, x), params.list.map(y, y)]",
    "params.list.exists(x, x == 'a') && params.list.all(x, x != '')",
]


@pytest.mark.parametrize("source", NOT_NESTED)
def test_loops_beside_each_other_are_fine(source: str) -> None:
    compile_expression(source)


REFERENCES = {
    "steps.build.outputs.wheel": ["steps.build.outputs.wheel"],
    'steps["build"].phase': ["steps.build.phase"],
    "steps['build']['phase']": ["steps.build.phase"],
    "size(params.list) > params.n": ["params.list", "params.n"],
    "params.x.startsWith(run.name)": ["params.x", "run.name"],
    "'params.x' + \"steps.y\"": [],
    "params.x // params.y": ["params.x"],
    "params[params.x]": ["params", "params.x"],
    "a.params.x + my_params.x": [],
    "params . x": ["params.x"],
    "steps.all(name, true)": ["steps"],
    "has(steps.build.outputs.wheel)": ["steps.build.outputs.wheel"],
    "§0§ + params[§1§]": ["params"],
}


@pytest.mark.parametrize(("source", "references"), REFERENCES.items())
def test_references(source: str, references: list[str]) -> None:
    assert list(map(str, find_references(source))) == references


SLOW = {
    "open": "$(" * 2048,
    "nested": "$(" * 1300 + "params.x" + ")" * 1300,
    "quotes": "$('" * 1365,
    "triple quotes": "$('''" * 819,
    "both quotes": "$(\"'" * 1024,
    "no CEL": "$(x params.a)" * 315,
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_no_text_takes_long_to_look_through(text: str) -> None:
    """A thousandth of a second here, on an idle machine; before, up to ten seconds."""
    start = time.process_time()
    find_expressions(text)
    assert time.process_time() - start < 1


LOOPS = {
    "as many as may be": ("params.x.map(a, a + 1).size() > 0", 1900, ""),
    "too many": ("params.x.map(a, a + 1).size() > 0", 2100, "loops over 2,001 values or more, of at most 2,000"),
    "some, reading a root again": ("params.x.map(a, params.x).size() > 0", 90, ""),
    "many, reading a root again": ("params.x.map(a, params.x).size() > 0", 500, "of at most 100; use a step"),
    "many, without a loop": ("params.x.size() > 0", 60_000, ""),
    "few, beside many that it does not read": ("params.y.all(a, a > 0)", 60_000, ""),
}


@pytest.mark.parametrize(("source", "size", "message"), LOOPS.values(), ids=LOOPS)
def test_a_loop_is_bounded_by_what_it_sees(source: str, size: int, message: str) -> None:
    scope = {"params": {"x": list(range(size)), "y": [1]}}
    if not message:
        assert evaluate(source, scope) is True
        return
    with pytest.raises(ExpressionError, match=message):
        evaluate(source, scope)


def test_the_evaluator_comes_without_its_terminal_toolkit() -> None:
    """It would cost each operator 12 MiB, and each start of the plugin a tenth of a second."""
    unwanted = "{'prompt_toolkit', 'typer'}"
    code = f"import sys, longshore.planning.expressions.expressions; print({unwanted} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{'d': 1, 'c': [{'b': 1, 'a': 2}], 'e': 3, 'a': 4}", '{"a": 4, "c": [{"a": 2, "b": 1}], "d": 1, "e": 3}'),
        ("{2: 'x', 'b': 1, 1: 2}", '{"1": 2, "2": "x", "b": 1}'),
    ],
)
def test_maps_are_written_in_the_order_of_their_keys(source: str, text: str) -> None:
    # The evaluator gives them in any order: a memo's key, and a pod, would be another one each time.
    assert interpolate(f"$([{source}, run][0])", {"run": {}}) == text
