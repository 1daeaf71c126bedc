"""Owns `resume` as people type it."""

import click

from longshore.cli.completers import RUN
from longshore.cli.options import with_target
from longshore.cli.wishes import Target


@click.command("resume")
@click.argument("runs", type=RUN, nargs=-1, required=True, metavar="RUN...")
@with_target
def command(runs: tuple[str, ...], target: Target) -> None:
    """Let suspended Runs go on."""
    from longshore.cli.actions.suspend import resume_runs  # noqa: PLC0415

    resume_runs(runs, target)
