"""Owns `describe`: all that is known of Runs, also of those that are gone."""

import click

from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.runs import Found, find_anywhere
from longshore.cli.cluster.clusters import connect
from longshore.cli.cluster.runs import select_runs
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import show_descriptions
from longshore.cli.views.descriptions import describe_run
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Selection


def describe(selection: Selection, target: Target) -> None:
    """Print all that is known of some Runs, or of the latest."""
    runs = _find_runs(selection, target)
    if not runs:
        click.echo("there is no run that is meant", err=True)
    show_descriptions(
        describe_run(found.run, get_now(), target.flags, found.deleted, found.secrets) for found in runs
    )


def _find_runs(selection: Selection, target: Target) -> list[Found]:
    cluster = connect(target)
    if selection.selector or selection.all_namespaces:
        return [Found(run) for run in select_runs(cluster, selection)]
    with open_archive(cluster, target) as archive:
        return [find_anywhere(cluster, archive, name) for name in selection.names or (None,)]
