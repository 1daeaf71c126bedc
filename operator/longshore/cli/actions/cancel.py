"""Owns `cancel`: ends Runs before they are done."""

from collections.abc import Sequence
from typing import Literal

import click

from longshore.cli.clusters import RUNS, Cluster, connect
from longshore.cli.runs import find_run, get_phase, is_finished
from longshore.cli.views.objects import get_full_name
from longshore.cli.wishes import Target

Cancel = Literal["Graceful", "Immediate"]


def cancel_runs(names: Sequence[str], cancel: Cancel, target: Target) -> None:
    """Cancel each Run that has not ended."""
    cluster = connect(target)
    for name in names:
        _cancel(cluster, name, cancel)


def _cancel(cluster: Cluster, name: str, cancel: Cancel) -> None:
    run = find_run(cluster, name)
    if is_finished(run):
        click.echo(f"run {run['metadata']['name']!r} has ended already: {get_phase(run)}", err=True)
        return
    if run["spec"].get("cancel") != "Immediate":
        cluster.patch(RUNS, run["metadata"]["name"], {"spec": {"cancel": cancel}})
    click.echo(f"{get_full_name(run)} canceled")
