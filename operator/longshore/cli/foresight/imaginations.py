"""Owns the Run that a source would make, as it would be had it been made: what Kubernetes makes up is x's.

Asks the cluster only for a Workflow that is there and nowhere else. Must not make anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from longshore.api.runs import Run
from longshore.cli.cluster.clusters import Object, connect
from longshore.cli.making.sources import complete_run, find_workflow, read_source
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.targets import Target
from longshore.errors import SettingsError

SUFFIX = "xxxxx"
"""In place of what Kubernetes appends to generateName."""
UID = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
NAMESPACE = "default"


@dataclass(frozen=True, slots=True)
class Imagined:
    """A Run that exists nowhere."""

    run: Run
    graph: Object
    """What it runs, as in a manifest."""
    target: Target
    """Where it would be."""
    is_of_cluster: bool = False
    """Whether the cluster was asked for what it runs."""


def imagine_run(source: str, params: Sequence[str], name: str | None, target: Target) -> Imagined:
    """The Run that `submit` would make of a source. Raises MistakeError where an operator would refuse it."""
    manifest, target = read_source(source, target)
    if manifest["spec"].get("rerun"):
        raise MistakeError("what a rerun does depends on the Run that it repeats; ask for the Workflow instead")
    graph = manifest["spec"].get("workflowSpec")
    if graph is None:
        graph = find_workflow(connect(target), manifest["spec"]["workflowRef"]["name"])
    manifest = complete_run(manifest, graph, params)
    metadata, namespace = manifest["metadata"], _find_namespace(target)
    known = {
        "name": name or metadata.get("name") or metadata["generateName"] + SUFFIX,
        "namespace": namespace,
        "uid": UID,
        "generation": 1,
    }
    run = Run.model_validate({"metadata": known, "spec": manifest["spec"]})
    is_of_cluster = "workflowRef" in manifest["spec"]
    return Imagined(run, graph, replace(target, namespace=namespace), is_of_cluster)


def _find_namespace(target: Target) -> str:
    """The namespace that is meant; without a kubeconfig that of kubectl."""
    if target.namespace:
        return target.namespace
    try:
        return connect(target).namespace
    except SettingsError:
        return NAMESPACE
