"""Owns `describe` as people type it."""

import click

from longshore.cli.completers import RUN
from longshore.cli.options import with_target
from longshore.cli.wishes import Target


@click.command("describe")
@click.argument("run", type=RUN, required=False)
@with_target
def command(run: str | None, target: Target) -> None:
    """Show all that is known of a Run: parameters, conditions, steps with their messages and outputs.

    Without a name it is the latest Run of the namespace.
    """
    from longshore.cli.actions.describe import describe  # noqa: PLC0415

    describe(run, target)
