"""Owns why a Run does not go on, or failed: one reason and one blocker for each step that waits.

Pure functions of what was read. Must not ask a cluster, or know how it is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from longshore.cli.reasons.blockers import TERMINAL, Steps, Urgency, trace_blockers
from longshore.cli.reasons.causes import find_cause
from longshore.cli.reasons.groups import find_group
from longshore.cli.reasons.scenes import Cause, Root, Scene
from longshore.names import GROUP
from longshore.planning.runs.snapshots import WORKFLOW_GRACE
from longshore.planning.times import parse_time, write_duration

Object = dict[str, Any]
RUN = "(run)"
"""In the place of a step, where it is the Run that waits."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a path waits."""

    path: str
    reason: str
    root: str
    """The path that it waits for in the end, or itself."""
    cause: Cause

    @property
    def blocker(self) -> str:
        """Who or what it waits for."""
        return self.cause.text if self.root == self.path else f"{self.root}: {self.cause.text}"


def explain_waits(scene: Scene) -> list[Wait]:
    """Each path that waits, in order; of a fan-out that has items, those."""
    steps = _build_steps(scene)
    roots, items = trace_blockers(steps), steps.list_items()
    causes: dict[str, Cause] = {}
    waits: list[Wait] = []
    for name in scene.graph.order:
        for path in items.get(name) or (name,):
            root = roots.get(path)
            if root is None or (root == path and steps.get_urgency(path) is Urgency.RUNNING):
                continue
            causes.setdefault(root, find_cause(Root(scene, root, steps.get(root))))
            waits.append(_build_wait(path, root, steps, causes[root]))
    return waits


def list_running(scene: Scene) -> list[str]:
    """The paths that run, and wait for nothing but themselves."""
    steps = _build_steps(scene)
    return [path for path, root in trace_blockers(steps).items() if root == path and _runs(steps, path)]


def _build_steps(scene: Scene) -> Steps:
    stuck = {path for path, step in scene.statuses.items() if scene.children.get(step.get("run", ""))}
    return Steps(scene.statuses, scene.graph, stuck)


def _runs(steps: Steps, path: str) -> bool:
    return steps.get_urgency(path) is Urgency.RUNNING


def _build_wait(path: str, root: str, steps: Steps, cause: Cause) -> Wait:
    status = steps.get(path)
    reason = status.get("reason") or ("AwaitingNeeds" if status["phase"] == "Pending" else status["phase"])
    if reason == "AwaitingSlot" and _runs(steps, root):
        # Whichever ends first gives a place back; which one it is nobody can tell.
        return Wait(path, reason, path, Cause(status.get("message") or "a place"))
    return Wait(path, reason, root, cause)


def explain_run(run: Object, now: datetime, flags: str) -> Wait | None:
    """What the Run as a whole waits for before it begins; None: it has begun, or ended."""
    status = run.get("status", {})
    if not status.get("phase"):
        look = f"kubectl get pods -A -l app.kubernetes.io/name=longshore{flags}"
        manager = run["spec"].get("managedBy", GROUP)
        cause = (
            Cause(f"controller {manager}")
            if not manager.startswith(GROUP)
            else Cause("an operator, none has seen it yet", look)
        )
        return Wait(RUN, "NotSeen", RUN, cause)
    if status["phase"] != "Queued":
        return None
    for condition in status.get("conditions", ()):
        if condition["type"] in {"Accepted", "Admitted"} and condition["status"] == "False":
            return Wait(RUN, condition["reason"], RUN, _find_obstacle(run, condition, now, flags))
    return Wait(RUN, "Queued", RUN, Cause(status.get("message") or "its turn"))


def _find_obstacle(run: Object, condition: Object, now: datetime, flags: str) -> Cause:
    """What a condition that does not hold says."""
    message = " ".join((condition.get("message") or "").split())
    if condition["reason"] != "WorkflowNotFound":
        names = {"name": run["metadata"]["name"], "group": find_group(run, "") or ""}
        advice = _ADVICE.get(condition["reason"], "").format(**names).rstrip()
        return Cause(message, f"{advice}{flags}" if advice else "")
    name = (run["spec"].get("workflowRef") or {}).get("name", "")
    left = parse_time(run["metadata"]["creationTimestamp"]) + WORKFLOW_GRACE - now
    late = f", fails in {write_duration(left)}" if left > timedelta(0) else ""
    return Cause(f"workflow {name}, which does not exist{late}", f"kubectl get workflows.longshore.dev{flags}")


_ADVICE = {
    "Suspended": "kubectl longshore resume {name}",
    "NamespaceFull": "kubectl longshore top",
    "AwaitingTurn": "kubectl longshore top",
    "AwaitingGroup": "kubectl longshore groups {group}",
    "ClusterFull": "kubectl longshore top -A",
}


@dataclass(frozen=True, slots=True)
class Consequence:
    """A step that did not run, or not to its end, because the Run failed."""

    path: str
    phase: str
    because: str


_BECAUSE = {
    "NeedFailed": "needs {message}",
    "RunFailed": "the Run had failed",
    "FailFast": "another item had failed",
    "RunDeadlineExceeded": "the Run ran too long",
    "RunCanceled": "the Run was canceled",
    "Replaced": "{message}",
}


def list_consequences(run: Object, paths: list[str]) -> Iterator[Consequence]:
    """What was skipped or ended early because of the failure; `paths` in the order in which they are shown."""
    steps = run.get("status", {}).get("steps", {})
    for path in paths:
        step = steps.get(path, {})
        template = _BECAUSE.get(step.get("reason", ""))
        if template is not None and step["phase"] in TERMINAL:
            message = step.get("message") or "a step that failed"
            yield Consequence(path, step["phase"], template.format(message=message))
