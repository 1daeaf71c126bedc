"""Owns `cancel` as people type it."""

import click

from longshore.cli.completers import RUN
from longshore.cli.options import with_target
from longshore.cli.wishes import Target


@click.command("cancel")
@click.argument("runs", type=RUN, nargs=-1, required=True, metavar="RUN...")
@click.option("--now", is_flag=True, help="Kill the steps at once, without their grace period.")
@with_target
def command(runs: tuple[str, ...], *, now: bool, target: Target) -> None:
    """End Runs before they are done.

    Steps that run get SIGTERM and their grace period, and nothing new starts; with --now they are killed. It can't
    be taken back. A Run that has ended already stays as it is.
    """
    from longshore.cli.actions.cancel import cancel_runs  # noqa: PLC0415

    cancel_runs(runs, "Immediate" if now else "Graceful", target)
