"""What holds of every CRD."""

from collections.abc import Iterator
from typing import Any

import pytest
from longshore.schemas.crds import build_crd
from longshore.schemas.kinds import KINDS, Kind
from longshore.schemas.rules import RULES
from longshore.schemas.structural import ANY, INT_OR_STRING

Schema = dict[str, Any]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)


def get_version(kind: Kind) -> Schema:
    version: Schema = build_crd(kind)["spec"]["versions"][0]
    return version


def get_schema(kind: Kind) -> Schema:
    schema: Schema = get_version(kind)["schema"]["openAPIV3Schema"]
    return schema


def walk(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Every node of a schema, with its path."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from walk(child, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from walk(schema[key], f"{path}[]")


def find(schema: Schema, path: str) -> Schema:
    """The node at a path of properties."""
    for name in path.split("."):
        schema = schema["properties"][name]
    return schema


@every_kind
def test_every_field_is_described(kind: Kind) -> None:
    schema = get_schema(kind)
    assert schema["description"]
    # That of metadata is Kubernetes' own.
    fields = {path: node for path, node in walk(schema, "") if not path.endswith("[]") and path != ".metadata"}
    assert [path for path, node in fields.items() if not node.get("description")] == []


@every_kind
def test_everything_is_bounded(kind: Kind) -> None:
    for path, node in walk(get_schema(kind), ""):
        if path in ("", ".metadata", ".apiVersion", ".kind") or node.get(ANY) or node.get(INT_OR_STRING):
            continue
        match node["type"]:
            case "string":
                assert "maxLength" in node or "enum" in node, path
            case "array":
                assert "maxItems" in node, path
            case "object":
                assert "properties" in node or "maxProperties" in node, path


@every_kind
def test_nothing_of_json_schema_is_left(kind: Kind) -> None:
    for path, node in walk(get_schema(kind), ""):
        assert {"$ref", "$defs", "title", "anyOf", "const", "nullable"}.isdisjoint(node), path


@every_kind
def test_status_has_no_defaults(kind: Kind) -> None:
    status = find(get_schema(kind), "status")
    assert [path for path, node in walk(status, "status") if "default" in node] == []


def test_steps_have_no_defaults() -> None:
    """What a step leaves out comes from `defaults`; a default of the schema would stand in its way."""
    workflow = next(kind for kind in KINDS if kind.name == "Workflow")
    step = find(get_schema(workflow), "spec.steps")["items"]["properties"]
    assert [name for name, field in step.items() if "default" in field] == []


@every_kind
def test_columns_lead_somewhere(kind: Kind) -> None:
    for column in kind.columns:
        path = column.path.partition("[")[0].strip(".")
        if not path.startswith("metadata"):
            assert find(get_schema(kind), path)


@every_kind
def test_rules_speak(kind: Kind) -> None:
    rules = [rule for _, node in walk(get_schema(kind), "") for rule in node.get(RULES, [])]
    assert rules
    for rule in rules:
        assert len(rule["message"]) > 20
        assert "\n" not in rule["message"]


def test_what_is_written_often_is_atomic() -> None:
    run = get_schema(next(kind for kind in KINDS if kind.name == "Run"))
    for path in ("spec.workflowSpec", "spec.params", "status.steps", "status.workflowSpec", "status.outputs"):
        assert find(run, path)["x-kubernetes-map-type"] == "atomic"
