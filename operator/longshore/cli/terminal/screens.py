"""Owns painting on the terminal, and plain lines where there is none. Must not decide what is said."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from longshore.cli.cluster.clusters import Object
from longshore.cli.terminal.clocks import get_now
from longshore.cli.views.changes import list_changes
from longshore.cli.views.trees import build_tree

PLAIN_WIDTH = 1000
"""Where nothing limits the width of a line, nothing is cut."""


def build_console(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr; colours only on a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def show(console: Console, *shown: RenderableType) -> None:
    """Print; without a terminal, no line ends with blanks."""
    if console.is_terminal:
        for renderable in shown:
            console.print(renderable)
        return
    with console.capture() as capture:
        console.print(*shown, sep="\n")
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()), file=console.file)


@contextmanager
def show_progress(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """Within, what it yields is told how many more bytes of `size` are here; shown on a terminal alone."""
    console = build_console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True))
    speed = (TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, *speed, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=size)
        yield lambda count: progress.advance(task, count)


def show_live(console: Console, runs: Iterator[Object], flags: str) -> Object:
    """Show a Run as it goes on: a tree painted anew, or a line for each change. Returns it as it was last.

    `flags` go after the command that answers a question.
    """
    latest = next(runs)
    if not console.is_terminal:
        for line in list_changes(None, latest, get_now()):
            click.echo(line, file=console.file)
        for run in runs:
            for line in list_changes(latest, run, get_now()):
                click.echo(line, file=console.file)
            latest = run
        return latest
    with Live(
        console=console,
        transient=True,
        get_renderable=lambda: build_tree(latest, get_now(), console.height - 1, flags),
    ):
        for run in runs:
            latest = run
    return latest
