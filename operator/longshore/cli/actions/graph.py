"""Owns `graph`: the steps of a file, a Workflow or a Run, drawn."""

from collections.abc import Mapping
from typing import Any

import click

from longshore.api.workflows import WorkflowSpec
from longshore.cli.checks.files import is_file
from longshore.cli.cluster.clusters import RUNS, WORKFLOWS, Cluster, Object, Query, connect
from longshore.cli.cluster.runs import find_run
from longshore.cli.making.sources import find_workflow, read_source
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import build_console, show
from longshore.cli.views.graphs import draw_graph
from longshore.cli.views.mermaid import write_mermaid
from longshore.cli.views.sketches import Sketch, build_sketch
from longshore.cli.views.svgs import write_svg
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.suggestions import suggest
from longshore.cli.words.targets import Target
from longshore.errors import NotFoundError
from longshore.names import GROUP
from longshore.planning.acceptance.acceptance import check_workflow, parse_workflow
from longshore.planning.acceptance.graphs import build_graph

_KINDS = {
    name: resource
    for resource, names in {RUNS: ("run", "runs"), WORKFLOWS: ("workflow", "workflows", "wf")}.items()
    for short in names
    for name in (short, f"{short}.{GROUP}")
}


def show_graph(source: str | None, output: str, target: Target) -> None:
    """Print the graph of a source: as `text`, `mermaid` or `svg`. None: of the latest Run."""
    sketch = _find_sketch(source, target)
    if output == "text":
        show(build_console(), draw_graph(sketch))
    else:
        click.echo(write_mermaid(sketch) if output == "mermaid" else write_svg(sketch), nl=False)


def _find_sketch(source: str | None, target: Target) -> Sketch:
    kind, _, name = (source or "").rpartition("/")
    if source is not None and kind not in _KINDS and is_file(source):
        return _read_sketch(source, target)
    cluster = connect(target)
    if source is None or _KINDS.get(kind) is RUNS:
        return _sketch_run(cluster, find_run(cluster, name or None))
    if kind:
        return _sketch(name, find_workflow(cluster, name), {})
    return _find_either(cluster, name)


def _read_sketch(file: str, target: Target) -> Sketch:
    """Of what a file would run; its Workflow may be in the cluster."""
    run, target = read_source(file, target)
    metadata = run["metadata"]
    title = metadata.get("name") or metadata["generateName"].rstrip("-")
    graph = run["spec"].get("workflowSpec")
    if graph is None:
        graph = find_workflow(connect(target), run["spec"]["workflowRef"]["name"])
    return _sketch(title, graph, {})


def _find_either(cluster: Cluster, name: str) -> Sketch:
    """Of the Workflow of this name, or else of the Run."""
    for resource in (WORKFLOWS, RUNS):
        try:
            found = cluster.get(resource, name)
        except NotFoundError:
            continue
        return _sketch(name, found["spec"], {}) if resource is WORKFLOWS else _sketch_run(cluster, found)
    known = [
        item["metadata"]["name"]
        for resource in (WORKFLOWS, RUNS)
        for item in cluster.list(Query(resource, cluster.namespace))[0]
    ]
    message = f"there is no workflow and no run {name!r} in namespace {cluster.namespace!r}{suggest(name, known)}"
    raise NotFoundError(message)


def _sketch_run(cluster: Cluster, run: Object) -> Sketch:
    """Of a Run; before an operator has seen it, of what it asks for."""
    spec, status = run["spec"], run.get("status", {})
    graph = status.get("workflowSpec") or spec.get("workflowSpec")
    if graph is None:
        graph = find_workflow(cluster, spec["workflowRef"]["name"])
    return _sketch(run["metadata"]["name"], graph, status)


def _sketch(title: str, raw: Mapping[str, Any], status: Mapping[str, Any]) -> Sketch:
    """Raises MistakeError for a graph that can't be drawn."""
    spec = parse_workflow(dict(raw))
    faults = [] if isinstance(spec, WorkflowSpec) else spec
    if isinstance(spec, WorkflowSpec) and not status:
        faults = check_workflow(spec)
    if faults or not isinstance(spec, WorkflowSpec):
        raise MistakeError(f"{title} can't be drawn: {'; '.join(map(str, faults))}")
    return build_sketch(title, build_graph(spec), status, get_now())
