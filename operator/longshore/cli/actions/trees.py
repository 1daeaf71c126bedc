"""Owns `tree` and `watch`: a Run's steps as they are now, or until its end."""

import click

from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.runs import find_anywhere
from longshore.cli.cluster.clusters import connect
from longshore.cli.cluster.runs import find_run, follow_run, get_phase
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.outcomes import show_report, watch_outcome
from longshore.cli.terminal.screens import build_console, show
from longshore.cli.views.trees import build_tree
from longshore.cli.words.targets import Target


def show_tree(name: str | None, target: Target) -> int:
    """Show a Run as it is now; of a failed one first why. Returns 0."""
    cluster, console = connect(target), build_console()
    with open_archive(cluster, target) as archive:
        found = find_anywhere(cluster, archive, name)
    run = found.run
    if get_phase(run) == "Failed":
        show_report(console, cluster, run, target.flags)
        click.echo()
    show(console, build_tree(run, found.deleted or get_now(), flags=target.flags))
    return 0


def watch_tree(name: str | None, timeout: int | None, target: Target) -> int:
    """Show a Run until its end. Returns its outcome as the exit code."""
    cluster, console = connect(target), build_console()
    return watch_outcome(console, cluster, follow_run(cluster, find_run(cluster, name), timeout), target.flags)
