"""Whatever a value holds, it reaches the container as it is, and nobody evaluates it."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.errors import ExpressionError
from longshore.planning.expressions.expressions import compile_expression, evaluate, find_references
from longshore.planning.expressions.interpolations import find_expressions, interpolate, interpolate_for_kubelet
from support.planning.kubelets import expand, expand_env
from support.planning.runs import params, step, workflow
from support.planning.simulations import Simulation

PIECES = ["$", "$$", "(", ")", "$(", "$(HOME)", "$(params.x)", "'", '"', "`", "\\", "\n", " ", "{", "}", "§0§"]
HOSTILE = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
WORDS = [
    "params",
    "steps",
    ".x",
    "[0]",
    "['a']",
    ".map(",
    "x,",
    "has(",
    "null",
    "9e99",
    "1",
    "r",
    "b",
    "in",
    "§0§",
]
SIGNS = [
    "(",
    ")",
    "+",
    "/",
    " ",
    "-",
    "!",
    "?",
    ":",
    "==",
    "&&",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    '"""',
    "\\",
    "//",
    "\n",
]
CEL_LIKE = st.one_of(st.lists(st.sampled_from(WORDS + SIGNS), max_size=15).map("".join), st.text(max_size=30))
BOUND = settings(deadline=None, max_examples=300)
ALIEN = "\ue000"
VARIABLES = {"HOME": "/root", "x": "secret", "": "nothing"}


@BOUND
@given(before=HOSTILE, after=HOSTILE, value=HOSTILE)
def test_what_the_kubelet_does_never_depends_on_a_value(before: str, after: str, value: str) -> None:
    """A harmless value in the same place shows what is to come out."""
    text = f"{before}$(params.x){after}"
    variables = {**VARIABLES, value: "leaked"}
    harmless = expand(interpolate_for_kubelet(text, {"params": {"x": ALIEN}}), variables)
    assert expand(interpolate_for_kubelet(text, {"params": {"x": value}}), variables) == harmless.replace(
        ALIEN, value
    )


@BOUND
@given(text=HOSTILE)
def test_a_text_without_expressions_is_left_alone(text: str) -> None:
    if not find_expressions(text):
        assert interpolate(text, {}) == interpolate_for_kubelet(text, {}) == text


@BOUND
@given(source=CEL_LIKE)
def test_cel_has_a_value_or_an_error_of_ours(source: str) -> None:
    find_references(source)
    find_expressions(f"$({source})")
    with suppress(ExpressionError):
        compile_expression(source)
        evaluate(source, {"params": {"x": [1, 2]}, "steps": {}})


@settings(deadline=None, max_examples=100)
@given(param=HOSTILE, output=HOSTILE)
def test_values_pass_from_params_and_outputs_into_a_container(param: str, output: str) -> None:
    reader = step(
        "read",
        needs="write",
        env=[
            {"name": "FROM_PARAM", "value": "$(params.x)"},
            {"name": "FROM_OUTPUT", "value": "$(steps.write.outputs.x)"},
            {"name": "COPY", "value": "$(FROM_OUTPUT)"},
        ],
        command=["$(params.x)"],
        args=["$(steps.write.outputs.x)", "a$(params.x)b$(FROM_OUTPUT)"],
    )
    graph = workflow(step("write", outputs=["x"]), reader, params=params(x="String"))
    simulation = Simulation(graph, params={"x": param})
    simulation.settle()
    simulation.end("write", 0, json.dumps({"x": output}))
    container: dict[str, Any] = simulation.pod("read").raw["spec"]["containers"][0]
    variables = expand_env(container["env"])
    assert variables["PARAM_X"] == variables["FROM_PARAM"] == param
    assert variables["FROM_OUTPUT"] == variables["COPY"] == output
    assert [expand(text, variables) for text in container["command"]] == [param]
    assert [expand(text, variables) for text in container["args"]] == [output, f"a{param}b{output}"]
