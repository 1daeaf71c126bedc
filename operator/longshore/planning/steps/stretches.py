"""Owns which steps may share a pod: a linear stretch of plain ones. Must not look at pods, nor start any.

What is not named here keeps a step in a pod of its own, so that no feature is lost by sharing one.
"""

from collections.abc import Sequence
from typing import Any

from longshore.api.containers import Volume
from longshore.api.step_statuses import StepPhase
from longshore.api.steps import Step
from longshore.names import build_identifier
from longshore.planning.acceptance.graphs import Graph, find_between
from longshore.planning.expressions.references import find_step_references, reads_outputs_of
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.transfers import has_inputs

MAX_STEPS = 4
"""The termination messages of a pod's containers share 12 KiB."""
MAX_SCRIPT_BYTES = 192 * 1024
"""Of all scripts of a pod, which are annotations; those of an object have at most 256 KiB."""
_PLAIN = frozenset({
    "name", "needs", "image", "command", "args", "script", "env", "env_from", "working_dir", "resources",
    "volumes", "outputs", "retry", "active_deadline_seconds", "pending_deadline_seconds", "grace_period_seconds",
    "on_error", "template", "agents", "required_tags",
})  # fmt: skip
_MOUNT = {"mount_path", "sub_path", "read_only"}
_SHARED = {"persistent_volume_claim", "config_map", "secret", "run"}
"""Volumes that are the same in every step that names them."""
_PLACEMENT = frozenset({
    "nodeName", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "schedulerName",
    "priorityClassName", "runtimeClassName", "securityContext", "imagePullSecrets",
})  # fmt: skip


def list_followers(round_: Round, path: str) -> list[str]:
    """The steps that may run in the pod of this one's first attempt, after it, given all that has happened."""
    graph = round_.graph
    if not graph.spec.fuse or path not in graph.steps or not _is_untouched(round_, path):
        return []
    skipped = [name for name in graph.upstream[path] if round_.statuses[name].phase is StepPhase.SKIPPED]
    followers = []
    for name in find_stretch(graph, path)[1:]:
        is_skipped = any(reads_outputs_of(graph.steps[name], other) for other in skipped)
        if is_skipped or not _is_untouched(round_, name):
            break
        followers.append(name)
    return followers


def find_stretch(graph: Graph, name: str) -> list[str]:
    """A step and those after it that may share its pod, as far as the graph tells."""
    stretch = [name]
    # What the first is skipped by is known when it starts.
    is_first = graph.spec.source is None and not has_inputs(graph, name)
    if is_first and _is_plain(graph, name, _PLAIN | {"when"}):
        while len(stretch) < MAX_STEPS and (follower := _find_follower(graph, stretch)):
            stretch.append(follower)
    return stretch


def _is_untouched(round_: Round, name: str) -> bool:
    """Whether nothing has been done for the step yet: what left a shared pod stays on its own."""
    status = round_.statuses[name]
    return status.phase is StepPhase.PENDING and status.attempt == 0


def _find_follower(graph: Graph, stretch: Sequence[str]) -> str | None:
    """The step that may come next in the pod: the only one that needs the last, and needs nothing else."""
    last = stretch[-1]
    dependants = [name for name, step in graph.steps.items() if last in (step.needs or ())]
    if len(dependants) != 1 or graph.steps[last].on_error == "Continue":
        return None
    [name] = dependants
    step, before = graph.steps[name], [graph.steps[other] for other in stretch]
    is_linear = step.needs == [last]
    return name if is_linear and _is_plain(graph, name, _PLAIN) and _fits(step, before) else None


def _is_plain(graph: Graph, name: str, fields: frozenset[str]) -> bool:
    """Whether the step has no fields but these, and no check sends it back."""
    step = graph.steps[name]
    has_more = any(getattr(step, field) is not None for field in type(step).model_fields if field not in fields)
    checks = [check for check in graph.steps.values() if check.verify is not None]
    return not has_more and not any(
        check.verify and name in find_between(graph, check.verify.step, check.name) for check in checks
    )


def _fits(step: Step, before: Sequence[Step]) -> bool:
    """Whether the step can be in one pod with those before it."""
    first = before[0]
    return (
        step.grace_period_seconds == first.grace_period_seconds
        and step.template == first.template
        and is_placement(step.template)
        and _asks_the_same(step, first)
        and not _reads_any(step, before)
        and not _clash([volume for each in (*before, step) for volume in each.volumes or ()])
        and sum(len((each.script or "").encode()) for each in (*before, step)) <= MAX_SCRIPT_BYTES
    )


def _asks_the_same(step: Step, other: Step) -> bool:
    """Whether any Agent that takes the one takes the other."""
    return all(
        set(getattr(step, field) or ()) == set(getattr(other, field) or ())
        for field in ("agents", "required_tags")
    )


def is_placement(template: Any) -> bool:
    """Whether a template says of the pod's spec nothing but where it runs, and as whom."""
    return set((template or {}).get("spec") or {}) <= _PLACEMENT


def _reads_any(step: Step, others: Sequence[Step]) -> bool:
    """Whether expressions of the step read what these have done, which is not known when the pod is made."""
    known = {build_identifier(other.name) for other in others}
    return any(
        reference.root == "steps" and not known.isdisjoint(reference.path[:1])
        for reference in find_step_references(step)
    )


def _clash(volumes: Sequence[Volume]) -> bool:
    """Whether steps give one name to different volumes; an emptyDir is another one in each step."""
    known: dict[str, dict[str, Any]] = {}
    for volume in volumes:
        source = volume.model_dump(exclude=_MOUNT, exclude_none=True)
        is_shared = bool(_SHARED & source.keys())
        if volume.name in known and not (is_shared and known[volume.name] == source):
            return True
        known[volume.name] = source
    return False
