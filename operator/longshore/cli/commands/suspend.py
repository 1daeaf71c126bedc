"""Owns `suspend` as people type it."""

import click

from longshore.cli.completers import RUN
from longshore.cli.options import with_target
from longshore.cli.wishes import Target


@click.command("suspend")
@click.argument("runs", type=RUN, nargs=-1, required=True, metavar="RUN...")
@with_target
def command(runs: tuple[str, ...], target: Target) -> None:
    """Let Runs start nothing new until they are resumed.

    Steps that run go on to their end. A Run may be suspended before it has begun, and canceled meanwhile.
    """
    from longshore.cli.actions.suspend import suspend_runs  # noqa: PLC0415

    suspend_runs(runs, target)
