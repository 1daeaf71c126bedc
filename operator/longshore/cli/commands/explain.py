"""Owns `explain` as people type it."""

import click

from longshore.cli.words.completers import RUN, STEP
from longshore.cli.words.options import with_target
from longshore.cli.words.targets import Target


@click.command("explain")
@click.argument("run", type=RUN, required=False)
@click.argument("step", type=STEP, required=False)
@with_target
def command(run: str | None, step: str | None, target: Target) -> None:
    """Say why a Run does not go on, or why it failed.

    Each step that waits has a reason, and who or what it waits for in the end: an approval, a node, a quota, a
    place, the next attempt; and then what to do about it. Of a failed Run it is the first cause, and what did not
    run because of it. Without a name it is the latest Run of the namespace.
    """
    from longshore.cli.actions.explain import explain

    explain(run, step, target)
