"""Owns `events`: what happened to a Run, so far or as it goes on."""

import shutil
import sys
from collections.abc import Callable

import click

from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.events import follow_events, list_events
from longshore.cli.archives.runs import find_anywhere
from longshore.cli.cluster.clusters import Object, connect
from longshore.cli.terminal.clocks import get_now
from longshore.cli.views.events import COLUMNS
from longshore.cli.views.objects import write_value
from longshore.cli.views.rows import list_paths
from longshore.cli.views.tables import fit_table
from longshore.cli.words.targets import Target

WIDEST_TYPE = "RunPhaseChanged"


def show_events(name: str | None, output: str, target: Target, *, follow: bool) -> None:
    """Print the events of a Run in their order."""
    cluster = connect(target)
    with open_archive(cluster, target) as archive:
        run = find_anywhere(cluster, archive, name).run
        uid = run["metadata"]["uid"]
        if output == "table" or follow:
            write = _begin(run, output)
            for event in (follow_events if follow else list_events)(archive, uid):
                click.echo(write(event), nl=False)
        else:
            click.echo(write_value({"items": list(list_events(archive, uid))}, output), nl=False)


def _begin(run: Object, output: str) -> Callable[[Object], str]:
    """Print a table's header where there is one. Returns how an event is written under it."""
    if output != "table":
        return lambda event: ("---\n" if output == "yaml" else "") + write_value(event, output)
    # What comes later is as wide: no step is longer, and few types are.
    now = get_now()
    samples = [{"time": now, "type": WIDEST_TYPE, "step": path, "attempt": 2} for path in list_paths(run)]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    table = fit_table(COLUMNS, samples, now, limit)
    click.echo(table.write_header(), nl=False)
    return lambda event: table.write_row(event, now)
