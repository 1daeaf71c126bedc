"""Owns the translation of a pydantic model into a structural schema, the kind that a CRD takes.

It refuses what the API server would refuse or could not bound. It must not know any kind, nor add rules.
"""

from collections.abc import Mapping
from typing import Any

from longshore.api.fields import Model
from longshore.errors import LongshoreError

Schema = dict[str, Any]

ANY = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"
UNFILLED = "x-longshore-unfilled"
KEPT = (
    "description", "type", "format", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems",
    "maxItems", "minProperties", "maxProperties", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type", "required",
)  # fmt: skip


class SchemaError(LongshoreError):
    """A model cannot be said as a structural schema; the message names the field and what is wrong."""


def build_structural_schema(model: type[Model]) -> Schema:
    """The schema of a model, with nothing referenced.

    Raises SchemaError for a string, list or map without a maximum, a union, or a field without description.
    """
    document = model.model_json_schema()
    return _translate(document, document.get("$defs", {}), model.__name__)


def drop_defaults(schema: Schema) -> Schema:
    """The schema without any default: nothing is filled into a status."""
    kept = {key: value for key, value in schema.items() if key != "default"}
    if "properties" in kept:
        kept["properties"] = {name: drop_defaults(field) for name, field in kept["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in kept:
            kept[key] = drop_defaults(kept[key])
    return kept


def _translate(node: Schema, definitions: Mapping[str, Schema], path: str) -> Schema:
    node = resolve_node(node, definitions)
    schema = {key: node[key] for key in KEPT if key in node} | _translate_values(node)
    if node.get(INT_OR_STRING):
        return schema | {INT_OR_STRING: True}
    if node.get(ANY):
        return schema | {ANY: True}
    match node.get("type"):
        case "object" if "properties" in node:
            schema["properties"] = _translate_properties(node["properties"], definitions, path)
        case "object":
            _require(node, "maxProperties", path)
            schema["additionalProperties"] = _translate(node["additionalProperties"], definitions, f"{path}[*]")
        case "array":
            _require(node, "maxItems", path)
            schema["items"] = _translate(node["items"], definitions, f"{path}[]")
        case "string" if "enum" not in schema:
            _require(node, "maxLength", path)
        case "string" | "integer" | "number" | "boolean":
            pass
        case kind:
            raise SchemaError(f"{path}: a structural schema has no type {kind}")
    return schema


def _translate_properties(properties: Schema, definitions: Mapping[str, Schema], path: str) -> dict[str, Schema]:
    fields = {name: _translate(node, definitions, f"{path}.{name}") for name, node in properties.items()}
    for name, field in fields.items():
        if "description" not in field:
            raise SchemaError(f"{path}.{name}: has no description; write a docstring below the attribute")
    return fields


def _translate_values(node: Schema) -> Schema:
    """What JSON Schema says in another way: a constant, an open end, a default."""
    values: Schema = {}
    if "const" in node:
        values["enum"] = [node["const"]]
    for bound, flag in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if flag in node:
            values |= {bound: node[flag], flag: True}
    # A list or a map has no default, since absent and empty mean the same; so does an empty string.
    is_filled = not node.get(UNFILLED)
    if is_filled and isinstance(default := node.get("default"), bool | int | float | str) and default != "":
        values["default"] = default
    return values


def resolve_node(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The node itself: `X or null` taken as X, since what is absent is never null; known references followed."""
    name = node.get("$ref", "").rpartition("/")[2]
    if name in definitions:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return resolve_node(definitions[name] | rest, definitions)
    choices = [choice for choice in node.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return resolve_node(choices[0] | rest, definitions)
    return node


def _require(node: Schema, bound: str, path: str) -> None:
    if bound not in node:
        raise SchemaError(f"{path}: has no {bound}; the API server refuses rules over what has no end")
