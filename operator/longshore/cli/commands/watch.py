"""Owns `watch` as people type it."""

import click

from longshore.cli.words.completers import RUN
from longshore.cli.words.options import Duration, with_target
from longshore.cli.words.targets import Target


@click.command("watch")
@click.argument("run", type=RUN, required=False)
@click.option("--timeout", type=Duration(), help="Stop after so long, with exit code 124; the Run goes on.")
@with_target
def command(run: str | None, timeout: int | None, target: Target) -> int:
    """Show a Run's steps live until it ends.

    Then says how it ended. Without a name it is the latest Run of the namespace. Without a terminal each change is
    a line. The exit code is 0 where the Run succeeded, 1 where it failed, 3 where it was canceled.
    """
    from longshore.cli.actions.trees import watch_tree

    return watch_tree(run, timeout, target)
