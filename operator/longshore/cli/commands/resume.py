"""Owns `resume` as people type it."""

import click

from longshore.cli.completers import RUN
from longshore.cli.options import with_target
from longshore.cli.wishes import Target


@click.command("resume")
@click.argument("names", type=RUN, nargs=-1, required=True, metavar="[RUN|workflow/NAME]...")
@with_target
def command(names: tuple[str, ...], target: Target) -> None:
    """Let suspended Runs go on.

    Of workflow/NAME the schedule goes on. Of the times that it missed meanwhile the latest is made up for at
    once, unless its startingDeadlineSeconds have passed.
    """
    from longshore.cli.actions.suspend import resume  # noqa: PLC0415

    resume(names, target)
