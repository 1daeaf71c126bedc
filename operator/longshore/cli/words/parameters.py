"""Owns parameters as people type them: name=value, of the type that the Workflow declares."""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from longshore.cli.words.mistakes import MistakeError

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
        try:
            values[name] = read_value(text, None if declared is None else types.get(name, "String"))
        except ValueError as error:
            raise MistakeError(f"-p {name}: {error}") from error
    return values


def read_value(text: str, kind: str | None) -> Any:
    """The text as a value of a type, a string as it is; None: not known, so JSON where it is any.

    Raises ValueError with what is wrong, for people.
    """
    if kind is None:
        return _guess(text)
    try:
        return _read(kind, text)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{text!r} is not of type {kind}{_HINTS.get(kind, '')}") from error


def _read(kind: str, text: str) -> Any:
    match kind:
        case "Integer":
            return int(text)
        case "Number":
            return _read_number(text)
        case "Boolean":
            return _WORDS[text.lower()]
        case "List" | "Object":
            return _read_json(text, list if kind == "List" else dict)
        case _:
            return text


def _read_number(text: str) -> int | float:
    number = float(text)
    if not isfinite(number):
        # JSON has none of these.
        raise ValueError(text)
    return int(text) if text.strip().lstrip("+-").isdecimal() else number


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
