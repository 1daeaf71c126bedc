"""Owns `history` as people type it."""

import click

from longshore.cli.words.completers import WORKFLOW
from longshore.cli.words.options import Duration, gather, with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Recalling

FORMATS = ("table", "wide", "name", "json", "yaml")
PHASES = ("Succeeded", "Failed", "Canceled")


@click.command("history")
@click.option("--phase", type=click.Choice(PHASES, case_sensitive=False), help="Only Runs that ended so.")
@click.option("--workflow", type=WORKFLOW, metavar="NAME", help="Only Runs of this Workflow.")
@click.option("--since", type=Duration(), help="Only Runs that were made in this time, as 2h, 7d.")
@click.option(
    "--limit", type=click.IntRange(0), default=50, show_default=True, metavar="N", help="At most so many; 0: all."
)
@click.option(
    "-o", "--output", default="table", type=click.Choice(FORMATS), metavar="FORMAT",
    help="table, wide, name, json or yaml.",
)  # fmt: skip
@with_target
@gather(Recalling, "recalling")
def command(recalling: Recalling, target: Target) -> None:
    """List Runs that have ended, also those that are gone, the newest first.

    It is what the archive of the namespace keeps. What a Run left is shown by its name: describe, logs, events,
    artifacts. Where a name was used again, the uid tells which is meant.
    """
    from longshore.cli.actions.history import show_history

    show_history(recalling, target)
