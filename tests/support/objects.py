"""Objects of our kinds as the API server has them, and how it merges into them. Must not keep any."""

from datetime import UTC, datetime
from typing import Any

from longshore.names import API_VERSION
from longshore.planning.times import write_time

Json = dict[str, Any]
NAMESPACE = "ci"


def build_run(graph: Json | None = None, name: str = "run", version: int = 1, **spec: Any) -> Json:
    """A Run as the API server has it."""
    source = {} if graph is None else {"workflowSpec": graph}
    return {
        "apiVersion": API_VERSION,
        "kind": "Run",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": f"uid-of-{name}",
            "resourceVersion": str(version),
            "generation": 1,
            "creationTimestamp": write_time(datetime.now(UTC)),
        },
        "spec": {**source, **spec},
    }


def build_workflow(graph: Json, name: str = "flow", version: int = 1) -> Json:
    """A Workflow as the API server has it."""
    return build_object("Workflow", graph, name, version)


def build_object(kind: str, spec: Json | None = None, name: str = "it", version: int = 1) -> Json:
    """An object of one of our kinds as the API server has it."""
    metadata = {"name": name, "namespace": NAMESPACE, "uid": f"uid-of-{name}", "resourceVersion": str(version)}
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {**metadata, "generation": 1},
        "spec": spec or {},
    }


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386, as the API server applies it."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged
