"""Owns `suspend` and `resume`: whether a Run starts anything new, whether a schedule makes Runs."""

from dataclasses import replace

import click

from longshore.cli.cluster.changes import change_runs
from longshore.cli.cluster.clusters import WORKFLOWS, Cluster, Object, connect
from longshore.cli.views.objects import write_made
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Selection
from longshore.names import GROUP

_WORKFLOW_KINDS = frozenset({"workflow", "workflows", "wf"})


def suspend(selection: Selection, output: str | None, target: Target) -> None:
    """Let each Run that has not ended start nothing new, and each Workflow make no Runs by itself."""
    _change(connect(target), selection, {"suspend": True}, "suspended", output)


def resume(selection: Selection, output: str | None, target: Target) -> None:
    """Let each Run that has not ended, and each Workflow, go on."""
    _change(connect(target), selection, {"suspend": False}, "resumed", output)


def _change(cluster: Cluster, selection: Selection, spec: Object, done: str, output: str | None) -> None:
    workflows = [name for name in selection.names if _is_workflow(name)]
    for name in workflows:
        workflow = cluster.patch(WORKFLOWS, name.rpartition("/")[2], {"spec": spec})
        click.echo(write_made(workflow, "none", output, done), nl=False)
    runs = tuple(name for name in selection.names if name not in workflows)
    if runs or not workflows:
        change_runs(cluster, replace(selection, names=runs), spec, done, output)


def _is_workflow(name: str) -> bool:
    return name.rpartition("/")[0].removesuffix(f".{GROUP}") in _WORKFLOW_KINDS
