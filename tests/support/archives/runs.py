"""Short ways to say a version of a Run, as the API server has it, and what a journal's events come to."""

from collections.abc import Iterable, Mapping
from typing import Any

from longshore.api.records import EventRecord
from longshore.archive.journal.differences import Event

Json = dict[str, Any]
Summary = tuple[str | None, dict[str, tuple[int, str]]]
UID = "3f9c1a52-0000-4000-8000-000000000001"
CREATED = "2026-05-01T10:00:00Z"
STARTED = "2026-05-01T10:00:01Z"
ENDED = "2026-05-01T10:02:00Z"


def build_run(version: int = 1, status: Json | None = None, metadata: Json | None = None, **spec: Any) -> Json:
    """A version of a Run of the Workflow `ci`."""
    return {
        "apiVersion": "longshore.dev/v1alpha1",
        "kind": "Run",
        "metadata": {
            "name": "nightly",
            "namespace": "team",
            "uid": UID,
            "creationTimestamp": CREATED,
            "generation": 1,
            "resourceVersion": str(version),
            **(metadata or {}),
        },
        "spec": {"workflowRef": {"name": "ci"}, **spec},
        **({"status": status} if status is not None else {}),
    }


def build_step(phase: str, attempt: int = 1, **fields: Any) -> Json:
    """A step's status."""
    return {"phase": phase, "attempt": attempt, **fields}


def fold(events: Iterable[Event | EventRecord]) -> Summary:
    """What events come to: the Run's phase, and of each step its attempt and phase."""
    phase: Any = None
    steps: dict[Any, Any] = {}
    for event in events:
        if event.type == "RunPhaseChanged":
            phase = event.data["phase"]
        if event.type == "StepChanged":
            steps[event.step] = (event.attempt, event.data["phase"])
    return phase, steps


def summarize(run: Mapping[str, Any]) -> Summary:
    """The same of a Run."""
    status = run.get("status", {})
    steps = {path: (step["attempt"], step["phase"]) for path, step in status.get("steps", {}).items()}
    return status.get("phase"), steps
