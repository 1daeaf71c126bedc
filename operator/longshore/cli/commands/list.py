"""Owns `list` as people type it."""

import click

from longshore.cli.words.completers import RUN
from longshore.cli.words.options import gather, with_target
from longshore.cli.words.selections import with_selection
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Listing

FORMATS = ("table", "wide", "name", "json", "yaml")


@click.command("list")
@click.argument("names", type=RUN, nargs=-1, metavar="[RUN]...")
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
    """List Runs, the newest first.

    Of named ones a single one is printed as `kubectl get` does: by -o yaml it is the object itself.
    """
    if listing.names and (listing.selector or listing.all_namespaces):
        raise click.UsageError("Runs are named, or selected by -l and -A, not both")
    if listing.watch and len(listing.names) > 1:
        raise click.UsageError("--watch takes one name, or -l for several")
    from longshore.cli.actions.list import list_runs

    list_runs(listing, target)
