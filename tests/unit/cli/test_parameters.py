"""Parameters as people type them."""

from typing import Any

import pytest
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.parameters import parse_params

DECLARED = [
    {"name": "text"},
    *({"name": kind.lower(), "type": kind} for kind in ("Integer", "Number", "Boolean", "List", "Object")),
]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("text=", ""),
        ("text=a=b", "a=b"),
        ("text=1", "1"),
        ("text=true", "true"),
        ("integer=-3", -3),
        ("number=1.5", 1.5),
        ("number=2", 2),
        ("boolean=True", True),
        ("boolean=false", False),
        ('list=["a", 1]', ["a", 1]),
        ('object={"a": null}', {"a": None}),
        ("unknown=1", "1"),
    ],
)
def test_a_value_is_of_the_declared_type(given: str, value: Any) -> None:
    name = given.partition("=")[0]
    parsed = parse_params([given], DECLARED)[name]
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("text", "-p 'text' is not of the form name=value"),
        ("=1", "-p '=1' is not of the form name=value"),
        ("integer=1.5", "-p integer: '1.5' is not of type Integer"),
        ("number=x", "-p number: 'x' is not of type Number"),
        ("boolean=yes", "-p boolean: 'yes' is not of type Boolean"),
        ("list=a,b", '-p list: \'a,b\' is not of type List, written as JSON such as ["a", "b"]'),
        ("object=[]", "-p object: '[]' is not of type Object, written as JSON such as {\"a\": 1}"),
    ],
)
def test_what_is_no_value(given: str, message: str) -> None:
    with pytest.raises(MistakeError) as caught:
        parse_params([given], DECLARED)
    assert caught.value.format_message() == message


def test_where_nothing_is_known_of_the_workflow_values_are_what_they_look_like() -> None:
    assert parse_params(["a=1", "b=x", 'c=["x"]'], None) == {"a": 1, "b": "x", "c": ["x"]}


def test_the_last_value_counts() -> None:
    assert parse_params(["text=a", "text=b"], DECLARED) == {"text": "b"}
