"""Owns `cancel` as people type it."""

import click

from longshore.cli.words.options import with_target
from longshore.cli.words.selections import with_output, with_runs
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Selection


@click.command("cancel")
@with_runs
@click.option("--now", is_flag=True, help="Kill the steps at once, without their grace period.")
@with_output
@with_target
def command(selection: Selection, *, now: bool, output: str | None, target: Target) -> None:
    """End Runs before they are done.

    Steps that run get SIGTERM and their grace period, and nothing new starts; with --now they are killed. It can't
    be taken back. A Run that has ended already stays as it is.
    """
    from longshore.cli.actions.cancel import cancel_runs

    cancel_runs(selection, "Immediate" if now else "Graceful", output, target)
