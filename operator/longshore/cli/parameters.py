"""Owns parameters as people type them: name=value, of the type that the Workflow declares."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from longshore.cli.mistakes import MistakeError

_WORDS = {"true": True, "false": False}
_HINTS = {"List": ', written as JSON such as ["a", "b"]', "Object": ', written as JSON such as {"a": 1}'}


def parse_params(given: Sequence[str], declared: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """The values of `-p name=value`, by name. `declared` are the params of the Workflow's spec; None: not known.

    What is not declared is left for the checks to refuse. Raises MistakeError.
    """
    types = {param.get("name"): param.get("type", "String") for param in declared or ()}
    values: dict[str, Any] = {}
    for assignment in given:
        name, is_assigned, text = assignment.partition("=")
        if not name or not is_assigned:
            raise MistakeError(f"-p {assignment!r} is not of the form name=value")
        values[name] = _guess(text) if declared is None else _read(name, types.get(name, "String"), text)
    return values


def _read(name: str, kind: str, text: str) -> Any:
    """The text as a value of a type; a string is taken as it is."""
    try:
        match kind:
            case "Integer":
                return int(text)
            case "Number":
                return float(text) if not text.lstrip("+-").isdecimal() else int(text)
            case "Boolean":
                return _WORDS[text.lower()]
            case "List" | "Object":
                return _read_json(text, list if kind == "List" else dict)
            case _:
                return text
    except (ValueError, KeyError, TypeError) as error:
        raise MistakeError(f"-p {name}: {text!r} is not of type {kind}{_HINTS.get(kind, '')}") from error


def _read_json(text: str, kind: type) -> Any:
    value = json.loads(text)
    if not isinstance(value, kind):
        raise TypeError(text)
    return value


def _guess(text: str) -> Any:
    """The text as JSON where it is any, else as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text
