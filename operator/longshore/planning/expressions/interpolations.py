"""Owns $(...) in texts: finding the expressions there, and putting values in their place. Must not evaluate CEL.

Any other $(...) is left to the kubelet and the shell.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longshore.errors import ExpressionError
from longshore.planning.expressions.expressions import (
    ROOTS,
    STRING,
    compile_expression,
    evaluate,
    find_references,
    hide_strings,
)

_PARENTHESIS = re.compile(rf"{STRING}|[()]", re.DOTALL)
_OPEN = re.compile(r"\$\$|\$\([^)]*\)|\$\(")


def find_expressions(text: str) -> list[str]:
    """The CEL between $( and ) in a text; any other $(...) is the kubelet's or the shell's."""
    return [part.source for part in _split(text) if isinstance(part, _Expression)]


def change_expressions(text: str, change: Callable[[str], str]) -> str:
    """The text with the CEL between each $( and ) changed."""
    return "".join(part if isinstance(part, str) else f"$({change(part.source)})" for part in _split(text))


def change_values(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with the CEL between each $( and ) in its strings changed."""
    match value:
        case str():
            return change_expressions(value, change)
        case Mapping():
            return {key: change_values(entry, change) for key, entry in value.items()}
        case list():
            return [change_values(entry, change) for entry in value]
    return value


def interpolate(text: str, scope: Mapping[str, Any]) -> str:
    """The text with each expression replaced by its value. Raises ExpressionError."""
    return "".join(part if isinstance(part, str) else _write(part, scope) for part in _split(text))


def render_values(value: Any, scope: Mapping[str, Any]) -> Any:
    """A JSON value with the expressions in its strings replaced; one that is all of a string keeps its type.

    Raises ExpressionError.
    """
    match value:
        case str():
            match list(_split(value)):
                case ["", _Expression(source), ""]:
                    return _read_json(source, scope)
            return interpolate(value, scope)
        case Mapping():
            return {key: render_values(entry, scope) for key, entry in value.items()}
        case list():
            return [render_values(entry, scope) for entry in value]
    return value


def find_texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """The strings in a JSON value, each with its place."""
    match value:
        case str():
            yield field, value
        case Mapping():
            for key, entry in value.items():
                yield from find_texts(entry, f"{field}.{key}")
        case list():
            for index, entry in enumerate(value):
                yield from find_texts(entry, f"{field}[{index}]")


def interpolate_for_kubelet(text: str, scope: Mapping[str, Any]) -> str:
    """As interpolate, with values escaped for the kubelet, which expands $(VAR) and $$ in env and args."""
    *parts, last = _split(text)
    written = [
        _close(part) if isinstance(part, str) else escape_for_kubelet(_write(part, scope)) for part in parts
    ]
    return "".join([*written, str(last)])


def escape_for_kubelet(value: str) -> str:
    """A value as it has to be written in env and args to arrive unchanged."""
    return value.replace("$", "$$")


def write_value(value: Any) -> str:
    """A value as text: a string as it is, anything else as JSON with keys in order: CEL gives maps in any."""
    return value if isinstance(value, str) else json.dumps(_sort_keys(value), ensure_ascii=False, default=str)


def _sort_keys(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _sort_keys(value[key]) for key in sorted(value, key=str)}
        case list():
            return [_sort_keys(entry) for entry in value]
    return value


@dataclass(frozen=True, slots=True)
class _Expression:
    source: str


def _write(expression: _Expression, scope: Mapping[str, Any]) -> str:
    return write_value(evaluate(expression.source, scope))


def _read_json(source: str, scope: Mapping[str, Any]) -> Any:
    """The value of CEL as JSON has it."""
    try:
        return json.loads(json.dumps(evaluate(source, scope), allow_nan=False, default=str))
    except ValueError as error:
        raise ExpressionError(f"{source}: {error}") from None


def _close(text: str) -> str:
    """The text before a value, where each $( that is not closed is escaped.

    The kubelet would look for its end in the value, and take no notice of how that is escaped.
    """
    return _OPEN.sub(lambda match: "$$(" if match.group() == "$(" else match.group(), text)


def _split(text: str) -> Iterator[str | _Expression]:
    """Text and expressions in turn, beginning and ending with text."""
    ends = _find_ends(text) if "$(" in text else {}
    start = position = 0
    while (position := text.find("$", position)) >= 0:
        if text.startswith("$$", position):  # an escaped dollar, which is the kubelet's to undo
            position += 2
            continue
        end = ends.get(position + 1, -1)
        if end >= 0 and _is_ours(source := text[position + 2 : end]):
            yield text[start:position]
            yield _Expression(source.strip())
            start = position = end + 1
        else:
            position += 1
    yield text[start:]


def _find_ends(text: str) -> dict[int, int]:
    """For each opening parenthesis the one that closes it, where one does; those in strings of CEL do not count.

    From the last one to the first, so that each is looked at once: the text may be hostile.
    """
    ends: dict[int, int] = {}
    for opening in reversed([index for index, character in enumerate(text) if character == "("]):
        position = opening + 1
        while match := _PARENTHESIS.search(text, position):
            if match.group() == ")":
                ends[opening] = match.start()
                break
            if match.group() == "(" and match.start() not in ends:
                break
            position = ends[match.start()] + 1 if match.group() == "(" else match.end()
    return ends


def _is_ours(source: str) -> bool:
    if re.match(rf"\s*(?:{'|'.join(ROOTS)})\s*[.\[]", source):
        return True
    if "$" in hide_strings(source)[0] or not find_references(source):
        return False
    try:
        compile_expression(source)
    except ExpressionError:
        return False
    return True
