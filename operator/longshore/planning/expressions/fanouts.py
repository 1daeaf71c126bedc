"""Owns what a forEach fans out to: its items, and what `each` is in each of them. Must not start any."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from longshore.api.steps import ForEach
from longshore.errors import ExpressionError
from longshore.planning.expressions.expressions import evaluate
from longshore.planning.expressions.interpolations import write_value

MAX_ITEMS = 5000

Each = Mapping[str, Any]
"""What `each` is in an expression: item and index, or index and the keys of the matrix."""


def expand(for_each: ForEach, scope: Mapping[str, Any]) -> list[Each]:
    """What `each` is in each item. Raises ExpressionError for what is no list, or too long a one."""
    values = _expand_items(for_each.items, scope) if for_each.items else list(_expand_matrix(for_each))
    if len(values) > MAX_ITEMS:
        raise ExpressionError(f"forEach: has {len(values):,} items of at most {MAX_ITEMS:,}; split it over Runs")
    return [{**value, "index": index} for index, value in enumerate(values)]


def _expand_items(source: str, scope: Mapping[str, Any]) -> list[Each]:
    value = evaluate(source, scope)
    items = _parse_json(value) if isinstance(value, str) else value
    if not isinstance(items, list):
        raise ExpressionError(f"forEach.items: {source} gives {write_value(value)[:60]}, which is no list")
    return [{"item": item} for item in items]


def _parse_json(text: str) -> Any:
    """The value of a text that is JSON, as an output of key=value may be; else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _expand_matrix(for_each: ForEach) -> Iterator[Each]:
    """Every combination, less those excluded, then those included."""
    matrix = for_each.matrix or {}
    for combination in product(*matrix.values()):
        row = dict(zip(matrix, combination, strict=True))
        if not any(_fits(row, excluded) for excluded in for_each.exclude):
            yield row
    yield from for_each.include


def _fits(row: Each, pattern: Mapping[str, Any]) -> bool:
    """Whether the row has all that the pattern names."""
    return all(key in row and row[key] == value for key, value in pattern.items())


def list_matrix_keys(for_each: ForEach) -> tuple[str, ...]:
    """The names that `each` has by the matrix."""
    included = [key for row in for_each.include for key in row]
    return tuple(dict.fromkeys([*(for_each.matrix or {}), *included]))
