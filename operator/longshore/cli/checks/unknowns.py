"""Owns what is said of fields that are wrong in themselves: in plain words, and where one reads them."""

from inspect import isclass
from typing import Any, get_args

from longshore.api.fields import Model
from longshore.cli.words.suggestions import suggest
from longshore.planning.findings import Finding

_EXTRA, _MISSING = "Extra inputs are not permitted", "Field required"


def describe_unknown(root: type[Model], finding: Finding) -> Finding:
    """The same finding in plainer words; `root` is the model of its `spec`."""
    if finding.message == _MISSING:
        return Finding(finding.fault, finding.field, "is required")
    if finding.message != _EXTRA:
        return finding
    *parents, name = finding.field.split(".")[1:]
    known = [field.alias or key for key, field in _walk(root, parents).model_fields.items()]
    return Finding(finding.fault, finding.field, f"there is no such field{suggest(name, known)}")


def name_items(finding: Finding, raw: Any) -> Finding:
    """The same finding with items of lists by their name: spec.steps[build].image in place of spec.steps.0.image.

    `raw` is the value of the field that the path begins with.
    """
    first, *parts = finding.field.split(".")
    field, value = first, raw
    for part in parts:
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
            field += f"[{value.get('name', part) if isinstance(value, dict) else part}]"
        else:
            value = value.get(part) if isinstance(value, dict) else None
            field += f".{part}"
    return Finding(finding.fault, field, finding.message)


def _walk(model: type[Model], path: list[str]) -> type[Model]:
    """The model at a path; indexes of lists and keys of maps stay where they are."""
    for part in path:
        fields = {field.alias or key: field for key, field in model.model_fields.items()}
        if part in fields:
            model = _find_model(fields[part].annotation) or model
    return model


def _find_model(annotation: Any) -> type[Model] | None:
    """The model inside of list[X] | None and the like."""
    if isclass(annotation) and issubclass(annotation, Model):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _find_model(argument))), None)
