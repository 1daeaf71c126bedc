"""Owns `plan` as people type it."""

import click

from longshore.cli.words.completers import RUN, SOURCE
from longshore.cli.words.making_options import with_agents
from longshore.cli.words.options import StepDuration, gather, with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Foretelling


@click.command("plan")
@click.argument("source", type=SOURCE, metavar="FILE|WORKFLOW|-")
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@click.option(
    "--duration",
    "durations",
    multiple=True,
    type=StepDuration(),
    metavar="STEP=30s",
    help="How long a step or an item takes; may be repeated.",
)
@click.option("--from-run", type=RUN, metavar="RUN", help="Steps take as long as in this Run.")
@click.option("-o", "--output", default="table", type=click.Choice(["table", "json"]), help="table or json.")
@with_agents
@with_target
@gather(Foretelling, "wish")
def command(source: str, wish: Foretelling, target: Target) -> int:
    """Foretell in what order steps would start, and how long a Run takes.

    It is the operator's own planner, on made-up time, so limits such as maxParallelSteps count. The critical path,
    marked ◆, is the chain of steps that the total comes from. Steps take as long as they did in the last Runs of
    the Workflow, where there are any; else each takes one unit. The time that a cluster needs to find a node and
    to pull an image is not in it.
    """
    from longshore.cli.actions.plan import plan

    return plan(source, wish, target)
