"""Owns objects that would be made, as YAML with comments, as JSON, or as names. Must not judge them."""

from collections.abc import Iterator, Sequence
from typing import Any

from longshore.api.runs import StepPhase
from longshore.api.steps import Step
from longshore.cli.views.objects import get_full_name, write_list, write_yaml
from longshore.manifests.stretches import list_fused
from longshore.names import get_step_name
from longshore.planning.placeholders import find_unknowns, has_unknown_items
from longshore.planning.rehearsals import Act, Rehearsal

DIGEST = 10
"""Characters at the end of a pod's name that come from the Run's uid."""
HEADER = """\
# What a Run would make, in order, if every step succeeds. Nothing is created.
# x's stand for what is made up with the Run: its uid, and the ends of names.
"""


def write_preview(rehearsal: Rehearsal, acts: Sequence[Act], output: str) -> str:
    """The objects of some acts of a rehearsal as `yaml`, `json` or `name`."""
    made: dict[str, tuple[Act, dict[str, Any]]] = {}
    for act in acts:
        if act.manifest is not None:  # steps may share a pod
            made.setdefault(act.manifest["metadata"]["name"], (act, hide_digest(dict(act.manifest))))
    items = list(made.values())
    if output == "name":
        return "".join(f"{get_full_name(manifest)}\n" for _, manifest in items)
    if output == "json":
        return write_list([manifest for _, manifest in items], "json")
    return HEADER + "".join(_write_yaml(rehearsal, act, manifest) for act, manifest in items)


def hide_digest(manifest: dict[str, Any]) -> dict[str, Any]:
    """The object with x's for the end of its name, which no one can know before its Run has a uid."""
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "name": f"{metadata['name'][:-DIGEST]}{'x' * DIGEST}"}}


def list_absent(rehearsal: Rehearsal) -> dict[str, str]:
    """Why steps make nothing, by step or item."""
    skipped = {
        path: ": ".join(filter(None, (status.reason, status.message)))
        for path, status in rehearsal.status.steps.items()
        if status.phase is StepPhase.SKIPPED
    }
    asking = {act.path: "it asks people" for act in rehearsal.acts if act.manifest is None}
    return skipped | asking


def _write_yaml(rehearsal: Rehearsal, act: Act, manifest: dict[str, Any]) -> str:
    paths = list_fused(manifest) or (act.path,)
    comments = [line for path in paths for line in _describe(rehearsal.graph.steps[get_step_name(path)], path)]
    return "---\n" + "".join(f"# {' '.join(line.split())}\n" for line in comments) + write_yaml(manifest)


def _describe(step: Step, path: str) -> Iterator[str]:
    """What the manifest does not say."""
    yield f"step {path}" + (f", after {', '.join(step.needs)}" if step.needs else "")
    if step.for_each is not None and has_unknown_items(step):
        yield f"one such for each item of {step.for_each.items}"
    for place in find_unknowns(step):
        if place.field == "when":
            yield f"only when {place.text}"
        else:
            yield f"{place.field} is known only while it runs: {place.text}"
