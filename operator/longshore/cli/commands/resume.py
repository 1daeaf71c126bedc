"""Owns `resume` as people type it."""

import click

from longshore.cli.words.options import with_target
from longshore.cli.words.selections import with_output, with_runs
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Selection


@click.command("resume")
@with_runs
@with_output
@with_target
def command(selection: Selection, *, output: str | None, target: Target) -> None:
    """Let suspended Runs go on.

    Of workflow/NAME the schedule goes on. Of the times that it missed meanwhile the latest is made up for at
    once, unless its startingDeadlineSeconds have passed.
    """
    from longshore.cli.actions.suspend import resume

    resume(selection, output, target)
