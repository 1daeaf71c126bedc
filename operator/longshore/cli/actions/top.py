"""Owns `top`: the Runs that go on, once or live."""

import click

from longshore.cli.actions.overviews import Extent, Kind, say_place, show_overview
from longshore.cli.cluster.clusters import RUNS, connect
from longshore.cli.cluster.runs import is_finished, sort_latest
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import build_console
from longshore.cli.views.boards import build_board, build_head
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Overview


def show_top(overview: Overview, target: Target) -> None:
    """Show the Runs that go on until somebody quits; without a terminal once."""
    cluster, is_wide = connect(target), overview.all_namespaces
    kind = Kind(
        RUNS,
        lambda runs: build_board(runs, get_now(), with_namespace=is_wide),
        build_head,
        sort_latest,
        is_finished,
    )
    extent = Extent(None if is_wide else cluster.namespace, overview.selector, not overview.once)
    if not show_overview(cluster, build_console(), kind, extent):
        click.echo(f"no run goes on in {say_place(cluster, all_namespaces=is_wide)}", err=True)
