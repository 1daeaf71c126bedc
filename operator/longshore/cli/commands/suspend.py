"""Owns `suspend` as people type it."""

import click

from longshore.cli.completers import RUN
from longshore.cli.options import with_target
from longshore.cli.wishes import Target


@click.command("suspend")
@click.argument("names", type=RUN, nargs=-1, required=True, metavar="[RUN|workflow/NAME]...")
@with_target
def command(names: tuple[str, ...], target: Target) -> None:
    """Let Runs start nothing new until they are resumed.

    Steps that run go on to their end. A Run may be suspended before it has begun, and canceled meanwhile.
    Of workflow/NAME the schedule makes no Runs until it is resumed; those that there are go on.
    """
    from longshore.cli.actions.suspend import suspend  # noqa: PLC0415

    suspend(names, target)
