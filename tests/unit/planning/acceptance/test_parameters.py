"""Parameters: what a Workflow may declare, what a Run may give, and what comes of both."""

from typing import Any

import pytest
from longshore.api.workflows import Param
from longshore.planning.acceptance.parameters import check_declarations, check_params, is_of_type, resolve_params
from support.planning.runs import params

TYPES = ["String", "Integer", "Number", "Boolean", "List", "Object"]
VALUES: list[tuple[Any, set[str]]] = [
    ("", {"String"}),
    ("1", {"String"}),
    (1, {"Integer", "Number"}),
    (0, {"Integer", "Number"}),
    (2**70, {"Integer", "Number"}),
    (1.5, {"Number"}),
    (1.0, {"Number"}),
    (True, {"Boolean"}),
    (False, {"Boolean"}),
    ([], {"List"}),
    ({}, {"Object"}),
    (None, set()),
]


@pytest.mark.parametrize(("value", "types"), VALUES)
def test_types(value: Any, types: set[str]) -> None:
    assert {kind for kind in TYPES if is_of_type(value, kind)} == types  # type: ignore[arg-type]


def declare(**fields: Any) -> list[Param]:
    return [Param.model_validate(param) for param in params(**fields)]


DECLARATIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing but a name": ({}, []),
    "a default of the type": ({"type": "Integer", "default": 3}, []),
    "a default in the enum": ({"default": "a", "enum": ["a", "b"]}, []),
    "a default of another type": (
        {"type": "Integer", "default": "3"},
        ['spec.params[0].default: "3" is not of type Integer'],
    ),
    "a number for a string": (
        {"default": 3.12},
        ["spec.params[0].default: 3.12 is not of type String; quote it"],
    ),
    "true for an integer": (
        {"type": "Integer", "default": True},
        ["spec.params[0].default: true is not of type Integer"],
    ),
    "a default outside of the enum": (
        {"default": "c", "enum": ["a", "b"]},
        ['spec.params[0].default: "c" is none of "a", "b"'],
    ),
    "an enum of another type": (
        {"type": "Boolean", "enum": [True, "no"]},
        ['spec.params[0].enum: "no" is not of type Boolean'],
    ),
    "a long default is cut": (
        {"type": "List", "default": "x" * 99},
        [f'spec.params[0].default: "{"x" * 56}... is not of type List'],
    ),
}


@pytest.mark.parametrize(("fields", "findings"), DECLARATIONS.values(), ids=DECLARATIONS)
def test_declarations(fields: dict[str, Any], findings: list[str]) -> None:
    assert list(map(str, check_declarations(declare(p=fields)))) == findings


GIVEN: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "nothing": ({}, {}, []),
    "required and given": ({"required": True}, {"p": "x"}, []),
    "required and not given": (
        {"required": True},
        {},
        ["spec.params.p: is required; give a value of type String"],
    ),
    "required, with a default": ({"required": True, "default": "x"}, {}, []),
    "null": ({}, {"p": None}, ["spec.params.p: null is not of type String; quote it"]),
    "a number for a string": ({}, {"p": 1}, ["spec.params.p: 1 is not of type String; quote it"]),
    "outside of the enum": (
        {"type": "Integer", "enum": [1, 2]},
        {"p": 3},
        ["spec.params.p: 3 is none of 1, 2"],
    ),
    "unknown": ({}, {"x": 1}, ["spec.params.x: there is no such parameter; there are: p"]),
    "two unknown": (
        {},
        {"z": 1, "a": 1},
        [f"spec.params.{name}: there is no such parameter; there are: p" for name in "az"],
    ),
}


@pytest.mark.parametrize(("fields", "given", "findings"), GIVEN.values(), ids=GIVEN)
def test_given_values(fields: dict[str, Any], given: dict[str, Any], findings: list[str]) -> None:
    assert list(map(str, check_params(declare(p=fields), given))) == findings


def test_none_are_declared() -> None:
    (finding,) = check_params([], {"x": 1})
    assert str(finding) == "spec.params.x: there is no such parameter; there are: none"


def test_values_are_what_is_given_else_the_default_else_null() -> None:
    declared = declare(given={"default": 1}, default={"default": 2}, neither={}, falsy={"default": 3})
    assert resolve_params(declared, {"given": 4, "falsy": 0}) == {
        "given": 4,
        "default": 2,
        "neither": None,
        "falsy": 0,
    }
