"""Owns facts as `kubectl describe` writes them: a name, then its value in a column of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 14
"""Of the names, with their colon."""


def write_facts(facts: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """The facts that there are: what is None or empty is left out."""
    for name, value in facts.items():
        if value not in (None, ""):
            yield from write_fact(name, str(value), indent)


def write_fact(name: str, value: str, indent: str = "") -> Iterator[str]:
    """A name and its value; further lines of the value stand under the first."""
    first, *others = value.splitlines() or [""]
    label = f"{indent}{name + ':':<{WIDTH}}  "
    yield f"{label}{first}".rstrip()
    for line in others:
        yield f"{' ' * len(label)}{line}".rstrip()


def write_conditions(conditions: list[dict[str, Any]]) -> Iterator[str]:
    """The conditions of an object, with their reasons; nothing where there are none."""
    if conditions:
        yield "Conditions:"
    for condition in conditions:
        message = f": {condition['message']}" if condition.get("message") else ""
        yield f"  {condition['type']:<{WIDTH}}{condition['status']:<8}{condition['reason']}{message}"
