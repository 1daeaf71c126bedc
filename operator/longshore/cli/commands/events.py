"""Owns `events` as people type it."""

import click

from longshore.cli.words.completers import RUN
from longshore.cli.words.options import with_target
from longshore.cli.words.targets import Target


@click.command("events")
@click.argument("run", type=RUN, required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on until the Run ends.")
@click.option(
    "-o", "--output", default="table", type=click.Choice(["table", "json", "yaml"]), metavar="FORMAT",
    help="table, json or yaml.",
)  # fmt: skip
@with_target
def command(run: str | None, *, follow: bool, output: str, target: Target) -> None:
    """Print what happened to a Run, in its order.

    It is the archive's journal: transitions of Run and steps, questions, answers, artifacts. It outlives the Run.
    Without a name it is the latest Run of the namespace.
    """
    from longshore.cli.actions.events import show_events

    show_events(run, output, target, follow=follow)
