"""Owns `describe` as people type it."""

import click

from longshore.cli.words.completers import RUN
from longshore.cli.words.options import with_target
from longshore.cli.words.selections import with_selection
from longshore.cli.words.targets import Target


@click.command("describe")
@click.argument("names", type=RUN, nargs=-1, metavar="[RUN]...")
@with_selection
@with_target
def command(names: tuple[str, ...], *, selector: str, all_namespaces: bool, target: Target) -> None:
    """Show all that is known of a Run: parameters, conditions, steps with their messages and outputs.

    Without a name or labels it is the latest Run of the namespace.
    """
    if names and (selector or all_namespaces):
        raise click.UsageError("Runs are named, or selected by -l and -A, not both")
    from longshore.cli.actions.describe import describe
    from longshore.cli.words.wishes import Selection

    describe(Selection(names, selector, all_namespaces), target)
