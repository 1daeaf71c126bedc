"""Owns the making of a CRD from a kind. Pure: it must not touch a file."""

import hashlib
import json
from typing import Any, get_type_hints

from longshore.api.fields import Model
from longshore.names import GROUP, MAX_NAME, SCHEMA_ANNOTATION, VERSION
from longshore.schemas.kinds import Column, Kind
from longshore.schemas.rules import Rule, attach_rules
from longshore.schemas.structural import Schema, build_structural_schema, drop_defaults

CATEGORY = "longshore"
NAME_RULE = Rule(
    f"size(self.metadata.name) <= {MAX_NAME}",
    f"metadata.name may have at most {MAX_NAME} characters; choose a shorter one",
)


def build_crd(kind: Kind) -> dict[str, Any]:
    """The CRD of a kind; its annotation tells programs which schema it is."""
    spec = build_spec(kind)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{GROUP}",
            "annotations": {SCHEMA_ANNOTATION: compute_hash(spec)},
        },
        "spec": spec,
    }


def compute_hash(spec: dict[str, Any]) -> str:
    """Tells one CRD's spec from another: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]


def build_spec(kind: Kind) -> dict[str, Any]:
    """The spec of a kind's CRD."""
    names = {
        "kind": kind.name,
        "listKind": f"{kind.name}List",
        "plural": kind.plural,
        "singular": kind.name.lower(),
        "shortNames": list(kind.short_names),
        "categories": [CATEGORY],
    }
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [build_column(column) for column in kind.columns],
        "selectableFields": [{"jsonPath": path} for path in kind.selectable],
        "schema": {"openAPIV3Schema": build_schema(kind)},
    }
    return {
        "group": GROUP,
        "scope": "Namespaced",
        "names": _drop_empty(names),
        "versions": [_drop_empty(version)],
    }


def build_column(column: Column) -> dict[str, Any]:
    """A column as the CRD has it."""
    written = {
        "name": column.name,
        "type": column.type,
        "jsonPath": column.path,
        "description": column.description,
    }
    return written | ({"priority": column.priority} if column.priority else {})


def build_schema(kind: Kind) -> Schema:
    """The schema of a kind: what every object has, spec and status, and the rules."""
    fields = kind.model.model_fields
    schema: Schema = {
        "type": "object",
        "description": kind.model.__doc__,
        "required": ["spec"] if fields["spec"].is_required() else [],
        "properties": {
            "apiVersion": {"type": "string", "description": "Version of the schema of this object."},
            "kind": {"type": "string", "description": "Kind of this object."},
            "metadata": {"type": "object"},
            "spec": build_structural_schema(_get_model(kind, "spec")),
            "status": drop_defaults(build_structural_schema(_get_model(kind, "status"))),
        },
    }
    return _drop_empty(attach_rules(attach_rules(schema, {"": (NAME_RULE,)}), kind.rules))


def _get_model(kind: Kind, field: str) -> type[Model]:
    model: type[Model] = get_type_hints(kind.model)[field]
    return model


def _drop_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value != []}
