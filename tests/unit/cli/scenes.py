"""Runs with steps that wait, for tests of why they do."""

from typing import Any

from longshore.api.workflows import WorkflowSpec
from longshore.cli.reasons.scenes import Scene
from longshore.planning.acceptance.graphs import build_graph
from longshore.planning.times import parse_time
from unit.cli.samples import NOW, Object, run, step

IMAGE = {"image": "x"}
FLAGS = " -n team"
GATED: Object = {"phase": "Pending", "reason": "AwaitingInput", "message": "waits for approval", "attempt": 1}
UNSCHEDULABLE = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No victims."
WAITS = step("Pending", "AwaitingNeeds", "waits for something")


def scene(steps: Object, statuses: Object, **others: Any) -> Scene:
    """A Run of steps (name -> fields) at NOW."""
    given = {
        "finally": others.pop("finals", []),
        "steps": [{"name": name, **IMAGE, **f} for name, f in steps.items()],
    }
    asked = {"questions": others.pop("questions", {})}
    made = run({"phase": "Running", "workflowSpec": given, "steps": statuses, **asked})
    made["spec"] |= others.pop("spec", {})
    graph = build_graph(WorkflowSpec.model_validate(given))
    return Scene(made, graph, parse_time(NOW), flags=FLAGS, **others)
