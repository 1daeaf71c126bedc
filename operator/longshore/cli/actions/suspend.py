"""Owns `suspend` and `resume`: whether a Run starts anything new."""

from collections.abc import Sequence

import click

from longshore.cli.clusters import RUNS, connect
from longshore.cli.runs import find_run, get_phase, is_finished
from longshore.cli.views.objects import get_full_name
from longshore.cli.wishes import Target


def suspend_runs(names: Sequence[str], target: Target) -> None:
    """Let each Run that has not ended start nothing new."""
    _change(names, {"suspend": True}, "suspended", target)


def resume_runs(names: Sequence[str], target: Target) -> None:
    """Let each Run that has not ended go on."""
    _change(names, {"suspend": False}, "resumed", target)


def _change(names: Sequence[str], spec: dict[str, bool], done: str, target: Target) -> None:
    cluster = connect(target)
    for name in names:
        run = find_run(cluster, name)
        if is_finished(run):
            click.echo(f"run {run['metadata']['name']!r} has ended already: {get_phase(run)}", err=True)
            continue
        cluster.patch(RUNS, run["metadata"]["name"], {"spec": spec})
        click.echo(f"{get_full_name(run)} {done}")
