"""Owns `describe`: all that is known of Runs."""

import click

from longshore.cli.clocks import get_now
from longshore.cli.clusters import connect
from longshore.cli.runs import find_run, select_runs
from longshore.cli.targets import Target
from longshore.cli.views.descriptions import describe_run
from longshore.cli.wishes import Selection


def describe(selection: Selection, target: Target) -> None:
    """Print all that is known of some Runs, or of the latest."""
    cluster = connect(target)
    is_any = selection.names or selection.selector or selection.all_namespaces
    runs = select_runs(cluster, selection) if is_any else [find_run(cluster, None)]
    if not runs:
        click.echo("there is no run that is meant", err=True)
    for index, run in enumerate(runs):
        # As kubectl tells them apart.
        click.echo("\n" * 2 if index else "", nl=False)
        for line in describe_run(run, get_now(), target.flags):
            click.echo(line)
