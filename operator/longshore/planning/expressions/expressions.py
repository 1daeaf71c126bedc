"""Owns CEL: checking and evaluating expressions, and what they read. Must not know where they stand.

An expression never enters a shell: it is evaluated here, and its value is data from then on.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from longshore.errors import ExpressionError
from longshore.planning.expressions.evaluators import cel

ROOTS = ("params", "steps", "each", "run", "workflow")
MAX_LOOPED = 2000
"""Values that a loop may see in all: the evaluator copies them in each of its rounds, and has no cost limit."""
MAX_LOOPED_AGAIN = 100
"""The same where what is done in each round reads params, steps or each once more."""
# https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax: STRING_LIT, BYTES_LIT, COMMENT.
STRING = (
    r"[bB]?(?:[rR](?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n\r]*'|\"[^\"\n\r]*\")"
    r"|'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\""
    r"|'(?:\\.|[^'\\\n\r])*'|\"(?:\\.|[^\"\\\n\r])*\")"
)
_HIDDEN = re.compile(rf"(?P<string>{STRING})|//[^\n]*|§", re.DOTALL)
_CHAIN = re.compile(r"(?<![\w.])([A-Za-z_]\w*)((?:\s*\.\s*[A-Za-z_]\w*|\s*\[\s*§\d+§\s*\])*)(\s*\()?")
_PART = re.compile(r"\.\s*([A-Za-z_]\w*)|\[\s*§(\d+)§\s*\]")
_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")


@dataclass(frozen=True, slots=True)
class Reference:
    """What an expression reads: `steps.build.outputs.wheel` is root steps, path (build, outputs, wheel)."""

    root: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.root, *self.path))


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> cel.Program:
    """Compile CEL. Raises ExpressionError with a short message for what does not parse or may run too long."""
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise ExpressionError(_shorten(str(error))) from None
    if _nesting(source) > 1:
        # The evaluator has no cost limit, and a loop in a loop over long lists would hold up every Run.
        raise ExpressionError("all, exists, map and filter may not be nested; use an output of a step")
    return program


def evaluate(source: str, scope: Mapping[str, Any]) -> Any:
    """The value of CEL in a scope of root -> value. Raises ExpressionError where it has none."""
    program = compile_expression(source)
    seen = _narrow(source, scope)
    _check_cost(source, seen)
    try:
        return program.execute(seen)
    except KeyError as error:
        raise ExpressionError(f"{source}: there is no {_shorten(repr(error.args[0]))}") from None
    except Exception as error:  # noqa: BLE001 - the library raises whatever fits the fault
        raise ExpressionError(f"{source}: {_shorten(str(error))}") from None


def evaluate_condition(source: str, scope: Mapping[str, Any]) -> bool:
    """The value of CEL that has to be true or false. Raises ExpressionError."""
    value = evaluate(source, scope)
    if not isinstance(value, bool):
        raise ExpressionError(f"{source}: gives {_shorten(json.dumps(value, default=str))}, not true or false")
    return value


def find_references(source: str) -> list[Reference]:
    """What CEL reads of the roots, by its text: `steps["a"].phase` and `steps.a.phase` are the same."""
    text, literals = hide_strings(source)
    found = []
    for match in _CHAIN.finditer(text):
        if match.group(1) in ROOTS:
            parts = _PART.findall(match.group(2))
            path = tuple(name or _unquote(literals[int(index)]) for name, index in parts)
            is_call = bool(match.group(3)) and bool(parts) and bool(parts[-1][0])
            found.append(Reference(match.group(1), path[:-1] if is_call else path))
    return found


def _narrow(source: str, scope: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a scope that an expression reads, since all of it is copied into the evaluator."""
    seen = dict(scope)
    references = find_references(source)
    for root in scope.keys() & set(ROOTS):
        paths = [reference.path for reference in references if reference.root == root]
        if all(paths) and isinstance(scope[root], Mapping):
            keys = {path[0] for path in paths}
            seen[root] = {key: value for key, value in scope[root].items() if key in keys}
    return seen


def _check_cost(source: str, scope: Mapping[str, Any]) -> None:
    """Refuse a loop over more than can be had while all other Runs wait. Raises ExpressionError."""
    text, _ = hide_strings(source)
    macro = _MACRO.search(text)
    if macro is None:
        return
    most = MAX_LOOPED_AGAIN if find_references(text[macro.end() :]) else MAX_LOOPED
    if (size := _count_values(list(scope.values()), most)) > most:
        raise ExpressionError(f"{source}: loops over {size:,} values or more, of at most {most:,}; use a step")


def _count_values(values: list[Any], most: int) -> int:
    """How many values there are in all that is nested; counting stops past `most`. Long texts count for more."""
    count = 0
    while values and count <= most:
        value = values.pop()
        count += 1 + (len(value) // 256 if isinstance(value, str) else 0)
        if isinstance(value, Mapping):
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)
    return count


def _nesting(source: str) -> int:
    """How deep macros stand in one another's arguments."""
    text, _ = hide_strings(source)
    opens = {match.end() - 1 for match in _MACRO.finditer(text)}
    stack: list[bool] = []
    deepest = 0
    for index, character in enumerate(text):
        if character in "([{":
            stack.append(index in opens)
            deepest = max(deepest, sum(stack))
        elif character in ")]}" and stack:
            stack.pop()
    return deepest


def hide_strings(source: str) -> tuple[str, list[str]]:
    """The source without comments, its strings replaced by numbers, and those strings."""
    literals: list[str] = []

    def hide(match: re.Match[str]) -> str:
        if match["string"] is None:
            return " "
        literals.append(match.group())
        return f"§{len(literals) - 1}§"

    return _HIDDEN.sub(hide, source), literals


def _unquote(literal: str) -> str:
    return literal.lstrip("rRbB").strip("\"'")


def _shorten(message: str) -> str:
    """The first fault that the library names, without its drawing of the source."""
    line = next((part for part in message.splitlines() if part.strip()), message)
    line = line.partition("ERROR: <input>:")[2] or line
    return line.partition(" expecting {")[0][:300]
