"""Owns how a Run is taken apart to be kept, so that what did not change is not written again. Pure.

A Run with 1,000 steps is half a MiB, and each of its versions changes a step or two.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from longshore.names import API_VERSION

Json = dict[str, Any]
_UNKEPT = frozenset({"managedFields", "resourceVersion"})
"""The first only the API server uses; the other changes with each version, and has a column."""


def split_run(run: Json) -> dict[str, str]:
    """The parts of a Run as JSON: metadata, spec, status/<field>, steps/<path>."""
    metadata = {field: value for field, value in run["metadata"].items() if field not in _UNKEPT}
    status = dict(run.get("status") or {})
    steps = status.pop("steps", None) or {}
    return {
        "metadata": _write(metadata),
        "spec": _write(run.get("spec") or {}),
        **{f"status/{field}": _write(value) for field, value in status.items()},
        **{f"steps/{path}": _write(value) for path, value in steps.items()},
    }


def join_run(parts: Mapping[str, str], version: int) -> Json:
    """The Run of these parts."""
    status = dict(_read(parts, "status/"))
    if steps := dict(_read(parts, "steps/")):
        status["steps"] = steps
    metadata = json.loads(parts["metadata"]) | {"resourceVersion": str(version)}
    run = {"apiVersion": API_VERSION, "kind": "Run", "metadata": metadata, "spec": json.loads(parts["spec"])}
    return run | ({"status": status} if status else {})


def _read(parts: Mapping[str, str], prefix: str) -> Iterable[tuple[str, Any]]:
    return ((path[len(prefix) :], json.loads(value)) for path, value in parts.items() if path.startswith(prefix))


def _write(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
