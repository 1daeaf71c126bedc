"""Owns `top`: the Runs that go on, once or live."""

import sys
from collections.abc import Iterator

import click
from rich.console import Console
from rich.live import Live

from longshore.cli.cluster.clusters import RUNS, Query, connect
from longshore.cli.cluster.watches import Event, Watch
from longshore.cli.terminal.boards import Board, Quit
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.keys import take_keys
from longshore.cli.terminal.screens import build_console, show
from longshore.cli.views.boards import build_board, build_screen
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Overview


def show_top(overview: Overview, target: Target) -> None:
    """Show the Runs that go on until somebody quits; without a terminal once."""
    cluster, console, board = connect(target), build_console(), Board()
    query = Query(RUNS, None if overview.all_namespaces else cluster.namespace, labels=overview.selector)
    runs, version = cluster.list(query)
    for run in runs:
        board.record(Event(run))
    if not overview.once and console.is_terminal and sys.stdin.isatty():
        board.bring(Watch(cluster, query, version=version).events())
        _follow(console, board, with_namespace=overview.all_namespaces)
    elif board.runs:
        show(console, build_board(board.runs, get_now(), with_namespace=overview.all_namespaces))
    else:
        place = "any namespace" if overview.all_namespaces else f"namespace {cluster.namespace!r}"
        click.echo(f"no run goes on in {place}", err=True)


def _follow(console: Console, board: Board, *, with_namespace: bool) -> None:
    live = Live(
        console=console,
        screen=True,
        auto_refresh=False,
        get_renderable=lambda: build_screen(board.runs, get_now(), console.height, with_namespace=with_namespace),
    )
    try:
        with take_keys() as keys, board.heed_signals(), live:
            live.refresh()
            board.bring(_find_quit(keys))
            board.follow(live.refresh)
    except KeyboardInterrupt:
        # Here it is the way out, no failure.
        return


def _find_quit(keys: Iterator[str]) -> Iterator[Quit]:
    """That somebody wants to quit: by q, or by the end of the input."""
    for key in keys:
        if key in {"q", "Q"}:
            break
    yield Quit()
