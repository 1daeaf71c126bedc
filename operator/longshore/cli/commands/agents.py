"""Owns `agents` as people type it."""

import click

from longshore.cli.words.completers import AGENT
from longshore.cli.words.options import gather, with_target
from longshore.cli.words.selections import check_survey, select_from, with_watch
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Survey


@click.command("agents")
@click.argument("names", type=AGENT, nargs=-1, metavar="[AGENT]...")
@select_from("Agents")
@with_watch
@with_target
@gather(Survey, "survey")
def command(survey: Survey, target: Target) -> None:
    """Show Agents: ready or why not, how full, what runs there.

    Of a named one it is all that is known: its nodes, the steps that run there, and those that wait for it.
    """
    check_survey(survey, "Agents")
    from longshore.cli.actions.agents import show_agents

    show_agents(survey, target)
