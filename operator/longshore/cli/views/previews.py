"""Owns objects that would be made, as YAML with comments, as JSON, or as names. Must not judge them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from longshore.api.step_statuses import StepPhase
from longshore.api.steps import Step
from longshore.cli.foresight.candidates import Candidates
from longshore.cli.foresight.durations import list_some
from longshore.cli.views.objects import get_full_name, write_list, write_yaml
from longshore.manifests.stretches import list_fused
from longshore.names import get_step_name
from longshore.planning.rehearsals.placeholders import find_unknowns, has_unknown_items
from longshore.planning.rehearsals.rehearsals import Act, Rehearsal

Object = dict[str, Any]
DIGEST = 10
"""Characters at the end of a name that come from the Run's uid."""
HEADER = """\
# What a Run would make, in order, if every step succeeds. Nothing is created.
# x's stand for what is made up with the Run: its uid, and the ends of names.
"""


def write_preview(rehearsal: Rehearsal, acts: Sequence[Act], candidates: Sequence[Candidates], output: str) -> str:
    """The objects of some acts of a rehearsal as `yaml`, `json` or `name`, after the claims that they mount."""
    made: dict[str, tuple[Act, Object]] = {}
    for act in acts:
        if act.manifest is not None:  # steps may share a pod
            made.setdefault(act.manifest["metadata"]["name"], (act, dict(act.manifest)))
    claims = _choose_claims(rehearsal, [manifest for _, manifest in made.values()])
    shared = [hide_digests(claim, claims) for claim in claims.values()]
    pods = [(act, hide_digests(manifest, claims)) for act, manifest in made.values()]
    items = [*shared, *(manifest for _, manifest in pods)]
    if output == "name":
        return "".join(f"{get_full_name(manifest)}\n" for manifest in items)
    if output == "json":
        return write_list(items, "json")
    described = (_write_yaml(rehearsal, act, manifest, candidates) for act, manifest in pods)
    return HEADER + "".join([*map(_write_claim, shared), *described])


def hide_digests(manifest: Object, claims: Collection[str]) -> Object:
    """The object with x's for the ends of names, which no one can know before its Run has a uid.

    They are its own, and those of the claims that it mounts.
    """
    metadata, spec = manifest["metadata"], manifest["spec"]
    volumes = [_hide_claim(volume, claims) for volume in spec.get("volumes", ())]
    shown = {**spec, "volumes": volumes} if volumes else spec
    return {**manifest, "metadata": {**metadata, "name": _hide(metadata["name"])}, "spec": shown}


def _choose_claims(rehearsal: Rehearsal, manifests: Sequence[Object]) -> dict[str, Object]:
    """The claims that pods mount, by name."""
    mounted = {
        volume["persistentVolumeClaim"]["claimName"]
        for manifest in manifests
        for volume in manifest["spec"].get("volumes", ())
        if "persistentVolumeClaim" in volume
    }
    return {name: dict(claim) for name, claim in rehearsal.claims.items() if name in mounted}


def _hide_claim(volume: Object, claims: Collection[str]) -> Object:
    mount = volume.get("persistentVolumeClaim", {})
    if mount.get("claimName") not in claims:
        return volume
    return {**volume, "persistentVolumeClaim": {**mount, "claimName": _hide(mount["claimName"])}}


def _hide(name: str) -> str:
    return f"{name[:-DIGEST]}{'x' * DIGEST}"


def list_absent(rehearsal: Rehearsal) -> dict[str, str]:
    """Why steps make nothing, by step or item."""
    skipped = {
        path: ": ".join(filter(None, (status.reason, status.message)))
        for path, status in rehearsal.status.steps.items()
        if status.phase is StepPhase.SKIPPED
    }
    asking = {act.path: "it asks people" for act in rehearsal.acts if act.manifest is None}
    return skipped | asking


def _write_claim(manifest: Object) -> str:
    return f"---\n# a volume that steps share; it goes with the Run\n{write_yaml(manifest)}"


def _write_yaml(rehearsal: Rehearsal, act: Act, manifest: Object, candidates: Sequence[Candidates]) -> str:
    paths = list_fused(manifest) or (act.path,)
    comments = [line for path in paths for line in _describe(rehearsal.graph.steps[get_step_name(path)], path)]
    comments += _describe_agents(get_step_name(paths[0]), candidates)
    return "---\n" + "".join(f"# {' '.join(line.split())}\n" for line in comments) + write_yaml(manifest)


def _describe_agents(step: str, candidates: Sequence[Candidates]) -> Iterator[str]:
    """Who could take a step; steps that share a pod ask the same."""
    for found in candidates:
        if step in found.steps:
            problem = f"no agent takes it now: {found.problem}"
            yield problem if found.problem else f"agents: {list_some(found.shown)}"


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
