"""Owns the warning about expressions in the text of `sh -c`, where a value could become part of the program."""

import re
from collections.abc import Iterator
from itertools import pairwise

from longshore.api.steps import Step
from longshore.api.workflows import WorkflowSpec
from longshore.names import build_param_variable
from longshore.planning.acceptance.graphs import resolve_step
from longshore.planning.expressions.interpolations import find_expressions

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})


def find_shell_expressions(spec: WorkflowSpec, prefix: str) -> Iterator[tuple[str, str]]:
    """Fields of steps that put a value into the text of a shell's program, with the remedy."""
    for step in spec.steps:
        place = _find_program(resolve_step(step, spec.defaults))
        if place is None:
            continue
        field, text = place
        for expression in find_expressions(text):
            yield f"{prefix}.steps[{step.name}].{field}", _advise(expression)


def _find_program(step: Step) -> tuple[str, str] | None:
    """Where the text after `sh -c` stands in a step, and the text."""
    words = [
        (f"{name}[{index}]", word)
        for name in ("command", "args")
        for index, word in enumerate(getattr(step, name) or ())
    ]
    if not words or words[0][1].rpartition("/")[2] not in _SHELLS:
        return None
    for (_, flag), place in pairwise(words[1:]):
        if re.fullmatch(r"-[a-z]*c", flag):
            return place
    return None


def _advise(expression: str) -> str:
    if param := re.fullmatch(r"\s*params\.(\w+)\s*", expression):
        remedy = f'use "${build_param_variable(param[1])}"'
    else:
        remedy = 'give it to the step as a variable in env, and use "$VARIABLE"'
    return f"the shell would run what $({expression}) holds as part of its program; {remedy}"
