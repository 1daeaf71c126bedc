"""Owns painting on the terminal, and plain lines where there is none. Must not decide what is said."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from longshore.cli.cluster.clusters import Object
from longshore.cli.terminal.boards import Board, Quit
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.keys import take_keys
from longshore.cli.views.changes import list_changes
from longshore.cli.views.sizes import write_size
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


def show_descriptions(descriptions: Iterable[Iterable[str]]) -> None:
    """Print the lines of each, told apart as kubectl does."""
    for index, lines in enumerate(descriptions):
        click.echo("\n" * 2 if index else "", nl=False)
        for line in lines:
            click.echo(line)


class _SpeedColumn(ProgressColumn):
    """How quick it is, in the units of the size beside it; rich has powers of ten alone."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{write_size(int(speed))}/s" if speed else "", style="progress.data.speed")


@contextmanager
def show_progress(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """Within, what it yields is told how many more bytes of `size` are here; shown on a terminal alone."""
    console = build_console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True))
    with Progress(
        *columns,
        _SpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
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


def is_live(console: Console) -> bool:
    """Whether there is somebody who sees what is painted, and has keys."""
    return console.is_terminal and sys.stdin.isatty()


def show_board(console: Console, board: Board, build_screen: Callable[[], RenderableType]) -> None:
    """Paint a screen anew as news come and once a second, until somebody quits."""
    live = Live(console=console, screen=True, auto_refresh=False, get_renderable=build_screen)
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
