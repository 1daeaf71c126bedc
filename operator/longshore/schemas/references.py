"""Owns the reference of the kinds in Markdown: a section for each model, a row for each field."""

from collections.abc import Iterator, Sequence
from typing import Any

from longshore.names import API_VERSION
from longshore.schemas.kinds import Column, Kind
from longshore.schemas.structural import ANY, INT_OR_STRING, Schema, resolve_node

HEADER = f"""# Resources

The four kinds of `{API_VERSION}`, all namespaced. `kubectl explain runs.longshore.dev.spec` says the same.

This page is made from the models by `make crds`; do not edit it.
"""
_HEAD = "| field | type | what it is |\n| --- | --- | --- |\n"


def build_reference(kinds: Sequence[Kind]) -> str:
    """The whole page. A model that several kinds use has its section with the first of them."""
    told: set[str] = set()
    return "\n".join([HEADER, *(_build_kind(kind, told) for kind in kinds)])


def _build_kind(kind: Kind, told: set[str]) -> str:
    document = kind.model.model_json_schema()
    definitions = document["$defs"]
    names = ", ".join(f"`{name}`" for name in (kind.plural, *kind.short_names))
    parts = [f"## {kind.name}\n", f"{kind.model.__doc__} ({names})\n", _build_columns(kind.columns)]
    for field in ("spec", "status"):
        start = document["properties"][field]["$ref"]
        parts += [_build_model(name, definitions) for name in _walk(start, definitions, told)]
    return "\n".join(parts)


def _build_columns(columns: Sequence[Column]) -> str:
    shown = ", ".join(column.name.upper() for column in columns if not column.priority)
    wide = ", ".join(column.name.upper() for column in columns if column.priority)
    return f"`kubectl get` shows {shown}{f'; with `-o wide` also {wide}' if wide else ''}.\n"


def _build_model(name: str, definitions: dict[str, Schema]) -> str:
    node = definitions[name]
    required = node.get("required", ())
    rows = []
    for field, child in node["properties"].items():
        notes = [resolve_node(child, definitions)["description"], *_build_default(child)]
        if field in required:
            notes.append("Required.")
        text = " ".join(notes).replace("|", "\\|").replace("<", "&lt;")
        rows.append(f"| `{field}` | {describe_type(child)} | {text} |\n")
    return f"### {name}\n\n{node['description']}\n\n{_HEAD}{''.join(rows)}"


def _build_default(node: Schema) -> list[str]:
    match node.get("default"):
        case bool(value):
            return [f"Default: `{str(value).lower()}`."]
        case int(value) | str(value) if value != "":
            return [f"Default: `{value}`."]
    return []


def describe_type(node: Schema) -> str:
    """A field's type in words, with its bounds and links to the sections of models."""
    node = resolve_node(node, {})
    if "$ref" in node:
        name = _get_name(node)
        return f"[{name}](#{name.lower()})" if name != "JsonValue" else "any value"
    if node.get(INT_OR_STRING):
        return "integer or string"
    if node.get(ANY):
        return "any object"
    values = node.get("enum") or ([node["const"]] if "const" in node else [])
    if values:
        return " \\| ".join(f"`{value}`" for value in values)
    match node["type"]:
        case "array":
            return f"list of {describe_type(node['items'])}{_describe_bounds(node, 'Items')}"
        case "object":
            return f"map of {describe_type(node['additionalProperties'])}{_describe_bounds(node, 'Properties')}"
        case "string":
            return f"string{_describe_bounds(node, 'Length')}"
        case kind:
            return f"{kind}{_describe_range(node)}"


def _describe_bounds(node: Schema, what: str) -> str:
    return f", at most {node[f'max{what}']}" if f"max{what}" in node else ""


def _describe_range(node: Schema) -> str:
    match node.get("minimum"), node.get("maximum"):
        case None, None:
            return ""
        case low, None:
            return f", at least {low}"
        case low, high:
            return f", {low} to {high}"


def _walk(reference: str, definitions: dict[str, Schema], told: set[str]) -> Iterator[str]:
    """The names of a model and of those in it that are not told yet, in the order of reading."""
    name = reference.rpartition("/")[2]
    if name in told or "properties" not in definitions[name]:
        return
    told.add(name)
    yield name
    for child in _find_references(definitions[name]["properties"]):
        yield from _walk(child, definitions, told)


def _find_references(node: Any) -> Iterator[str]:
    match node:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for child in node.values():
                yield from _find_references(child)
        case list():
            for child in node:
                yield from _find_references(child)


def _get_name(node: Schema) -> str:
    return str(node["$ref"]).rpartition("/")[2]
