"""How a template is laid over a pod: as a strategic merge patch, and whatever shape it has."""

from typing import Any

import pytest
from longshore.manifests.merges import merge_manifests

A, B = {"name": "a", "value": "1"}, {"name": "b", "value": "2"}

MERGES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "a new field": ({"x": 1}, {"y": 2}, {"x": 1, "y": 2}),
    "a field replaced": ({"x": 1}, {"x": 2}, {"x": 2}),
    "a field removed": ({"x": 1, "y": 2}, {"x": None}, {"y": 2}),
    "a missing field removed": ({"x": 1}, {"y": None}, {"x": 1}),
    "objects": ({"x": {"a": 1, "b": 2}}, {"x": {"b": 3, "c": 4}}, {"x": {"a": 1, "b": 3, "c": 4}}),
    "in an object, removed": ({"x": {"a": 1, "b": 2}}, {"x": {"a": None}}, {"x": {"b": 2}}),
    "in a new object, removed": ({}, {"x": {"a": None, "b": 2}}, {"x": {"b": 2}}),
    "an object in place of a word": ({"x": "y"}, {"x": {"a": 1}}, {"x": {"a": 1}}),
    "a word in place of an object": ({"x": {"a": 1}}, {"x": "y"}, {"x": "y"}),
    "a plain list replaced": ({"args": ["a"]}, {"args": ["b"]}, {"args": ["b"]}),
    "tolerations replaced": (
        {"tolerations": [{"key": "a"}]},
        {"tolerations": [{"key": "b"}]},
        {"tolerations": [{"key": "b"}]},
    ),
    "by name, changed in place": (
        {"env": [A, B]},
        {"env": [{"name": "a", "value": "3"}]},
        {"env": [{"name": "a", "value": "3"}, B]},
    ),
    "by name, added at the end": (
        {"env": [A]},
        {"env": [{"name": "0", "value": "0"}, B]},
        {"env": [A, {"name": "0", "value": "0"}, B]},
    ),
    "by name, a field removed": ({"env": [A]}, {"env": [{"name": "a", "value": None}]}, {"env": [{"name": "a"}]}),
    "value and valueFrom": (
        {"env": [A]},
        {"env": [{"name": "a", "value": None, "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]},
        {"env": [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]},
    ),
    "by mount path": (
        {"volumeMounts": [{"name": "work", "mountPath": "/work"}]},
        {"volumeMounts": [{"name": "data", "mountPath": "/data"}, {"mountPath": "/work", "readOnly": True}]},
        {
            "volumeMounts": [
                {"name": "work", "mountPath": "/work", "readOnly": True},
                {"name": "data", "mountPath": "/data"},
            ]
        },
    ),
    "by port": (
        {"ports": [{"containerPort": 80}]},
        {"ports": [{"containerPort": 80, "name": "http"}]},
        {"ports": [{"containerPort": 80, "name": "http"}]},
    ),
    "a list where there was none": ({}, {"env": [A]}, {"env": [A]}),
    "a list removed": ({"env": [A]}, {"env": None}, {}),
    "items without a key": (
        {"env": [A]},
        {"env": [{"value": "x"}, "odd", 5]},
        {"env": [A, {"value": "x"}, "odd", 5]},
    ),
    "a key that is no word": ({"env": [A]}, {"env": [{"name": ["x"]}]}, {"env": [A, {"name": ["x"]}]}),
    "a key that is null": ({"env": [A]}, {"env": [{"name": None}]}, {"env": [A, {"name": None}]}),
    "the same key twice": (
        {"env": []},
        {"env": [A, {"name": "a", "value": "2"}]},
        {"env": [{"name": "a", "value": "2"}]},
    ),
}


@pytest.mark.parametrize(("base", "patch", "expected"), MERGES.values(), ids=MERGES)
def test_merges(base: dict[str, Any], patch: dict[str, Any], expected: dict[str, Any]) -> None:
    assert merge_manifests(base, patch) == expected


def test_neither_side_is_changed() -> None:
    base: dict[str, Any] = {"x": {"a": 1}, "env": [{"name": "a", "value": "1"}]}
    patch = {"x": {"a": 2}, "env": [{"name": "a", "value": "2"}, B]}
    merge_manifests(base, patch)
    assert base == {"x": {"a": 1}, "env": [A]}
    assert patch == {"x": {"a": 2}, "env": [{"name": "a", "value": "2"}, B]}
