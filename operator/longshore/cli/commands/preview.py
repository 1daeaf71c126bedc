"""Owns `preview` as people type it."""

import click

from longshore.cli.words.completers import SOURCE
from longshore.cli.words.making_options import with_agents
from longshore.cli.words.options import gather, with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Viewing


@click.command("preview")
@click.argument("source", type=SOURCE, metavar="FILE|WORKFLOW|-")
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@click.option("--name", help="Name of the Run.")
@click.option("--step", metavar="STEP", help="Only what this step makes; it may be an item, as 'test[3]'.")
@click.option(
    "-o", "--output", default="yaml", type=click.Choice(["yaml", "json", "name"]), help="yaml, json or name."
)
@with_agents
@with_target
@gather(Viewing, "viewing")
def command(source: str, viewing: Viewing, target: Target) -> int:
    """Print the pods that a Run would make, and make no Run.

    It is the operator's own planner, so they are the pods that `submit` would lead to, in the order in which they
    would be made if every step succeeds. What only a running Run can tell, such as the output of a step, stands
    as a placeholder in angle brackets, with a comment. A file is read without a cluster.
    """
    from longshore.cli.actions.preview import preview

    return preview(source, viewing, target)
