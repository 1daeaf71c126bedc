"""Owns `groups` as people type it."""

import click

from longshore.cli.words.completers import CONCURRENCY_GROUP
from longshore.cli.words.options import gather, with_target
from longshore.cli.words.selections import check_survey, select_from, with_watch
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Survey


@click.command("groups")
@click.argument("names", type=CONCURRENCY_GROUP, nargs=-1, metavar="[GROUP]...")
@select_from("Groups")
@with_watch
@with_target
@gather(Survey, "survey")
def command(survey: Survey, target: Target) -> None:
    """Show concurrency groups: limits, holders, how many wait.

    Of a named one it is all that is known: each holder with its key and since when, and who waits for it.
    """
    check_survey(survey, "Groups")
    from longshore.cli.actions.groups import show_groups

    show_groups(survey, target)
