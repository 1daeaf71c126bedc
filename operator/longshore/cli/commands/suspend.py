"""Owns `suspend` as people type it."""

import click

from longshore.cli.words.options import with_target
from longshore.cli.words.selections import with_output, with_runs
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Selection


@click.command("suspend")
@with_runs
@with_output
@with_target
def command(selection: Selection, *, output: str | None, target: Target) -> None:
    """Let Runs start nothing new until they are resumed.

    Steps that run go on to their end. A Run may be suspended before it has begun, and canceled meanwhile.
    Of workflow/NAME the schedule makes no Runs until it is resumed; those that there are go on.
    """
    from longshore.cli.actions.suspend import suspend

    suspend(selection, output, target)
