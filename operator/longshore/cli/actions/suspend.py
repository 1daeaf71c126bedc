"""Owns `suspend` and `resume`: whether a Run starts anything new, whether a schedule makes Runs."""

from collections.abc import Sequence

import click

from longshore.cli.clusters import RUNS, WORKFLOWS, Cluster, connect
from longshore.cli.runs import find_run, get_phase, is_finished
from longshore.cli.views.objects import get_full_name
from longshore.cli.wishes import Target
from longshore.names import GROUP

_WORKFLOW_KINDS = frozenset({"workflow", "workflows", "wf"})


def suspend(names: Sequence[str], target: Target) -> None:
    """Let each Run that has not ended start nothing new, and each Workflow make no Runs by itself."""
    _change(names, {"suspend": True}, "suspended", target)


def resume(names: Sequence[str], target: Target) -> None:
    """Let each Run that has not ended, and each Workflow, go on."""
    _change(names, {"suspend": False}, "resumed", target)


def _change(names: Sequence[str], spec: dict[str, bool], done: str, target: Target) -> None:
    cluster = connect(target)
    for name in names:
        kind, _, rest = name.rpartition("/")
        if kind.removesuffix(f".{GROUP}") in _WORKFLOW_KINDS:
            workflow = cluster.patch(WORKFLOWS, rest, {"spec": spec})
            click.echo(f"{get_full_name(workflow)} {done}")
        else:
            _change_run(cluster, name, spec, done)


def _change_run(cluster: Cluster, name: str, spec: dict[str, bool], done: str) -> None:
    run = find_run(cluster, name)
    if is_finished(run):
        click.echo(f"run {run['metadata']['name']!r} has ended already: {get_phase(run)}", err=True)
        return
    cluster.patch(RUNS, run["metadata"]["name"], {"spec": spec})
    click.echo(f"{get_full_name(run)} {done}")
