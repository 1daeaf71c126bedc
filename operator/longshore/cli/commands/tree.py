"""Owns `tree` as people type it."""

import click

from longshore.cli.words.completers import RUN
from longshore.cli.words.options import with_target
from longshore.cli.words.targets import Target


@click.command("tree")
@click.argument("run", type=RUN, required=False)
@click.option("-w", "--watch", is_flag=True, help="Go on until the Run ends, and exit with its outcome.")
@with_target
def command(run: str | None, *, watch: bool, target: Target) -> int:
    """Show a Run's steps; where it failed, first why.

    Without a name it is the latest Run of the namespace.
    """
    from longshore.cli.actions.trees import show_tree, watch_tree

    return watch_tree(run, None, target) if watch else show_tree(run, target)
