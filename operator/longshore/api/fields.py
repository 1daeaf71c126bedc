"""Owns the base of all models and the scalar types that they share, each with its bounds.

Every string and list has a maximum, since the API server refuses CEL rules over what has none.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from longshore.names import DNS_LABEL, IDENTIFIER, MAX_NAME


class Model(BaseModel):
    """A part of a resource: camelCase in YAML, immutable here; attribute docstrings are the descriptions."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, use_attribute_docstrings=True
    )

    def to_json(self) -> dict[str, Any]:
        """As the API server has it: camelCase, and what was not given left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)


Label = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=f"^{DNS_LABEL}$")]
"""A DNS label: the name of a step, a container, a volume."""

ObjectName = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=rf"^{DNS_LABEL}(\.{DNS_LABEL})*$")]
"""The name of an object of ours."""

ForeignName = Annotated[str, Field(min_length=1, max_length=253)]
"""The name of another project's object: a Secret, a ConfigMap."""

Identifier = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=f"^{IDENTIFIER}$")]
"""A parameter or an output: CEL spells it as it is."""

Expression = Annotated[str, Field(min_length=1, max_length=1024)]
"""A bare CEL expression."""

Line = Annotated[str, Field(max_length=1024)]
"""One line; where the field's description says so, with $(expressions)."""

Path = Annotated[str, Field(min_length=1, max_length=1024)]
Text = Annotated[str, Field(max_length=4096)]
LongText = Annotated[str, Field(max_length=65536)]
Message = Annotated[str, Field(max_length=4096)]
Reason = Annotated[str, Field(min_length=1, max_length=128, pattern="^[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9_])?$")]
Timestamp = Annotated[str, Field(max_length=32, json_schema_extra={"format": "date-time"})]
"""RFC 3339, in UTC and whole seconds as Kubernetes writes it."""

Decimal = Annotated[str, Field(max_length=20, pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
"""An amount of money, as a string: floats round."""

Seconds = Annotated[int, Field(ge=1, le=315_360_000)]
"""Whole seconds, up to ten years."""

WholeSeconds = Annotated[int, Field(ge=0, le=315_360_000)]
Priority = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
Quantity = Annotated[str | int, Field(json_schema_extra={"x-kubernetes-int-or-string": True})]
"""A Kubernetes quantity: 500m, 1Gi, 2."""

ATOMIC: dict[str, Any] = {"x-kubernetes-map-type": "atomic"}
"""An object that is written as a whole: the API server then keeps no record of who wrote which field of it.

Of a Run with 500 steps that record would be a third of the object, and half of what a status write costs.
"""

AnyObject = Annotated[
    dict[str, JsonValue], Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True} | ATOMIC)
]
"""An object whose fields the API server keeps and does not check."""

AnyValue = Annotated[JsonValue, Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})]
"""Any JSON value; the API server's CEL does not see it."""


def map_by(key: str) -> dict[str, Any]:
    """A list whose items are told apart by `key`; the API server rejects two of the same."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


UNFILLED: dict[str, Any] = {"x-longshore-unfilled": True}
"""A field whose default the API server does not fill in, so that what is absent can be told from what is given."""

AS_SET: dict[str, Any] = {"x-kubernetes-list-type": "set"}
"""A list without duplicates."""
