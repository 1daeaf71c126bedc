"""How a model's fields are said as a structural schema."""

from typing import Annotated, Any, Literal

import pytest
from longshore.api.fields import AnyObject, AnyValue, Model, Quantity, map_by
from longshore.schemas.structural import SchemaError, build_structural_schema
from pydantic import Field

Short = Annotated[str, Field(max_length=8)]


class Part(Model):
    """A part."""

    name: Short
    """Its name."""


class Whole(Model):
    """A whole."""

    optional: Short | None = None
    """Optional."""
    number: Annotated[int, Field(gt=0, le=9)] = 1
    """Number."""
    flag: bool = False
    """Flag."""
    empty: Short = ""
    """Empty."""
    constant: Literal["A"] | None = None
    """Constant."""
    choice: Literal["A", "B"] = "A"
    """Choice."""
    quantity: Quantity
    """Quantity."""
    anything: AnyValue | None = None
    """Anything."""
    fields: AnyObject = {}  # noqa: RUF012
    """Fields."""
    part: Part | None = None
    """The part that is meant."""
    parts: Annotated[list[Part], Field(max_length=2, json_schema_extra=map_by("name"))] = []  # noqa: RUF012
    """Parts."""
    by_name: Annotated[dict[str, Short], Field(max_length=2)] = {}  # noqa: RUF012
    """By name."""


PART = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 8, "description": "Its name."}},
    "required": ["name"],
}
ANY = "x-kubernetes-preserve-unknown-fields"
EXPECTED: dict[str, dict[str, Any]] = {
    "optional": {"type": "string", "maxLength": 8},
    "number": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 9, "default": 1},
    "flag": {"type": "boolean", "default": False},
    "empty": {"type": "string", "maxLength": 8},
    "constant": {"type": "string", "enum": ["A"]},
    "choice": {"type": "string", "enum": ["A", "B"], "default": "A"},
    "quantity": {"x-kubernetes-int-or-string": True},
    "anything": {ANY: True},
    "fields": {"type": "object", ANY: True, "x-kubernetes-map-type": "atomic"},
    "part": PART,
    "parts": {
        "type": "array",
        "maxItems": 2,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {"description": "A part."} | PART,
    },
    "byName": {
        "type": "object",
        "maxProperties": 2,
        "additionalProperties": {"type": "string", "maxLength": 8},
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_field(name: str) -> None:
    field = build_structural_schema(Whole)["properties"][name]
    assert field.pop("description")
    assert field == EXPECTED[name]


def test_whole() -> None:
    schema = build_structural_schema(Whole)
    assert (schema["description"], schema["required"]) == ("A whole.", ["quantity"])
    # What the field says of the part goes before what the part says of itself.
    assert schema["properties"]["part"]["description"] == "The part that is meant."


class LongString(Model):
    """A string."""

    field: str
    """A field."""


class LongList(Model):
    """A list."""

    field: list[Short]
    """A field."""


class LongMap(Model):
    """A map."""

    field: dict[str, Short]
    """A field."""


class LongItem(Model):
    """A list of strings."""

    field: Annotated[list[str], Field(max_length=2)]
    """A field."""


class Union(Model):
    """A union."""

    field: bool | Short
    """A field."""


class Silent(Model):
    """No word on its field."""

    field: Short


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (LongString, "LongString.field: has no maxLength"),
        (LongList, "LongList.field: has no maxItems"),
        (LongMap, "LongMap.field: has no maxProperties"),
        (LongItem, r"LongItem.field\[\]: has no maxLength"),
        (Union, "Union.field: a structural schema has no type None"),
        (Silent, "Silent.field: has no description"),
    ],
)
def test_refused(model: type[Model], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        build_structural_schema(model)
