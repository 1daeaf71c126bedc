"""Owns `list` as people type it."""

import click

from longshore.cli.options import gather, with_selection, with_target
from longshore.cli.wishes import Listing, Target

FORMATS = ("table", "wide", "name", "json", "yaml")


@click.command("list")
@with_selection
@click.option(
    "-o",
    "--output",
    default="table",
    type=click.Choice(FORMATS),
    metavar="FORMAT",
    help="table, wide, name, json or yaml.",
)
@click.option("-w", "--watch", is_flag=True, help="Go on with a line for each change.")
@with_target
@gather(Listing, "listing")
def command(listing: Listing, target: Target) -> None:
    """List Runs, the newest first."""
    from longshore.cli.actions.list import list_runs  # noqa: PLC0415

    list_runs(listing, target)
