"""Owns `describe`: all that is known of a Run."""

import click

from longshore.cli.clocks import get_now
from longshore.cli.clusters import connect
from longshore.cli.runs import find_run
from longshore.cli.views.descriptions import describe_run
from longshore.cli.wishes import Target


def describe(name: str | None, target: Target) -> None:
    """Print all that is known of a Run."""
    for line in describe_run(find_run(connect(target), name), get_now(), target.flags):
        click.echo(line)
