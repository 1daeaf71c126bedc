"""Owns `approve` as people type it."""

import click

from longshore.cli.words.completers import QUESTION, RUN
from longshore.cli.words.options import with_target
from longshore.cli.words.selections import with_output
from longshore.cli.words.targets import Target


@click.command("approve")
@click.argument("run", type=RUN)
@click.argument("question", type=QUESTION, required=False)
@with_output
@with_target
def command(run: str, question: str | None, *, output: str | None, target: Target) -> None:
    """Approve what a Run asks.

    QUESTION is its id or step, as `tree` shows it; where only one is open it need not be named. The answer is
    given under your own name, as the cluster knows you, and can't be changed.
    """
    from longshore.cli.actions.answers import approve

    approve(run, question, output, target)
