"""Owns `top` as people type it."""

import click

from longshore.cli.words.options import gather, with_target
from longshore.cli.words.selections import with_selection
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Overview


@click.command("top")
@with_selection
@click.option("--once", is_flag=True, help="Print the table once, as it is now.")
@with_target
@gather(Overview, "overview")
def command(overview: Overview, target: Target) -> None:
    """Show the Runs that go on, live.

    Which steps run, and what the Run waits for. It is painted anew when something changes; q or Ctrl-C quits.
    Without a terminal the table is printed once.
    """
    from longshore.cli.actions.top import show_top

    show_top(overview, target)
