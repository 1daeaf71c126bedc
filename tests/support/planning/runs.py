"""Short ways to say steps, graphs, Runs and pods in a test. Each takes fields as a manifest spells them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from longshore.api.runs import Run
from longshore.api.step_statuses import StepPhase, StepReason, StepStatus
from longshore.api.steps import Step
from longshore.api.workflows import WorkflowSpec
from longshore.names import build_pod_name
from longshore.planning.acceptance.graphs import Graph, build_graph
from longshore.planning.observations import Observed
from longshore.planning.times import write_time
from support.planning.pods import FakePod

NOW = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
UID = "3f9c1a52-0000-4000-8000-000000000001"
RUN = "nightly"


def after(seconds: float) -> datetime:
    """A time so long after NOW."""
    return NOW + timedelta(seconds=seconds)


def step(name: str = "build", **fields: Any) -> dict[str, Any]:
    """A step with an image, as in a manifest. Needs are a string: "build test"."""
    if isinstance(fields.get("needs"), str):
        fields["needs"] = fields["needs"].split()
    return {"name": name, "image": "alpine:3", **fields}


def bare_step(name: str = "build", **fields: Any) -> dict[str, Any]:
    """A step without an image."""
    return {"name": name, **fields}


def workflow(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The spec of a Workflow, as in a manifest; with one step where none is given."""
    return {"steps": list(steps or [step()]), **fields}


def params(**types: Any) -> list[dict[str, Any]]:
    """Declarations of parameters: each a type, or all its fields."""
    return [
        {"name": name, **({"type": value} if isinstance(value, str) else value)} for name, value in types.items()
    ]


def parse_step(**fields: Any) -> Step:
    """A step as the planner has it."""
    return Step.model_validate(step(**fields))


def parse_graph(*steps: dict[str, Any], **fields: Any) -> Graph:
    """A graph as the planner has it."""
    return build_graph(WorkflowSpec.model_validate(workflow(*steps, **fields)))


def build_run(graph: Mapping[str, Any] | None = None, **spec: Any) -> Run:
    """A Run, not accepted yet: of a graph of its own, else of the Workflow `release`."""
    source = {"workflowSpec": dict(graph)} if graph is not None else {"workflowRef": {"name": "release"}}
    metadata = {"name": RUN, "namespace": "ci", "uid": UID, "generation": 1, "creationTimestamp": write_time(NOW)}
    return Run.model_validate({"metadata": metadata, "spec": {**source, **spec}})


def build_status(phase: str = "Pending", reason: str | None = None, **fields: Any) -> StepStatus:
    """A step's status."""
    known = StepReason(reason) if reason else None
    return StepStatus(phase=StepPhase(phase), reason=known, **fields)


def build_observed(graph: Graph | None, pods: Iterable[FakePod] = (), **fields: Any) -> Observed:
    """What the operator sees."""
    return Observed(
        graph=graph,
        pods={pod.name: pod.observe() for pod in pods},
        runner_image="longshore/runner:1",
        **fields,
    )


def name_pod(path: str = "build", attempt: int = 1) -> str:
    """The name of an attempt's pod."""
    return build_pod_name(RUN, UID, path, attempt)


def build_pod(path: str = "build", attempt: int = 1, created: datetime = NOW, **spec: Any) -> FakePod:
    """A pod that was just created, with one container and what `spec` gives."""
    manifest = {
        "metadata": {"name": name_pod(path, attempt), "namespace": "ci"},
        "spec": {"containers": [{"name": "step"}], **spec},
    }
    return FakePod(manifest, created)
