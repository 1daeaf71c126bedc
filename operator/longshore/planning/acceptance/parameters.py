"""Owns parameters: their types, defaults and values. Must not know where they are used."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longshore.api.workflows import Param, ParamType
from longshore.planning.findings import Fault, Finding

_TYPES: Mapping[ParamType, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Number": (int, float),
    "Boolean": (bool,),
    "List": (list,),
    "Object": (dict,),
}


def resolve_params(declared: Sequence[Param], given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each parameter: what is given, else its default, else null."""
    return {param.name: given.get(param.name, param.default) for param in declared}


def check_params(declared: Sequence[Param], given: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with the values that a Run gives."""
    names = [param.name for param in declared]
    for name in sorted(set(given) - set(names)):
        yield _finding(
            f"spec.params.{name}", f"there is no such parameter; there are: {', '.join(names) or 'none'}"
        )
    for param in declared:
        field = f"spec.params.{param.name}"
        if param.name in given:
            yield from check_value(field, param, given[param.name])
        elif param.required and param.default is None:
            yield _finding(field, f"is required; give a value of type {param.type}")


def check_declarations(declared: Sequence[Param]) -> Iterator[Finding]:
    """What is wrong with the parameters that a Workflow declares: defaults and enums that do not fit."""
    for index, param in enumerate(declared):
        field = f"spec.params[{index}]"
        for value in param.enum:
            if not is_of_type(value, param.type):
                yield _finding(f"{field}.enum", f"{_show(value)} is not of type {param.type}")
        if param.default is not None:
            yield from check_value(f"{field}.default", param, param.default)


def check_value(field: str, param: Param, value: Any) -> Iterator[Finding]:
    """What is wrong with one value of a parameter."""
    if not is_of_type(value, param.type):
        hint = "; quote it" if param.type == "String" else ""
        yield _finding(field, f"{_show(value)} is not of type {param.type}{hint}")
    elif param.enum and value not in param.enum:
        yield _finding(field, f"{_show(value)} is none of {', '.join(map(_show, param.enum))}")


def is_of_type(value: Any, kind: ParamType) -> bool:
    """Whether a value is of a parameter's type; true is no Integer."""
    return isinstance(value, _TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))


def _finding(field: str, message: str) -> Finding:
    return Finding(Fault.PARAMETER, field, message)


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
